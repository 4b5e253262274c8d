import { diagnostic, type LocatedDiagnostic, SourceText } from "@tallyman/languages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { printDiagnostic, printDiagnostics } from "./diagnostics-output.ts";
import { hostileFragments } from "./testing/hostile-text.ts";
import { golden, sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

/** A warning about the part of a line that stands between brackets. */
function warning(line: string, message = "No field 'x'", file = "rules/a.toml"): LocatedDiagnostic {
  const start = line.indexOf("[");
  const end = line.indexOf("]") - 1;
  const source = new SourceText(file, line.replace("[", "").replace("]", ""));
  return { ...diagnostic("unknown-field", { start, end }, message), source };
}

function error(message: string, file?: string): LocatedDiagnostic {
  const { source, span } = warning("user.[nam]e", message, file);
  return { ...diagnostic("syntax-error", span, message, "write it otherwise"), source };
}

test("a diagnostic has its place, the line and what to do", () => {
  expect(printDiagnostic(error("It is wrong"), sampleTerminal())).toBe(`\
rules/a.toml:1:6: error syntax-error: It is wrong
   1 | user.name
     |      ^^^
  help: write it otherwise`);
});

test("colors mark the place, the kind, what is marked and the help", () => {
  expect(golden(printDiagnostic(error("It is wrong"), sampleTerminal({ color: true })))).toBe(`\
␛[1mrules/a.toml:1:6␛[22m: ␛[1m␛[31merror syntax-error␛[39m␛[22m: It is wrong
␛[2m   1 | ␛[22muser.name
␛[2m     | ␛[22m     ␛[1m␛[31m^^^␛[39m␛[22m
  ␛[36mhelp:␛[39m write it otherwise`);
});

test.for<[title: string, width: number, unicode: boolean, line: string, want: readonly string[]]>([
  ["wide letters before the mark", 60, true, "日本:[値段] です", ["日本:値段 です", "     ^^^^"]],
  [
    "a mark far to the right",
    50,
    true,
    `${"a".repeat(60)} [marked] ${"b".repeat(20)}`,
    [`…${"a".repeat(19)} marked ${"b".repeat(14)}…`, `${" ".repeat(21)}^^^^^^`],
  ],
  [
    "a mark longer than the window",
    50,
    true,
    `${"a".repeat(30)}[${"m".repeat(60)}]`,
    [`…${"a".repeat(20)}${"m".repeat(21)}…`, " ".repeat(21) + "^".repeat(22)],
  ],
  ["no Unicode", 60, false, "é [x]", ["\\xe9 x", "     ^"]],
])("an excerpt with %s", ([, width, unicode, line, want]) => {
  const lines = printDiagnostic(warning(line), sampleTerminal({ width, unicode })).split("\n").slice(1);
  expect(lines.map((each) => each.slice(7))).toEqual(want);
});

test("the last line counts", () => {
  const last = (...diagnostics: LocatedDiagnostic[]) =>
    printDiagnostics(diagnostics, sampleTerminal()).trimEnd().split("\n").at(-1);
  expect(last(error("one"))).toBe("1 error in 1 file");
  expect(last(error("one"), error("two", "b"), warning("[x]", "three", "c"))).toBe(
    "2 errors, 1 warning in 3 files",
  );
  expect(printDiagnostics([], sampleTerminal())).toBe("");
});

test("warnings that say the same are counted after the third, errors never", () => {
  const same = Array.from({ length: 10 }, () => warning("[x]"));
  const errors = Array.from({ length: 10 }, () => error("wrong"));
  const text = printDiagnostics([...same, ...errors, warning("[y]", "No field 'y'")], sampleTerminal());
  expect(text.match(/No field 'x'/g)).toHaveLength(4);
  expect(text.match(/wrong/g)).toHaveLength(10);
  expect(
    text.endsWith("\n… 7 more warnings unknown-field: No field 'x'\n10 errors, 11 warnings in 1 file\n"),
  ).toBe(true);
});

test("warnings of one code are counted after the twentieth, whatever they say", () => {
  const many = Array.from({ length: 100 }, (_, i) => warning("[x]", `No field '${i}'`));
  const lines = printDiagnostics(many, sampleTerminal()).trimEnd().split("\n");
  expect(lines).toHaveLength(20 * 3 + 2);
  expect(lines.at(-2)).toBe("… 80 more warnings unknown-field");
});

test("whatever stands in a file, nothing acts on the terminal and excerpts keep to the width", () => {
  const text = fc
    .array(fc.constantFrom(...hostileFragments), { maxLength: 6 })
    .map((parts) => parts.join("").replaceAll(/[[\]\n\r]/g, ""));
  const looks = fc.record({
    width: fc.integer({ min: 40, max: 140 }),
    color: fc.boolean(),
    unicode: fc.boolean(),
  });
  fc.assert(
    fc.property(text, text, text, looks, (a, b, c, look) => {
      const [head = "", ...rest] = printDiagnostics(
        [warning(`${a}[${b}]${c}`, a, b)],
        sampleTerminal(look),
      ).split("\n");
      expect(untamed(head, Number.POSITIVE_INFINITY)).toEqual([]);
      expect(untamed(rest.join("\n"), look.width)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
