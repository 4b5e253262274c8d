import type { Timestamp } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { InputEvent } from "./input-event.ts";
import { DecodedEvent, type PendingEvent } from "./pending-event.ts";
import { ReorderBuffer, type ReorderLimits } from "./reorder-buffer.ts";

const minute = 60_000;
const start = Date.parse("2026-01-05T08:00:00Z");
const unlimited: ReorderLimits = { latenessMs: minute, eventCountMax: 1e9, byteCountMax: 1e9 };

/** An event so many milliseconds behind the start; undefined for one without time. */
function at(ms: number | undefined, id: number, more: Partial<InputEvent> = {}, nanos = 0): InputEvent {
  return {
    document: { id },
    index: undefined,
    id: undefined,
    text: undefined,
    byteCount: 100,
    timestamp: ms === undefined ? undefined : { ms: start + ms, nanos },
    late: false,
    origin: { file: "test", line: id },
    ...more,
  };
}

interface Given {
  readonly event: InputEvent;
  /** How many events had been taken by then. */
  readonly after: number;
}

/** Puts events through a buffer, one by one, and tells what it gave away when. */
function reorder(
  events: readonly (InputEvent | PendingEvent)[],
  buffer = new ReorderBuffer(unlimited),
): Given[] {
  const given: Given[] = [];
  events.forEach((event, i) => {
    buffer.add("decode" in event ? event : new DecodedEvent(event));
    for (let due = buffer.nextDue(); due !== undefined; due = buffer.nextDue())
      given.push({ event: due, after: i + 1 });
  });
  for (let held = buffer.nextHeld(); held !== undefined; held = buffer.nextHeld()) {
    given.push({ event: held, after: Number.POSITIVE_INFINITY });
  }
  return given;
}

function idsOf(given: readonly Given[]): unknown[] {
  return given.map(({ event }) => event.document?.["id"]);
}

/** Enough events in a row for the buffer to believe the time. */
function settled(ms: number): InputEvent[] {
  return Array.from({ length: 8 }, () => at(ms, 0));
}

test("events that are out of order by less than the lateness are sorted", () => {
  const given = reorder([at(0, 1), at(50_000, 3), at(20_000, 2), at(70_000, 5), at(59_999, 4)]);
  expect(idsOf(given)).toEqual([1, 2, 3, 4, 5]);
  expect(given.some(({ event }) => event.late)).toBe(false);
});

test("an event is given away when one has come that is later by the lateness", () => {
  const given = reorder([...settled(0), at(1, 1), at(minute, 2), at(minute + 1, 3)]);
  expect(given.filter(({ event }) => event.document?.["id"] === 0).map(({ after }) => after)).toEqual(
    Array(8).fill(10),
  );
  expect(given.find(({ event }) => event.document?.["id"] === 1)?.after).toBe(11);
});

test("an event older than one given away passes at once, marked", () => {
  const given = reorder([...settled(0), at(2 * minute, 1), at(-1, 2), at(0, 3), at(3 * minute, 4)]);
  const late = given.filter(({ event }) => event.late);
  expect(late).toMatchObject([{ event: { document: { id: 2 } }, after: 10 }]);
  expect(given.find(({ event }) => event.document?.["id"] === 3)).toMatchObject({
    event: { late: false },
    after: 11,
  });
});

test("an event without time passes at once, unmarked", () => {
  const given = reorder([...settled(0), at(undefined, 1), at(1, 2)]);
  expect(given[0]).toMatchObject({ event: { document: { id: 1 }, late: false }, after: 9 });
});

test("the same time is no disorder: nanoseconds, then the sequence, then the arrival decide", () => {
  const sequence = (n: unknown, id: number): Partial<InputEvent> => ({
    document: { id, event: { sequence: n as number } },
  });
  const events = [
    at(0, 6, {}, 500),
    at(0, 4, sequence(7, 4)),
    at(0, 5, { document: { id: 5, "event.sequence": 9 } }),
    at(0, 1),
    at(0, 3, sequence(2, 3)),
    at(0, 2, sequence("8", 2)),
  ];
  expect(idsOf(reorder(events))).toEqual([1, 2, 3, 4, 5, 6]);
});

test("when too many are held, the oldest are given away early", () => {
  const buffer = new ReorderBuffer({ ...unlimited, eventCountMax: 3 });
  const given = reorder([at(1, 1), at(5, 5), at(2, 2), at(4, 4), at(3, 3), at(0, 0)], buffer);
  expect(given.map(({ event, after }) => [event.document?.["id"], after])).toEqual([
    [1, 4],
    [2, 5],
    [0, 6],
    [3, Number.POSITIVE_INFINITY],
    [4, Number.POSITIVE_INFINITY],
    [5, Number.POSITIVE_INFINITY],
  ]);
  expect(buffer.releasedEarly).toBe(2);
  expect(given.filter(({ event }) => event.late).map(({ event }) => event.document?.["id"])).toEqual([0]);
});

test("when the held take too many bytes, the oldest are given away early", () => {
  const buffer = new ReorderBuffer({ ...unlimited, byteCountMax: 250 });
  expect(reorder([at(0, 0), at(1, 1), at(2, 2)], buffer)[0]).toMatchObject({
    event: { document: { id: 0 } },
    after: 3,
  });
  expect(buffer.releasedEarly).toBe(1);
});

test("one event from the future does not end the sorting", () => {
  const future = 365 * 24 * 60 * minute;
  for (const first of [true, false]) {
    const events = [
      ...settled(0),
      at(20_000, 2),
      at(10_000, 1),
      at(40_000, 4),
      at(30_000, 3),
      at(2 * minute, 5),
    ];
    events.splice(first ? 0 : 8, 0, at(future, 9));
    const given = reorder(events);
    expect(idsOf(given).filter((id) => id !== 0)).toEqual([1, 2, 3, 4, 5, 9]);
    expect(given.some(({ event }) => event.late)).toBe(false);
  }
});

test("a gap in time is followed when some events agree on it", () => {
  const day = 24 * 60 * minute;
  const given = reorder([
    ...settled(0),
    ...Array.from({ length: 8 }, (_, i) => at(day + i, 1)),
    at(day + 2 * minute, 2),
  ]);
  expect(given.filter(({ event }) => event.document?.["id"] === 0).every(({ after }) => after === 16)).toBe(
    true,
  );
  expect(given.filter(({ event }) => event.document?.["id"] === 1).every(({ after }) => after === 17)).toBe(
    true,
  );
});

test("an event that proves to be none leaves nothing behind", () => {
  const none: PendingEvent = {
    timestamp: { ms: start, nanos: 0 },
    byteCount: 1,
    decode: () => undefined,
    discard() {},
  };
  expect(idsOf(reorder([none, at(1, 1), { ...none, timestamp: undefined }]))).toEqual([1]);
});

test.for([
  { about: "later", realMs: 30_000, want: [1, 2] },
  { about: "earlier, but in time", realMs: 10_000, want: [2, 1] },
  { about: "none", realMs: undefined, want: [2, 1] },
])(
  "an event whose document has another time than its text, $about, is put in order by that",
  ({ realMs, want }) => {
    const seen: Timestamp = { ms: start + 15_000, nanos: 0 };
    const other: PendingEvent = { timestamp: seen, byteCount: 1, decode: () => at(realMs, 2), discard() {} };
    const given = reorder([other, at(20_000, 1)]);
    expect(idsOf(given)).toEqual(want);
    expect(given.some(({ event }) => event.late)).toBe(false);
  },
);

/** Times that jump about, some of them missing, with limits that are reached. */
const streams = fc.record({
  times: fc.array(
    fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: -3 * minute, max: 3 * minute }) },
      { weight: 1, arbitrary: fc.integer({ min: -1e10, max: 1e10 }) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    { maxLength: 100 },
  ),
  drift: fc.nat({ max: 20_000 }),
  limits: fc.record({
    latenessMs: fc.constantFrom(0, 1000, minute),
    eventCountMax: fc.integer({ min: 1, max: 50 }),
    byteCountMax: fc.integer({ min: 1, max: 5000 }),
  }),
});

test("nothing is lost, nothing comes twice, and late is what is older than what was given away", () => {
  fc.assert(
    fc.property(streams, ({ times, drift, limits }) => {
      const events = times.map((ms, id) => at(ms === undefined ? undefined : ms + id * drift, id));
      const given = reorder(events, new ReorderBuffer(limits));
      expect([...(idsOf(given) as number[])].sort((a, b) => a - b)).toEqual(events.map((_, id) => id));
      let newestMs = Number.NEGATIVE_INFINITY;
      for (const { event } of given) {
        if (event.timestamp === undefined) continue;
        expect(event.late).toBe(event.timestamp.ms < newestMs);
        if (!event.late) newestMs = event.timestamp.ms;
      }
    }),
    { numRuns: 500 },
  );
});

test("what is out of order by no more than the lateness is sorted, and stays in order of arrival at the same time", () => {
  const disorder = fc.array(fc.nat({ max: 59 }), { maxLength: 100 });
  fc.assert(
    fc.property(disorder, fc.nat({ max: 30 }), (delays, step) => {
      // Each event comes late by less than a minute, in whole seconds, so that many have the same time.
      const arrivals = delays.map((delay, id) => ({
        id,
        ms: id * step * 1000,
        arrivesMs: (id * step + delay) * 1000,
      }));
      arrivals.sort((a, b) => a.arrivesMs - b.arrivesMs);
      const given = reorder(arrivals.map(({ id, ms }) => at(ms, id)));
      const sorted = [...arrivals].sort((a, b) => a.ms - b.ms);
      expect(idsOf(given)).toEqual(sorted.map(({ id }) => id));
      expect(given.some(({ event }) => event.late)).toBe(false);
    }),
  );
});
