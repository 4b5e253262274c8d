import fc from "fast-check";
import { expect, test } from "vitest";
import { compareJoinKeys, distinctKeys, type JoinKey, joinKeyText, keyValueLengthMax } from "./join-key.ts";

const values = fc.oneof(
  fc.constantFrom(null, true, false, "", "0", "t", "f", "n1;", "s1:a", "1", 1, 12, -1, 0.5, 1e21),
  fc.string({ unit: fc.constantFrom("s", "1", ":", "a", ";", "\u0000", "😀", "\ud800", "\udc00") }),
);
const keys: fc.Arbitrary<JoinKey> = fc.array(values, { maxLength: 3 });

test("two keys have one text only when they are the same", () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      expect(joinKeyText(a) === joinKeyText(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 2000 },
  );
});

test.for([
  [["a", "b"], ["asb"]],
  [["a", "b"], ["a1:b"]],
  [["a", "b"], ["as1:b"]],
  [["1:a"], ["a", ""]],
  [[1, 2], [12]],
  [[1, 2], ["1;n2"]],
  [[null], []],
] as const)("%j is not %j", ([a, b]) => {
  expect(joinKeyText(a)).not.toBe(joinKeyText(b));
});

test("the text of a long value is short, and still its own", () => {
  const long = "x".repeat(keyValueLengthMax);
  const texts = [long, `${long}a`, `${long}b`, `${long}\ud800`, `${long}\ud801`, `${long.repeat(100)}`];
  const keyTexts = texts.map((text) => joinKeyText([text]));
  expect(new Set(keyTexts).size).toBe(texts.length);
  for (const text of keyTexts) expect(text.length).toBeLessThan(keyValueLengthMax + 10);
});

test("a key that stands twice is one key", () => {
  expect(distinctKeys([["a"], ["b"], ["a"]]).map(([, key]) => key)).toEqual([["a"], ["b"]]);
});

test("keys are ordered value by value, nulls first and texts by code point", () => {
  const ordered: readonly JoinKey[] = [
    [null, "z"],
    [false, ""],
    [true, ""],
    [-1, ""],
    [2, ""],
    [10, ""],
    ["", ""],
    ["Z", ""],
    ["a", null],
    ["a", "a"],
    ["a", "b"],
    ["ab", "a"],
    ["\uffff", ""],
    ["😀", ""],
  ];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) expect(Math.sign(compareJoinKeys(a, b))).toBe(Math.sign(i - j));
  }
});
