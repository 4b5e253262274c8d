import type { Json } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Threshold } from "./group-counts.ts";
import { GroupTable, groupLimits } from "./group-table.ts";

interface Sighting {
  readonly key: string;
  readonly ms: number;
  readonly values: readonly string[];
}

/** Says the same by looking at all events of the group again. */
class PlainCounts {
  readonly #threshold: Threshold;
  #events: Sighting[] = [];
  #reachedMs = Number.NEGATIVE_INFINITY;

  constructor(threshold: Threshold) {
    this.#threshold = threshold;
  }

  add(event: Sighting) {
    const { events, values, windowMs } = this.#threshold;
    const toMs = Math.max(event.ms, ...this.#events.map(({ ms }) => ms));
    if (event.ms <= this.#reachedMs || event.ms < toMs - windowMs) return undefined;
    this.#events.push(event);
    const counted = this.#events.filter(({ ms }) => ms >= toMs - windowMs);
    const different = new Set(counted.flatMap((each) => each.values)).size;
    if (counted.length < events || different < values) return undefined;
    this.#events = [];
    this.#reachedMs = toMs;
    const fromMs = Math.min(...counted.map(({ ms }) => ms));
    return { events: counted.length, values: values === 0 ? 0 : different, fromMs, toMs };
  }
}

interface Step {
  readonly key: string;
  readonly step: number;
  readonly values: readonly string[];
}

/** Events of some groups, each so much later than the one before, or earlier. */
function steps(keys: readonly string[], step: fc.Arbitrary<number>): fc.Arbitrary<Step[]> {
  const value = fc.constantFrom("x", "y", "z", "u", "v");
  return fc.array(
    fc.record({ key: fc.constantFrom(...keys), step, values: fc.array(value, { maxLength: 2 }) }),
    { maxLength: 60 },
  );
}

const forward = fc.nat(8);
const nowAndThenBack = fc.oneof(
  { weight: 5, arbitrary: forward },
  { weight: 1, arbitrary: fc.integer({ min: -12, max: 0 }) },
);
const thresholds: fc.Arbitrary<Threshold> = fc.record({
  windowMs: fc.integer({ min: 1, max: 30 }),
  events: fc.integer({ min: 1, max: 5 }),
  values: fc.nat(4),
});

test.for([
  { about: "of several groups in order", given: steps(["a", "b", "c"], forward) },
  // Of several groups, time may leave one behind and with it what a late event could still have found.
  { about: "of one group, some of them late", given: steps(["a"], nowAndThenBack) },
])("events $about count as a search of the window would count them", ({ given }) => {
  fc.assert(
    fc.property(given, thresholds, (events, threshold) => {
      const table = new GroupTable(threshold);
      const plain = new Map<string, PlainCounts>();
      let ms = 1000;
      for (const { key, step, values } of events) {
        ms += step;
        const reference = plain.get(key) ?? new PlainCounts(threshold);
        plain.set(key, reference);
        expect(table.add(key, ms, values)).toEqual(reference.add({ key, ms, values }));
      }
    }),
    { numRuns: 1000 },
  );
});

test("a restart changes nothing, whatever comes late", () => {
  fc.assert(
    fc.property(steps(["a", "b"], nowAndThenBack), thresholds, fc.nat(60), (events, threshold, cut) => {
      const whole = new GroupTable(threshold);
      let parted = new GroupTable(threshold);
      let ms = 1000;
      for (const [i, { key, step, values }] of events.entries()) {
        if (i === cut) parted = restarted(parted, threshold);
        ms += step;
        expect(parted.add(key, ms, values)).toEqual(whole.add(key, ms, values));
      }
    }),
    { numRuns: 1000 },
  );
});

function restarted(table: GroupTable, threshold: Threshold): GroupTable {
  const next = new GroupTable(threshold);
  expect(next.restore(JSON.parse(JSON.stringify(table.save())) as Json)).toBe(true);
  return next;
}

test("what is no saved state is not taken up", () => {
  const table = new GroupTable({ windowMs: 10, events: 2, values: 1 });
  for (const saved of [null, 1, [], {}, { newestMs: 1, groups: [1] }, { newestMs: "x", groups: [] }])
    expect(table.restore(saved)).toBe(false);
  const group = { key: "a", touchedMs: 1, reachedMs: null, times: [1], values: null };
  for (const wrong of [
    { key: 1 },
    { times: ["x"] },
    { values: { exact: [[1, 2]], isSorted: true } },
    { values: 3 },
  ])
    expect(table.restore({ newestMs: 1, groups: [{ ...group, ...wrong }] })).toBe(false);
  expect(table.size).toBe(0);
  expect(table.restore({ newestMs: 1, groups: [group] })).toBe(true);
  expect(table.size).toBe(1);
});

test("there are no more groups, events and values than allowed, and the one that waits longest goes", () => {
  const threshold = { windowMs: 1_000_000, events: 3, values: 0 };
  const groups = new GroupTable(threshold, { ...groupLimits, groups: 2 });
  for (const [i, key] of ["a", "b", "a", "c"].entries()) groups.add(key, i, []);
  expect([groups.size, groups.dropped]).toEqual([2, 1]);
  expect(groups.add("a", 4, [])).toEqual({ events: 3, values: 0, fromMs: 0, toMs: 4 });

  const events = new GroupTable({ ...threshold, events: 100 }, { ...groupLimits, events: 5 });
  for (let i = 0; i < 4; i++) events.add("a", i, []);
  for (let i = 0; i < 4; i++) events.add("b", i, []);
  expect([events.size, events.dropped]).toEqual([1, 1]);

  const values = new GroupTable({ ...threshold, events: 100, values: 50 }, { ...groupLimits, values: 5 });
  for (let i = 0; i < 4; i++) values.add("a", i, [`${i}`]);
  for (let i = 0; i < 4; i++) values.add("b", i, [`${i}`]);
  expect([values.size, values.dropped]).toEqual([1, 1]);
});

test("a group that time has left behind is forgotten, one whose clock is behind is not", () => {
  const table = new GroupTable({ windowMs: 10, events: 3, values: 0 });
  table.add("gone", 0, []);
  table.add("slow", 5, []);
  table.add("fast", 1000, []);
  expect(table.size).toBe(1);
  table.add("slow", 6, []);
  table.add("fast", 1001, []);
  table.add("slow", 7, []);
  table.add("fast", 1002, []);
  expect(table.add("slow", 8, [])).toEqual({ events: 3, values: 0, fromMs: 6, toMs: 8 });
});
