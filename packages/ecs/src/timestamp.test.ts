import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "./json.ts";
import { compareTimestamps, formatTimestamp, msMax, parseTimestamp } from "./timestamp.ts";

/** What is read, in a form that is easy to compare: the nanoseconds below the millisecond follow a blank. */
function read(value: Json | undefined): string | undefined {
  const time = parseTimestamp(value);
  if (time === undefined) return undefined;
  return formatTimestamp(time.ms) + (time.nanos === 0 ? "" : ` ${time.nanos}`);
}

test.for([
  ["2024-05-01T10:20:30.123Z", "2024-05-01T10:20:30.123Z"],
  ["2024-05-01T10:20:30.123456789Z", "2024-05-01T10:20:30.123Z 456789"],
  ["2024-05-01T10:20:30.1Z", "2024-05-01T10:20:30.100Z"],
  ["2024-05-01T10:20:30,123Z", "2024-05-01T10:20:30.123Z"],
  ["2024-05-01T10:20:30.00000000099Z", "2024-05-01T10:20:30.000Z"],
  ["2024-05-01T10:20:30", "2024-05-01T10:20:30.000Z"],
  ["2024-05-01T10:20", "2024-05-01T10:20:00.000Z"],
  ["2024-05-01T10", "2024-05-01T10:00:00.000Z"],
  ["2024-05-01", "2024-05-01T00:00:00.000Z"],
  ["2024-05", "2024-05-01T00:00:00.000Z"],
  ["2024", "2024-01-01T00:00:00.000Z"],
  ["2024-05-01 10:20:30", "2024-05-01T10:20:30.000Z"],
  ["2024-05-01t10:20:30z", "2024-05-01T10:20:30.000Z"],
  // Offsets, east of UTC when positive.
  ["2024-05-01T10:20:30+02:00", "2024-05-01T08:20:30.000Z"],
  ["2024-05-01T10:20:30-0330", "2024-05-01T13:50:30.000Z"],
  ["2024-05-01T10:20:30.5+02", "2024-05-01T08:20:30.500Z"],
  ["2024-05-01T10+02:00", "2024-05-01T08:00:00.000Z"],
  ["2024-01-01T00:00:00+18:00", "2023-12-31T06:00:00.000Z"],
  // The calendar.
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["2000-02-29", "2000-02-29T00:00:00.000Z"],
  ["1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z 900000"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ["0096-02-29T00:00:00Z", "0096-02-29T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  // Epochs: milliseconds, or seconds where those would be before 1974.
  [1714558830123, "2024-05-01T10:20:30.123Z"],
  ["1714558830123", "2024-05-01T10:20:30.123Z"],
  [1714558830, "2024-05-01T10:20:30.000Z"],
  ["1714558830", "2024-05-01T10:20:30.000Z"],
  [1714558830.123456, "2024-05-01T10:20:30.123Z 456000"],
  [1714558830123.5, "2024-05-01T10:20:30.123Z 500000"],
  ["1714558830.25", "2024-05-01T10:20:30.250Z"],
  [0, "1970-01-01T00:00:00.000Z"],
  [99_999_999, "1970-01-02T03:46:39.999Z"],
  [100_000_000, "1973-03-03T09:46:40.000Z"],
  [99_999_999_999, "5138-11-16T09:46:39.000Z"],
  [100_000_000_000, "1973-03-03T09:46:40.000Z"],
  [-1, "1969-12-31T23:59:59.999Z"],
  ["-1714558830", "1915-09-02T13:39:30.000Z"],
  [msMax, "+275760-09-13T00:00:00.000Z"],
] as const)("%j is %s", ([value, time]) => {
  expect(read(value)).toBe(time);
});

test.for<Json | undefined>([
  undefined,
  null,
  true,
  [],
  ["2024-05-01"],
  {},
  "",
  " ",
  "-",
  "-.",
  ".",
  "now",
  "yesterday",
  "2024-",
  "2024-5-1",
  "2024-05-01T",
  "2024-05-01T1",
  "2024-05-01T10:",
  "2024-05-01T10:2",
  "2024-05-01T10:20:",
  "2024-05-01T10:20:30.",
  "2024-05-01T10:20:30.Z",
  "2024-05-01X10:20:30",
  "2024-05-01T10:20:30 Z",
  " 2024-05-01",
  "2024-05-01 ",
  "2024/05/01",
  "20240501T102030Z",
  "24-05-01",
  "+2024-05-01",
  "12024-05-01",
  // A time of day needs a day, and an offset a time of day.
  "2024T10:20",
  "2024-05T10:20",
  "2024Z",
  "2024-05-01Z",
  "2024-05-01+02:00",
  // What the calendar does not have.
  "2024-00-01",
  "2024-13-01",
  "2024-05-00",
  "2024-05-32",
  "2024-06-31",
  "2023-02-29",
  "1900-02-29",
  "2024-05-01T24:00:00Z",
  "2024-05-01T10:60:00Z",
  "2024-05-01T10:20:60Z",
  "2024-05-01T10:20:30+18:01",
  "2024-05-01T10:20:30+19:00",
  "2024-05-01T10:20:30+02:60",
  "2024-05-01T10:20:30+2",
  "2024-05-01T10:20:30+02:0",
  "2024-05-01T10:20:30+02:00Z",
  "2024-05-01T10:20:30[UTC]",
  Number.NaN,
  Number.POSITIVE_INFINITY,
  msMax + 1,
  "9".repeat(24),
  "9".repeat(100_000),
  "1e12",
  "0x10",
  "1.2.3",
])("%j is no time", (value) => {
  expect(parseTimestamp(value)).toBeUndefined();
});

test("every instant is read back from its ISO form, in any offset", () => {
  const instant = fc.integer({ min: Date.UTC(0, 0, 2), max: Date.UTC(9999, 11, 30) });
  fc.assert(
    fc.property(
      instant,
      fc.integer({ min: -18 * 60, max: 18 * 60 }),
      fc.nat(999_999),
      (ms, offset, nanos) => {
        expect(parseTimestamp(formatTimestamp(ms))).toEqual({ ms, nanos: 0 });
        const local = formatTimestamp(ms + offset * 60_000).slice(0, -1);
        const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0");
        const minutes = String(Math.abs(offset) % 60).padStart(2, "0");
        const text = `${local}${String(nanos).padStart(6, "0")}${offset < 0 ? "-" : "+"}${hours}:${minutes}`;
        expect(parseTimestamp(text)).toEqual({ ms, nanos });
      },
    ),
  );
});

test("it agrees with Date.parse wherever that means the same", () => {
  const two = (max: number): fc.Arbitrary<string> => fc.nat(max).map((n) => String(n).padStart(2, "0"));
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 9999 }),
      two(13),
      two(32),
      two(25),
      two(61),
      two(61),
      (...parts) => {
        const [year, month, day, hour, minute, second] = parts;
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.250Z`;
        const date = new Date(text);
        // Date takes the 31st of each month, and midnight at the end of a day.
        const isReal = !Number.isNaN(date.getTime()) && date.toISOString() === text;
        expect(parseTimestamp(text)?.ms).toBe(isReal ? date.getTime() : undefined);
      },
    ),
    { numRuns: 1000 },
  );
});

test("what is read can be written, and nothing throws", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789-+:.,TZ "), maxLength: 30 });
  fc.assert(
    fc.property(fc.oneof(digits, fc.string(), fc.double(), fc.maxSafeInteger()), (value) => {
      const time = parseTimestamp(value);
      if (time === undefined) return;
      expect(Number.isInteger(time.ms) && Math.abs(time.ms) <= msMax).toBe(true);
      expect(Number.isInteger(time.nanos) && time.nanos >= 0 && time.nanos <= 999_999).toBe(true);
      expect(Date.parse(formatTimestamp(time.ms))).toBe(time.ms + 0);
    }),
  );
});

test("times are ordered to the nanosecond", () => {
  const times = [
    { ms: -5, nanos: 0 },
    { ms: -5, nanos: 1 },
    { ms: 0, nanos: 0 },
    { ms: 0, nanos: 999_999 },
    { ms: 1, nanos: 0 },
  ];
  expect([...times].reverse().sort(compareTimestamps)).toEqual(times);
  expect(compareTimestamps({ ms: 1, nanos: 2 }, { ms: 1, nanos: 2 })).toBe(0);
});
