import fc from "fast-check";
import { expect, test } from "vitest";
import { TextFinder } from "./text-finder.ts";

function find(texts: readonly string[], text: string): readonly number[] {
  const finder = new TextFinder(texts);
  const count = finder.find(text);
  return [...finder.occurring.subarray(0, count)].sort((a, b) => a - b);
}

test.for<{ texts: readonly string[]; text: string; found: readonly number[] }>([
  { texts: ["abc"], text: "xxabcxx", found: [0] },
  { texts: ["abc"], text: "xxabxx", found: [] },
  { texts: ["abc"], text: "", found: [] },
  { texts: ["he", "she", "his", "hers"], text: "ushers", found: [0, 1, 3] },
  { texts: ["aab"], text: "aaaab", found: [0] },
  { texts: ["a", "aa", "aaa"], text: "aa", found: [0, 1] },
  { texts: ["é", "日本"], text: "café 日本", found: [0, 1] },
  { texts: ["ab", "b"], text: "日ab", found: [0, 1] },
  { texts: [], text: "abc", found: [] },
])("of $texts, $found occur in '$text'", ({ texts, text, found }) => {
  expect(find(texts, text)).toEqual(found);
});

test("what is found is what is included", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", "é"), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.uniqueArray(letters, { maxLength: 12 }),
      fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "d"), maxLength: 40 }),
      (texts, text) => {
        const included = texts.flatMap((each, number) => (text.includes(each) ? [number] : []));
        expect(find(texts, text)).toEqual(included);
      },
    ),
  );
});

test("each search begins anew, and gives what occurs once", () => {
  const finder = new TextFinder(["a", "aa", "b"]);
  expect(finder.find("a".repeat(64 * 1024))).toBe(2);
  expect(finder.find("b")).toBe(1);
  expect(finder.occurring[0]).toBe(2);
  expect(finder.find("ba")).toBe(2);
});
