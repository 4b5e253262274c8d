import fc from "fast-check";
import { expect, test } from "vitest";
import { findLastText, findText } from "./find-text.ts";

test("finds what indexOf and lastIndexOf find", () => {
  // Runs of short pieces, so that long parts begin in many places and overlap themselves.
  const piece = fc.tuple(fc.constantFrom("a", "b", "ab", "aab", "aaaab"), fc.integer({ min: 1, max: 60 }));
  const text = fc
    .array(piece, { maxLength: 5 })
    .map((pieces) => pieces.map(([unit, count]) => unit.repeat(count)).join(""));
  const part = fc.tuple(text, fc.nat(), fc.nat(300)).map(([given, from, length]) => {
    const start = given === "" ? 0 : from % given.length;
    return given.slice(start, start + length);
  });
  fc.assert(
    fc.property(text, part, fc.nat(10), (given, wanted, start) => {
      expect(findText(given, wanted, start)).toBe(given.indexOf(wanted, start));
      const whole = `${given}${wanted}${given}`;
      expect(findText(whole, wanted, start)).toBe(whole.indexOf(wanted, start));
      expect(findLastText(given, wanted)).toBe(given.lastIndexOf(wanted));
      expect(findLastText(whole, wanted)).toBe(whole.lastIndexOf(wanted));
    }),
    { numRuns: 1000 },
  );
});

test("a part that begins everywhere and ends nowhere does not cost the product of the lengths", () => {
  expect(findText("a".repeat(1_000_000), `${"a".repeat(400_000)}b`, 0)).toBe(-1);
  expect(findText("a".repeat(1_000_000), `b${"a".repeat(400_000)}`, 0)).toBe(-1);
  expect(findLastText("a".repeat(1_000_000), `${"a".repeat(400_000)}b`)).toBe(-1);
  expect(findText("ab".repeat(500_000), `${"ab".repeat(200_000)}b`, 0)).toBe(-1);
});
