import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDateMath, parseDuration } from "./date-math.ts";
import { formatTimestamp, msMax } from "./timestamp.ts";

/** A Thursday. */
const now = Date.UTC(2024, 1, 29, 13, 45, 50, 678);

function resolve(text: string, edge: "start" | "end"): string | undefined {
  const math = parseDateMath(text);
  return math === undefined ? undefined : formatTimestamp(math.resolve(now, edge));
}

test.for([
  ["now", "2024-02-29T13:45:50.678Z"],
  ["now-9m", "2024-02-29T13:36:50.678Z"],
  ["now+1h", "2024-02-29T14:45:50.678Z"],
  ["now-1H", "2024-02-29T12:45:50.678Z"],
  ["now-30s", "2024-02-29T13:45:20.678Z"],
  ["now-14d", "2024-02-15T13:45:50.678Z"],
  ["now-2w", "2024-02-15T13:45:50.678Z"],
  ["now-d", "2024-02-28T13:45:50.678Z"],
  ["now-1d+2h", "2024-02-28T15:45:50.678Z"],
  // Months and years keep the day, or take the last one.
  ["now-1M", "2024-01-29T13:45:50.678Z"],
  ["now-12M", "2023-02-28T13:45:50.678Z"],
  ["now+1y", "2025-02-28T13:45:50.678Z"],
  ["now-4y", "2020-02-29T13:45:50.678Z"],
  ["now-1M+1M", "2024-02-29T13:45:50.678Z"],
  ["2024-01-31||+1M", "2024-02-29T00:00:00.000Z"],
  ["2023-01-31||+1M", "2023-02-28T00:00:00.000Z"],
  ["2023-12-31||+2M", "2024-02-29T00:00:00.000Z"],
  ["2024-03-31||-1M", "2024-02-29T00:00:00.000Z"],
  ["2024-05-01T10:20:30.5Z", "2024-05-01T10:20:30.500Z"],
  ["2024-05-01T10:20:30.5+02:00||-1h", "2024-05-01T07:20:30.500Z"],
  ["1714558830123", "2024-05-01T10:20:30.123Z"],
  ["1714558830123||-1d", "2024-04-30T10:20:30.123Z"],
  // Before bars, a date is its beginning even if nothing follows.
  ["2024-05||", "2024-05-01T00:00:00.000Z"],
  ["2024||+1y", "2025-01-01T00:00:00.000Z"],
] as const)("%s is the instant %s", ([text, instant]) => {
  expect(resolve(text, "start")).toBe(instant);
  expect(resolve(text, "end")).toBe(instant);
});

test.for([
  ["now/s", "2024-02-29T13:45:50.000Z", "2024-02-29T13:45:50.999Z"],
  ["now/m", "2024-02-29T13:45:00.000Z", "2024-02-29T13:45:59.999Z"],
  ["now/h", "2024-02-29T13:00:00.000Z", "2024-02-29T13:59:59.999Z"],
  ["now/H", "2024-02-29T13:00:00.000Z", "2024-02-29T13:59:59.999Z"],
  ["now/d", "2024-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z"],
  ["now/w", "2024-02-26T00:00:00.000Z", "2024-03-03T23:59:59.999Z"],
  ["now/M", "2024-02-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"],
  ["now/y", "2024-01-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z"],
  ["now/1d", "2024-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z"],
  ["now-30d/d", "2024-01-30T00:00:00.000Z", "2024-01-30T23:59:59.999Z"],
  ["now/d-1h", "2024-02-28T23:00:00.000Z", "2024-02-29T22:59:59.999Z"],
  ["now/M/w", "2024-01-29T00:00:00.000Z", "2024-03-03T23:59:59.999Z"],
  ["2024-03-03||/w", "2024-02-26T00:00:00.000Z", "2024-03-03T23:59:59.999Z"],
  ["2024-03-04||/w", "2024-03-04T00:00:00.000Z", "2024-03-10T23:59:59.999Z"],
  ["1969-12-31T12:00||/d", "1969-12-31T00:00:00.000Z", "1969-12-31T23:59:59.999Z"],
  ["2023-01-31||+1M/M", "2023-02-01T00:00:00.000Z", "2023-02-28T23:59:59.999Z"],
  // A date covers what it leaves off.
  ["2024", "2024-01-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z"],
  ["2024-02", "2024-02-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"],
  ["2023-12", "2023-12-01T00:00:00.000Z", "2023-12-31T23:59:59.999Z"],
  ["2024-02-29", "2024-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z"],
  ["2024-02-29T10", "2024-02-29T10:00:00.000Z", "2024-02-29T10:59:59.999Z"],
  ["2024-02-29T10:20Z", "2024-02-29T10:20:00.000Z", "2024-02-29T10:20:59.999Z"],
  ["2024-02-29T10+02:00", "2024-02-29T08:00:00.000Z", "2024-02-29T08:59:59.999Z"],
  ["2024-02-29T10:20:30", "2024-02-29T10:20:30.000Z", "2024-02-29T10:20:30.999Z"],
] as const)("%s is the time from %s to %s", ([text, start, end]) => {
  expect(resolve(text, "start")).toBe(start);
  expect(resolve(text, "end")).toBe(end);
});

test.for([
  ["now", true, 0],
  ["now-9m", true, 540_000],
  ["now-1d+2h", true, 22 * 3_600_000],
  ["now+5s", true, -5000],
  ["now-1M", true, undefined],
  ["now-1d/d", true, undefined],
  ["2024-05-01", false, undefined],
  ["2024-05-01||-1d", false, undefined],
] as const)("%s is relative: %s, and %s ms before now", ([text, isRelative, fixedOffsetMs]) => {
  expect(parseDateMath(text)).toMatchObject({ isRelative, fixedOffsetMs });
});

test.for([
  "",
  "nowhere",
  "Now",
  "now ",
  " now",
  "now-",
  "now-9",
  "now-9x",
  "now9m",
  "now--9m",
  "now-9 m",
  "now-1.5h",
  "now/",
  "now/2d",
  "now/x",
  "now-9ms",
  "now||-1d",
  "||-1d",
  "2024-05-01-1d",
  "2024-05-01||1d",
  "2024-05-01||now",
  "2024-13",
  "2024-02-30",
  "2024-02-29T25",
  "yesterday",
  // Times that no date can be.
  "now-999999999y",
  "now+999999999w",
  "now+300000y-300000y",
  `now${"+1d".repeat(17)}`,
  "now-1d".repeat(50_000),
  "9".repeat(100_000),
])("case %#: %s is no date math", (text) => {
  expect(parseDateMath(text)).toBeUndefined();
});

test("rounding keeps the instant within, and adjoining stretches leave no gap", () => {
  const unit = fc.constantFrom("y", "M", "w", "d", "h", "m", "s");
  const instant = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9990, 0, 1) });
  fc.assert(
    fc.property(unit, instant, (each, ms) => {
      const math = parseDateMath(`now/${each}`);
      const start = math?.resolve(ms, "start") ?? Number.NaN;
      const end = math?.resolve(ms, "end") ?? Number.NaN;
      expect(start <= ms && ms <= end).toBe(true);
      expect(math?.resolve(end, "start")).toBe(start);
      expect(math?.resolve(end + 1, "start")).toBe(end + 1);
      expect(math?.resolve(start - 1, "end")).toBe(start - 1);
    }),
  );
});

test("a fixed offset is the distance from now, whenever now is", () => {
  const step = fc.tuple(
    fc.constantFrom("+", "-"),
    fc.nat(5000),
    fc.constantFrom("w", "d", "h", "H", "m", "s"),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), fc.integer({ min: 0, max: 4e12 }), (steps, ms) => {
      const math = parseDateMath(`now${steps.map((parts) => parts.join("")).join("")}`);
      expect(math?.resolve(ms, "start")).toBe(ms - (math?.fixedOffsetMs ?? Number.NaN));
    }),
  );
});

test("no text makes it fail, and what is read stays within what a date can be", () => {
  const text = fc.string({ unit: fc.constantFrom(..."now+-/|019yMwdhms:TZ."), maxLength: 30 });
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        fc.tuple(fc.constantFrom("now", "2024-05||"), text).map((parts) => parts.join("")),
      ),
      (each) => {
        const math = parseDateMath(each);
        if (math !== undefined) expect(Math.abs(math.resolve(0, "end"))).toBeLessThanOrEqual(msMax);
      },
    ),
    { numRuns: 1000 },
  );
});

test.for([
  ["5m", 300_000],
  ["1h", 3_600_000],
  ["90s", 90_000],
  ["250ms", 250],
  ["2d", 172_800_000],
  ["1w", 604_800_000],
  ["0s", 0],
  ["", undefined],
  ["5", undefined],
  ["m", undefined],
  ["5 m", undefined],
  ["-5m", undefined],
  ["1.5h", undefined],
  ["5M", undefined],
  ["5y", undefined],
  ["5m5m", undefined],
  ["1234567890s", undefined],
] as const)("the duration %j is %s ms", ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms);
});
