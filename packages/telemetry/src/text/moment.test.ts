import { expect, test } from "vitest";
import { isMoment, momentIn } from "./moment.ts";

test.for([
  ["2026-11-24T13:00:00.000000001Z", { ms: 1795525200000, nanos: 1 }],
  ["1969-12-31T23:59:59Z", undefined],
  ["2300-01-01T00:00:00Z", undefined],
  ["yesterday", undefined],
  [7, undefined],
  [undefined, undefined],
] as const)("%j", ([value, time]) => {
  expect(momentIn(value)).toEqual(time);
});

test.for([
  [0n, true],
  [-1n, false],
  [2n ** 63n - 1n, true],
  [2n ** 63n, false],
] as const)("%s is a moment: %s", ([nanoseconds, is]) => {
  expect(isMoment(nanoseconds)).toBe(is);
});
