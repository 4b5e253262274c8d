import fc from "fast-check";
import { expect, test } from "vitest";
import { fit, fitLines, wrap } from "./fit.ts";
import { columnsOf, printable } from "./printable.ts";
import { hostileFragments } from "./testing/hostile-text.ts";
import { untamed } from "./testing/untamed.ts";

const unicode = { unicode: true };
const ascii = { unicode: false };

const fragment = fc.oneof(fc.constantFrom(...hostileFragments), fc.string({ unit: "binary", maxLength: 8 }));
const hostileText = fc.array(fragment, { maxLength: 10 }).map((fragments) => fragments.join(""));

test.for([
  { given: "plain", want: "plain" },
  { given: "über 日本 😀", want: "über 日本 😀" },
  { given: "\u001b[31mred\n", want: "\\x1b[31mred\\n" },
  { given: "a\u00a0b\u3000c", want: "a\\xa0b\\u{3000}c" },
  { given: "❤\ufe0f", want: "❤\\u{fe0f}" },
  { given: "👍🏽", want: "👍\\u{1f3fd}" },
  { given: "\ue0b0\u{10ffff}", want: "\\u{e0b0}\\u{10ffff}" },
  { given: "e\u0301\u0301\u0301\u0301!", want: "e\u0301\u0301\u0301\\u{301}!" },
  { given: "\u3164\u2800", want: "\\u{3164}\\u{2800}" },
])("$given is printed as $want", ({ given, want }) => {
  expect(printable(given, unicode)).toBe(want);
});

test("without Unicode everything beyond ASCII is an escape", () => {
  expect(printable("ü → 😀", ascii)).toBe("\\xfc \\u{2192} \\u{1f600}");
});

test.for([
  { given: "short", columns: 5, cut: "end", want: "short" },
  { given: "longer", columns: 5, cut: "end", want: "long…" },
  { given: "longer", columns: 5, cut: "start", want: "…nger" },
  { given: "/usr/lib/very/long/path", columns: 12, cut: "middle", want: "/usr/li…path" },
  { given: "日本語", columns: 5, cut: "end", want: "日本…" },
  { given: "日本語", columns: 4, cut: "end", want: "日…" },
  { given: "ae\u0301bcd", columns: 4, cut: "start", want: "…bcd" },
  { given: "xy", columns: 1, cut: "middle", want: "…" },
] as const)("$given in $columns columns, cut at the $cut, is $want", ({ given, columns, cut, want }) => {
  expect(fit(given, columns, unicode, cut)).toBe(want);
});

test("the ellipsis is ASCII where the terminal is", () => {
  expect(fit("a long text", 7, ascii)).toBe("a lo...");
  expect(fit("a long text", 2, ascii)).toBe("..");
});

test("what is fitted keeps to its columns and does not act on a terminal", () => {
  fc.assert(
    fc.property(
      hostileText,
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom("start", "middle", "end"),
      fc.constantFrom(unicode, ascii),
      (text, columns, cut, terminal) => {
        expect(untamed(fit(text, columns, terminal, cut), columns)).toEqual([]);
      },
    ),
  );
});

test("printable text is not changed by printing it again", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const once = printable(text, unicode);
      expect(printable(once, unicode)).toBe(once);
    }),
  );
});

test("a megabyte costs what is shown of it, at both ends", () => {
  const text = `head${"\u001b".repeat(1_000_000)}tail`;
  expect(fit(text, 20, unicode, "middle")).toBe("head\\x1b\\x1b…x1btail");
});

test.for([
  { given: "", columns: 10, want: [""] },
  { given: "one two three", columns: 7, want: ["one two", "three"] },
  { given: "one two three", columns: 8, want: ["one two", "three"] },
  { given: "unbreakable", columns: 4, want: ["unbr", "eaka", "ble"] },
  { given: "  indented text", columns: 10, want: ["  indented", "text"] },
  { given: "日本語 日本語", columns: 7, want: ["日本語", "日本語"] },
])("$given is wrapped to $columns columns", ({ given, columns, want }) => {
  expect(wrap(given, columns)).toEqual(want);
});

test("wrapping loses nothing but spaces", () => {
  fc.assert(
    fc.property(hostileText, fc.integer({ min: 2, max: 40 }), (text, columns) => {
      const given = printable(text, unicode);
      const lines = wrap(given, columns);
      expect(lines.join("").replaceAll(" ", "")).toBe(given.replaceAll(" ", ""));
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    }),
  );
});

test("long texts wrap in linear time", () => {
  expect(wrap("word ".repeat(100_000), 78).length).toBeGreaterThan(6000);
});

test("texts keep to their number of lines", () => {
  fc.assert(
    fc.property(
      hostileText,
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 1, max: 3 }),
      (text, columns, linesMax) => {
        const lines = fitLines(text, columns, linesMax, unicode);
        expect(lines.length).toBeLessThanOrEqual(linesMax);
        expect(untamed(lines.join("\n"), columns)).toEqual([]);
      },
    ),
  );
});
