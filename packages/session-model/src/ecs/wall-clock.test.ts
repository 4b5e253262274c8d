import fc from "fast-check";
import { expect, test } from "vitest";
import { WallClock } from "./wall-clock.ts";

const bootTimeNs = BigInt(Date.UTC(2026, 10, 24, 4)) * 1_000_000n;

test("times are exact to the nanosecond, ticks to the hundredth of a second", () => {
  const clock = new WallClock(() => bootTimeNs);
  expect(clock.exact(1n)).toBe("2026-11-24T04:00:00.000000001Z");
  expect(clock.exact(61_930_152_800n)).toBe("2026-11-24T04:01:01.930152800Z");
  expect(clock.tick(61_930_000_000n)).toBe("2026-11-24T04:01:01.93Z");
  expect(clock.tick(0n)).toBe("2026-11-24T04:00:00.00Z");
});

test("milliseconds agree with Date's, in any order of events", () => {
  const clock = new WallClock(() => bootTimeNs);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (ns) => {
      const ms = Number((bootTimeNs + ns) / 1_000_000n);
      expect(clock.exact(ns).slice(0, 23)).toBe(new Date(ms).toISOString().slice(0, 23));
    }),
  );
});

test("a wall clock that was set shows in the next time", () => {
  let offset = bootTimeNs;
  const clock = new WallClock(() => offset);
  expect(clock.exact(0n)).toBe("2026-11-24T04:00:00.000000000Z");
  offset += 3_600_000_000_000n;
  expect(clock.exact(0n)).toBe("2026-11-24T05:00:00.000000000Z");
});
