import fc from "fast-check";
import { expect, test } from "vitest";
import { termKey } from "./term-key.ts";

test.for([
  { one: ["a|b", "c"], other: ["a", "b|c"] },
  { one: ["ab", ""], other: ["a", "b"] },
  { one: ["a", "b", ""], other: ["a", "b"] },
  { one: ["", ""], other: [""] },
  { one: ["1"], other: [1] },
  { one: ["true"], other: [true] },
  { one: [true], other: [false] },
  { one: [12, 3], other: [1, 23] },
  { one: ["\u00011:a"], other: ["a"] },
  { one: ["\u00021"], other: [1] },
  { one: ["\u0003"], other: [true] },
  { one: ["\u0004"], other: [false] },
  { one: ["\u00019aaaaaaaaa"], other: ["1", "aaaaaaaaa"] },
  { one: ["a\u00011:b"], other: ["a", "b"] },
])("$one and $other are different terms", ({ one, other }) => {
  expect(termKey(one)).not.toBe(termKey(other));
});

test("the key of a single text is that text, which costs nothing", () => {
  expect(termKey(["/usr/bin/bash"])).toBe("/usr/bin/bash");
});

// Few characters, among them all that have a meaning in a key, so that the parts meet in every way.
const text = fc.string({
  unit: fc.constantFrom("\u0001", "\u0002", "\u0003", "\u0004", "\u0005", "1", ":", ";"),
  maxLength: 4,
});
const value = fc.oneof(text, fc.constantFrom(0, 1, 11, -1, 1.5, 1e21), fc.boolean());
const term = fc.array(value, { minLength: 1, maxLength: 3 });

test("two terms have one key exactly when they are equal", () => {
  fc.assert(
    fc.property(term, term, (one, other) => {
      expect(termKey(one) === termKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2000 },
  );
});

test("no two of very many short terms share a key", () => {
  const values = [
    "",
    "\u0001",
    "\u00010:",
    "\u00011:a",
    "\u0002",
    "\u00021",
    "\u0003",
    "a",
    "1",
    ";",
    1,
    0,
    true,
    false,
  ];
  const terms = values.flatMap((a) => [
    [a],
    ...values.flatMap((b) => [[a, b], ...values.map((c) => [a, b, c])]),
  ]);
  expect(new Set(terms.map(termKey)).size).toBe(terms.length);
});
