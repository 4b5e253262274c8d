import { expect, test } from "vitest";
import { LeadingMarks } from "./leading-marks.ts";

test.for([
  [[], 5, undefined],
  [[3], 5, 3],
  [[3, 4], 5, 4],
  // What came at the very time does not count.
  [[3, 5], 5, 3],
  [[3, 5, 5], 5, 3],
  [[5], 5, undefined],
  // Late ones count as far as two times go.
  [[4, 3], 5, 4],
  [[5, 3], 5, 3],
  [[5, 3, 4], 5, 4],
  [[6, 7], 5, undefined],
] as const)("of %j the last before %i is %s", ([times, ms, want]) => {
  const marks = new LeadingMarks();
  for (const time of times) marks.note("x", time);
  expect(marks.lastBefore("x", ms)).toBe(want);
  expect(marks.lastBefore("y", ms)).toBeUndefined();
});

test("the one that was noted longest ago is forgotten first", () => {
  const marks = new LeadingMarks();
  for (const [ms, key] of ["x", "y", "x", "z"].entries()) marks.note(key, ms);
  marks.forgetOldest();
  expect(["x", "y", "z"].map((key) => marks.lastBefore(key, 9))).toEqual([2, undefined, 3]);
  marks.forgetBefore(3);
  expect(["x", "y", "z"].map((key) => marks.lastBefore(key, 9))).toEqual([undefined, undefined, 3]);
  expect(marks.size).toBe(1);
});
