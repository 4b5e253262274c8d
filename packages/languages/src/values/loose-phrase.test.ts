import fc from "fast-check";
import { expect, test } from "vitest";
import { hasLoosePhrase } from "./loose-phrase.ts";

/** Tries every way to give each word a place of its own. */
function plainly(phrase: readonly string[], slop: number, tokens: readonly string[]): boolean {
  const place = (i: number, taken: readonly number[]): boolean => {
    if (i === phrase.length) {
      const shifts = taken.map((at, word) => at - word);
      return Math.max(...shifts) - Math.min(...shifts) <= slop;
    }
    return tokens.some(
      (token, at) => token === phrase[i] && !taken.includes(at) && place(i + 1, [...taken, at]),
    );
  };
  return place(0, []);
}

test("the words are found as far apart as is allowed, and no farther", () => {
  const word = fc.constantFrom("a", "b", "c");
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.nat(4),
      fc.array(word, { maxLength: 9 }),
      (phrase, slop, tokens) => {
        expect(hasLoosePhrase(phrase, slop)(tokens)).toBe(plainly(phrase, slop, tokens));
      },
    ),
    { numRuns: 3000 },
  );
});

test.for<readonly [string, number, string, boolean]>([
  ["quick fox", 0, "quick fox", true],
  ["quick fox", 0, "quick brown fox", false],
  ["quick fox", 1, "the quick brown fox", true],
  // To change places two words each move over the other.
  ["quick fox", 1, "fox quick", false],
  ["quick fox", 2, "fox quick", true],
  ["a a", 5, "a", false],
  ["a a", 5, "a b a", true],
])("%j with %i in %j is %s", ([phrase, slop, text, want]) => {
  expect(hasLoosePhrase(phrase.split(" "), slop)(text.split(" "))).toBe(want);
});
