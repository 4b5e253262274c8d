import fc from "fast-check";
import { expect, test } from "vitest";
import { exactMax, RecentValues } from "./recent-values.ts";
import { relativeError, SlidingHyperLogLog } from "./sliding-hyperloglog.ts";

test.for([0, 1, 100, 5_000, 20_000, 200_000])(
  "%i values are estimated within three standard errors",
  (count) => {
    const sketch = new SlidingHyperLogLog();
    for (let i = 0; i < count; i++) {
      sketch.add(`198.51.${i >> 8}.${i & 255}`, i);
      // What was seen before does not count again.
      if (i % 3 === 0) sketch.add(`198.51.${i >> 8}.${i & 255}`, i);
    }
    expect(Math.abs(sketch.countSince(0) - count)).toBeLessThanOrEqual(3 * relativeError * count);
  },
);

test("the window slides: values that were last seen before it no longer count", () => {
  const sketch = new SlidingHyperLogLog();
  for (let i = 0; i < 60_000; i++) sketch.add(`value ${i}`, i);
  for (const from of [10_000, 30_000, 59_000]) {
    const count = 60_000 - from;
    expect(Math.abs(sketch.countSince(from) - count)).toBeLessThanOrEqual(3 * relativeError * count);
  }
  expect(sketch.countSince(60_000)).toBe(0);
});

test("the order in which values come makes no difference, nor does saving", () => {
  const entries = fc.array(fc.record({ value: fc.nat(50), ms: fc.nat(40) }), { maxLength: 60 });
  fc.assert(
    fc.property(entries, fc.nat(40), (given, from) => {
      const ordered = new SlidingHyperLogLog();
      const mixed = new SlidingHyperLogLog();
      for (const { ms, value } of given) mixed.add(`${value}`, ms);
      for (const { ms, value } of [...given].sort((a, b) => a.ms - b.ms)) ordered.add(`${value}`, ms);
      const count = new SlidingHyperLogLog(mixed.toArray()).countSince(from);
      expect(ordered.countSince(from)).toBe(count);
      const truth = new Set(given.filter(({ ms }) => ms >= from).map(({ value }) => value)).size;
      expect(Math.abs(count - truth)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});

test("values are counted exactly up to 10,000, and a rule that asks for more is told of them in time", () => {
  const exact = new RecentValues(exactMax);
  for (let i = 0; i < exactMax; i++) {
    expect(exact.countSince(0)).toBe(i);
    exact.add(`${i}`, i, i - 1);
  }
  expect(exact.countSince(0)).toBe(exactMax);
  // The oldest goes where there is one more.
  exact.add("another", exactMax, exactMax - 1);
  expect(exact.countSince(0)).toBe(exactMax);

  const wanted = 50_000;
  const estimated = new RecentValues(wanted);
  let reachedAt = 0;
  for (let i = 1; reachedAt === 0; i++) {
    estimated.add(`${i}`, i, i - 1);
    if (estimated.countSince(0) >= wanted) reachedAt = i;
  }
  expect(Math.abs(reachedAt - wanted)).toBeLessThanOrEqual(3 * relativeError * wanted + wanted / 1000);
});
