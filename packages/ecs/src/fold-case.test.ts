import fc from "fast-check";
import { expect, test } from "vitest";
import { foldCase } from "./fold-case.ts";

test.for([
  ["ABC äÖÜ", "abc äöü"],
  ["ΟΔΟΣ", "οδοσ"],
  ["ΟΔΟΣΑ", "οδοσα"],
  ["İstanbul", "istanbul"],
  ["ς", "ς"],
] as const)("%s becomes %s", ([text, want]) => {
  expect(foldCase(text)).toBe(want);
});

test("a part folds as it does in the whole, and keeps its length", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom("Σ", "İ", "a", "A", " ", "ς", "K"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(foldCase(a + b)).toBe(foldCase(a) + foldCase(b));
      expect([...foldCase(a)].length).toBe([...a].length);
    }),
    { numRuns: 1000 },
  );
});
