import { foldCase } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RegexNode } from "./ast.ts";
import { parseRegex } from "./parse.ts";
import { compileRegex, readRegex } from "./regex.ts";

function matches(pattern: string, text: string, ignoreCase = false): boolean {
  const { regex, problem } = readRegex(pattern, { ignoreCase });
  if (regex === undefined) throw new Error(problem);
  return compileRegex(regex)(ignoreCase ? text.toLowerCase() : text);
}

test.for<[pattern: string, text: string, want: boolean]>([
  ["", "", true],
  ["", "a", false],
  ["abc", "abc", true],
  // The whole text must match, and there are no anchors.
  ["abc", "xabcx", false],
  ["^abc$", "abc", false],
  ["^abc$", "^abc$", true],
  ["a.c", "a\nc", true],
  [".", "😀", true],
  ["..", "😀", false],
  ["a|b|cd", "cd", true],
  ["a?b+c*", "bb", true],
  ["a?b+c*", "aacc", false],
  ["(ab){2}", "abab", true],
  ["(ab){2}", "ab", false],
  ["a{2,}", "aaaa", true],
  ["a{1,3}", "aaaa", false],
  ["a{0}", "", true],
  ["[abc]+", "cab", true],
  ["[^abc]+", "xyz", true],
  ["[^abc]+", "xay", false],
  ["[a-c0-9_-]+", "b-7_", true],
  ["[]x]+", "x]", true],
  ["[\\]\\\\-]+", "\\]-", true],
  ["[😀-😂]", "😁", true],
  ["\\d+\\.\\d", "12.5", true],
  ["\\w\\s\\S\\D\\W", "a\t-x ", true],
  ["[\\d\\s]+", "1 2", true],
  ["a\\*\\?", "a*?", true],
  ['a".*"b', "a.*b", true],
  ['a".*"b', "axxb", false],
  ["()a()", "a", true],
  ["a@c", "a anything c", true],
  ["a#|b", "b", true],
  ["a#|b", "a", false],
  ["#?a", "a", true],
  ["ab.*&.*yz", "ab-yz", true],
  ["ab.*&.*yz", "ab-xz", false],
  ["ab.*&.*yz&.{5}", "ab-yz", true],
  ["a~b", "ac", true],
  ["a~b", "ab", false],
  ["a~b", "a", true],
  ["~(.*evil.*)", "good", true],
  ["~(.*evil.*)", "an evil one", false],
  ["~(a|b)c", "xc", true],
  ["~~a", "a", true],
  ["x<1-100>", "x42", true],
  ["x<1-100>", "x0042", true],
  ["x<1-100>", "x101", false],
  ["x<01-20>", "x7", false],
  ["x<01-20>", "x07", true],
  ["<20-1>", "13", true],
  ["*a", "*a", true],
])("%s on %j is %s", ([pattern, text, want]) => {
  expect(matches(pattern, text)).toBe(want);
});

test.for<[pattern: string, text: string, want: boolean]>([
  ["Cmd\\.EXE", "cMD.exe", true],
  ["[A-C]+", "abC", true],
  ["[^A-C]+", "abC", false],
  ["[^A-C]+", "XYZ", true],
  ["ÄÖ[À-Þ]", "äÖü", true],
  ["Σ", "σ", true],
  ["\\W", "A", false],
  ["~(FOO)", "foo", false],
])("in any case, %s on %s is %s", ([pattern, text, want]) => {
  expect(matches(pattern, text, true)).toBe(want);
});

test.for([
  ["(a", "The '(' is never closed"],
  ["[a", "The '[' is never closed"],
  ["a)", "')' cannot stand here"],
  ["a{", "A number must follow '{'"],
  ["a{2", "The '{' of a repetition is never closed"],
  ["a{3,2}", "The second number of a repetition is the smaller one"],
  ["a{99999}", "A repetition is limited to 10000"],
  ['"a', "The quotation mark is never closed"],
  ["a|", "The expression ends where a character should follow"],
  ["\\", "A backslash stands at the end"],
  ["\\n", "'\\n' is no known class of characters"],
  ["[z-a]", "A range of characters runs backwards"],
  ["<a-b>", "'<' begins an interval of numbers such as <1-100>; write \\< for the character"],
  ["((a{100}){100}){100}", "The expression needs more than 10000 states"],
  ["~((a|b)*a(a|b){20})", "The expression needs more than 10000 states"],
  [`${"(".repeat(101)}a${")".repeat(101)}`, "Groups stand in each other deeper than 100 levels"],
])("%s is refused: %s", ([pattern, problem]) => {
  expect(readRegex(pattern as string, { ignoreCase: false }).problem).toBe(problem);
});

test("a pattern without operators is known to be one text", () => {
  expect(readRegex("net\\.exe", { ignoreCase: false }).regex?.literal).toBe("net.exe");
  expect(readRegex('A"b*"', { ignoreCase: true }).regex?.literal).toBe("ab*");
  expect(readRegex("net.exe", { ignoreCase: false }).regex?.literal).toBeUndefined();
});

test("agrees with a matcher that tries everything", () => {
  const pattern = fc.string({ unit: fc.constantFrom(...'ab.|&~?*+()[]^-{1}<2>"\\#@d'), maxLength: 12 });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "1", "-", "^"), maxLength: 6 });
  let compared = 0;
  fc.assert(
    fc.property(pattern, text, (p, t) => {
      const { node } = parseRegex(p, { ignoreCase: false });
      const { regex } = readRegex(p, { ignoreCase: false });
      if (node === undefined || regex === undefined) return;
      compared += 1;
      const matches = compileRegex(regex)(t);
      expect(matches).toBe(endsOf(node, t, 0).has(t.length));
      if (matches) expect(foldCase(t)).toContain(regex.requiredText);
    }),
    { numRuns: 2000 },
  );
  // Most patterns of these characters are malformed; enough must not be.
  expect(compared).toBeGreaterThan(150);
});

test("agrees with it on trees of operators too", () => {
  const leaf = fc.constantFrom("a", "b", ".", "[^a]", "ab", "()", "#");
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a})(${b})`),
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a})|(${b})`),
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a})&(${b})`),
      tie("tree").map((a) => `~(${a})`),
      fc.tuple(tie("tree"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}")).map(([a, op]) => `(${a})${op}`),
    ),
  }));
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 });
  fc.assert(
    fc.property(tree, text, (p, t) => {
      const { node } = parseRegex(p, { ignoreCase: false });
      const { regex } = readRegex(p, { ignoreCase: false });
      if (node === undefined || regex === undefined) return;
      const matches = compileRegex(regex)(t);
      expect(matches).toBe(endsOf(node, t, 0).has(t.length));
      if (matches) expect(t).toContain(regex.requiredText);
    }),
    { numRuns: 500 },
  );
});

test("any text is an expression or one problem", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.boolean(), (text, ignoreCase) => {
      const { regex, problem } = readRegex(text, { ignoreCase });
      expect((regex === undefined) !== (problem === undefined)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

// Backtracking would take longer than anyone can wait for most of these.
test.for([
  "(a+)+$",
  "(a|a)*b",
  "(a*)*b",
  "a*a*a*a*a*a*a*a*b",
  "([a-z]+)*\\d",
  ".*a.*a.*a.*b",
  "(.*a){20}",
  "~(.*b.*)&.*a",
])("long text costs %s no more than its length", (pattern) => {
  expect(matches(pattern, `${"a".repeat(200_000)}!`)).toBe(false);
});

test("text that always leads to new sets of states does not fill the memory", () => {
  const { regex } = readRegex("(a|b)*a(a|b){12}", { ignoreCase: false });
  if (regex === undefined) throw new Error("the expression is good");
  const test = compileRegex(regex);
  let seed = 1;
  let text = "";
  for (let i = 0; i < 20_000; i++) {
    seed = (seed * 48271) % 2147483647;
    text += seed % 2 === 0 ? "a" : "b";
  }
  for (const end of ["abbbbbbbbbbbb", "bbbbbbbbbbbbb"]) expect(test(text + end)).toBe(end[0] === "a");
});

/** Where a match that starts at a place may end, by trying everything. */
function endsOf(node: RegexNode, text: string, start: number): ReadonlySet<number> {
  switch (node.kind) {
    case "empty":
      return new Set([start]);
    case "never":
      return new Set();
    case "char": {
      const c = text.codePointAt(start);
      return new Set(
        c !== undefined && node.set.some(({ from, to }) => c >= from && c <= to) ? [start + 1] : [],
      );
    }
    case "concatenation": {
      let ends: ReadonlySet<number> = new Set([start]);
      for (const part of node.parts) ends = new Set([...ends].flatMap((end) => [...endsOf(part, text, end)]));
      return ends;
    }
    case "union":
      return new Set(node.options.flatMap((option) => [...endsOf(option, text, start)]));
    case "intersection": {
      const sets = node.operands.map((operand) => endsOf(operand, text, start));
      return new Set(
        [...(sets[0] as ReadonlySet<number>)].filter((end) => sets.every((set) => set.has(end))),
      );
    }
    case "complement": {
      const ends = endsOf(node.operand, text, start);
      const all = Array.from({ length: text.length - start + 1 }, (_, i) => start + i);
      return new Set(all.filter((end) => !ends.has(end)));
    }
    case "repeat": {
      let ends: ReadonlySet<number> = new Set([start]);
      for (let i = 0; i < node.min; i++) {
        ends = new Set([...ends].flatMap((end) => [...endsOf(node.operand, text, end)]));
      }
      const all = new Set(ends);
      // More rounds than the text has characters reach nothing new.
      for (let i = node.min; i < Math.min(node.max ?? 99, node.min + text.length + 1); i++) {
        ends = new Set([...ends].flatMap((end) => [...endsOf(node.operand, text, end)]));
        for (const end of ends) all.add(end);
      }
      return all;
    }
  }
}

test.for<{ source: string; ignoreCase?: boolean; required: string }>([
  { source: "abc", required: "abc" },
  { source: "ABC", required: "abc" },
  { source: ".*[ ]{20,}.*", required: " ".repeat(20) },
  { source: "a*bcd?e", required: "bc" },
  { source: "(ab|cd)ef.*ghij", required: "ghij" },
  { source: "Pwsh[0-9]?.exe", ignoreCase: true, required: "pwsh" },
  { source: "[0-9]+", required: "" },
  { source: "", required: "" },
  { source: "(ab){2}c", required: "ababc" },
  { source: "(ab){2,3}c", required: "abab" },
])("'$source' requires '$required'", ({ source, ignoreCase = false, required }) => {
  expect(readRegex(source, { ignoreCase }).regex?.requiredText).toBe(required);
});
