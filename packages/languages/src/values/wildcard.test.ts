import fc from "fast-check";
import { expect, test } from "vitest";
import { compareText } from "./compare-text.ts";
import { compileWildcard, isLiteral, matchesEverything, parseWildcard, printPattern } from "./wildcard.ts";

test.for([
  ["*", "", true],
  ["*", "anything", true],
  ["a*", "abc", true],
  ["a*", "ba", false],
  ["*c", "abc", true],
  ["*c", "cb", false],
  ["*b*", "abc", true],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["ab*ba", "aba", false],
  ["*a*b*c*", "xxaxxbxxcxx", true],
  ["*a*b*c*", "xxaxxcxxbxx", false],
  ["?", "", false],
  ["?", "x", true],
  ["?", "xy", false],
  ["?*", "", false],
  ["?*", "x", true],
  ["*?", "😀", true],
  ["?", "😀", true],
  ["??", "😀", false],
  ["a?c*", "abcd", true],
  ["*?b", "b", false],
  ["*a?c", "xxabc", true],
  ["*a?c", "aac", true],
  ["?:\\Users\\*", "C:\\Users\\x", true],
  ["a*\nb", "a\n\nb", true],
] as const)("%s on %j gives %s", ([pattern, text, want]) => {
  expect(compileWildcard(parseWildcard(pattern, { escapes: false }))(text)).toBe(want);
});

test("a backslash escapes only where it is asked to", () => {
  expect(compileWildcard(parseWildcard("a\\*", { escapes: true }))("a*")).toBe(true);
  expect(compileWildcard(parseWildcard("a\\*", { escapes: true }))("a\\b")).toBe(false);
  expect(compileWildcard(parseWildcard("a\\*", { escapes: false }))("a\\b")).toBe(true);
  expect(isLiteral(parseWildcard("a\\*\\?", { escapes: true }))).toBe(true);
  expect(matchesEverything(parseWildcard("**", { escapes: true }))).toBe(true);
});

test("agrees with a matcher that tries everything", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "😀", "\ud83d"), maxLength: 10 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "😀"), maxLength: 7 });
  fc.assert(
    fc.property(pattern, text, (p, t) => {
      expect(compileWildcard(parseWildcard(p, { escapes: false }))(t)).toBe(matchSlowly([...p], [...t]));
    }),
    { numRuns: 3000 },
  );
});

test("printing and reading gives the same pattern", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "*", "?", "\\"), maxLength: 8 }), (text) => {
      const pattern = parseWildcard(text, { escapes: false });
      expect(parseWildcard(printPattern(pattern), { escapes: true })).toEqual(pattern);
    }),
  );
});

test("text is ordered as its UTF-8 bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});

function matchSlowly(pattern: readonly string[], text: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return text.length === 0;
  if (head === "*")
    return matchSlowly(rest, text) || (text.length > 0 && matchSlowly(pattern, text.slice(1)));
  return text.length > 0 && (head === "?" || head === text[0]) && matchSlowly(rest, text.slice(1));
}
