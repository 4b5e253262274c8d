import { expect, test } from "vitest";
import { counted, formatBytes, formatCount, formatDuration, spanInWords } from "./quantity.ts";

test.for<[count: number, want: string]>([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [1_284_112.4, "1,284,112"],
])("%f is written as %s", ([count, want]) => {
  expect(formatCount(count)).toBe(want);
});

test.for<[bytes: number, want: string]>([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [99_949, "99.9 kB"],
  [99_950, "100 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [812_400_000, "812 MB"],
  [2.14e9, "2.1 GB"],
  [5e18, "5,000 PB"],
])("%d bytes are %s", ([bytes, want]) => {
  expect(formatBytes(bytes)).toBe(want);
});

test.for<[seconds: number, want: string]>([
  [0.04, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.6, "1 min 0 s"],
  [185, "3 min 5 s"],
  [3599.7, "1 h 0 min"],
  [7440, "2 h 4 min"],
])("%f seconds are %s", ([seconds, want]) => {
  expect(formatDuration(seconds)).toBe(want);
});

test.for<[ms: number, want: string]>([
  [300_000, "5 minutes"],
  [3_600_000, "1 hour"],
  [90_000, "90 seconds"],
  [14 * 86_400_000, "14 days"],
  [1500, "1,500 milliseconds"],
])("%d milliseconds are %s", ([ms, want]) => {
  expect(spanInWords(ms)).toBe(want);
});

test("a noun follows its count", () => {
  expect([counted(1, "alert"), counted(0, "alert"), counted(1200, "index", "indices")]).toEqual([
    "1 alert",
    "0 alerts",
    "1,200 indices",
  ]);
});
