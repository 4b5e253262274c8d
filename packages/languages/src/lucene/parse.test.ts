import fc from "fast-check";
import { expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render-diagnostic.ts";
import { SourceText } from "../diagnostics/source-text.ts";
import { printPattern } from "../values/wildcard.ts";
import type { LuceneBound, LuceneField, LuceneQuery, LuceneValue } from "./ast.ts";
import { luceneDepthMax, luceneLengthMax, parseLucene } from "./parse.ts";
import { printLucene } from "./print.ts";

/** The tree in brackets. */
function shape(query: LuceneQuery): string {
  switch (query.kind) {
    case "match-all":
      return "all";
    case "clauses":
      return `{${query.clauses
        .map(
          ({ conjunction, modifier, query: inner }) =>
            `${conjunction === undefined ? "" : `${conjunction} `}${modifier ?? ""}${shape(inner)}`,
        )
        .join(", ")}}`;
    case "group":
      return `${field(query.field)}(${shape(query.query)})${boost(query)}`;
    case "value":
      return field(query.field) + value(query.value) + boost(query);
  }
}

function boost(query: { readonly boost: string | undefined }): string {
  return query.boost === undefined ? "" : `^${query.boost}`;
}

function field(given: LuceneField | undefined): string {
  return given === undefined ? "" : `‹${given.name}›:`;
}

function value(given: LuceneValue): string {
  switch (given.kind) {
    case "words":
      return `‹${given.words.join("|")}›`;
    case "sign":
      return given.text;
    case "phrase":
      return `${JSON.stringify(given.text)}${given.slop === 0 ? "" : `~${given.slop}`}`;
    case "any":
      return "*";
    case "pattern":
      return `‹${printPattern(given.pattern)}›`;
    case "fuzzy":
      return `‹${given.text}›~${given.edits}`;
    case "regex":
      return `/${given.regex.source}/`;
    case "range":
      return `${given.low.isInclusive ? "[" : "{"}${end(given.low)} ${end(given.high)}${given.high.isInclusive ? "]" : "}"}`;
  }
}

function end({ text }: LuceneBound): string {
  return text === undefined ? "*" : `‹${text}›`;
}

function parsed(text: string): string {
  const { query, diagnostics } = parseLucene(text);
  return query === undefined ? `error: ${diagnostics[0].message}` : shape(query);
}

test.for<readonly [string, string]>([
  ["", "all"],
  [" \n\u3000", "all"],
  ["a", "‹a›"],
  ["a b c", "‹a|b|c›"],
  ["a b:c", "{‹a›, ‹b›:‹c›}"],
  ["a b c:d", "{‹a|b›, ‹c›:‹d›}"],
  ["a b AND c", "{‹a›, ‹b›, AND ‹c›}"],
  ["a b c AND d", "{‹a|b›, ‹c›, AND ‹d›}"],
  ["a b^2", "{‹a›, ‹b›^2}"],
  ["a^2 b", "{‹a›^2, ‹b›}"],
  ["(a b)^0.5", "(‹a|b›)^0.5"],
  ["a b~", "{‹a›, ‹b›~0}"],
  ["a b *", "{‹a›, ‹b›, *}"],
  ["a b c*", "{‹a|b›, ‹c*›}"],
  ["a AND b c", "{‹a›, AND ‹b›, ‹c›}"],
  ["a AND b c d", "{‹a›, AND ‹b›, ‹c|d›}"],
  ["NOT a b", "{NOT‹a›, ‹b›}"],
  ["f:a b", "{‹f›:‹a›, ‹b›}"],
  ["f:(a b)", "‹f›:(‹a|b›)"],
  ["f:(a g:b)", "‹f›:({‹a›, ‹g›:‹b›})"],
  ["a OR b && c || !d", "{‹a›, OR ‹b›, AND ‹c›, OR NOT‹d›}"],
  ["+a -b +(c d)", "{+‹a›, -‹b›, +(‹c|d›)}"],
  ["a-b+c", "‹a-b+c›"],
  ["a - b", "{‹a›, -, ‹b›}"],
  ["! a", "{!, ‹a›}"],
  ["android ORDER NOTE", "‹android|ORDER|NOTE›"],
  ["a&&b", "‹a&&b›"],
  ["\\AND", "‹AND›"],
  ["\\(a\\)\\ b", "‹(a) b›"],
  ["\\u0041\\\\", "‹A\\›"],
  ["*", "*"],
  ["*:a", "‹*›:‹a›"],
  ["f:*", "‹f›:*"],
  ["a*b?c\\*", "‹a*b?c\\*›"],
  ['"a \\"b\\" * \\u0041"', '"a \\"b\\" * A"'],
  ['"a b"~3', '"a b"~3'],
  ['"a b"^2~3', '"a b"~3^2'],
  ["ab~", "‹ab›~0"],
  ["abc~", "‹abc›~1"],
  ["abcdef~", "‹abcdef›~2"],
  ["abcdef~1", "‹abcdef›~1"],
  ["abcdef~AUTO", "‹abcdef›~2"],
  ["/a[/]b/", "error: ']' ends no range"],
  ["/a\\/b/ c", "{/a\\/b/, ‹c›}"],
  ["f:[1 TO 2]", "‹f›:[‹1› ‹2›]"],
  ["f:{* TO now-1d/d]", "‹f›:{* ‹now-1d/d›]"],
  ['f:["a b" TO "*"}', "‹f›:[‹a b› *}"],
  ["[TO TO TO]", "[‹TO› ‹TO›]"],
  ["f:>=5", "‹f›:‹>=5›"],
  ["((a))", "((‹a›))"],
])("%j is %s", ([text, want]) => {
  expect(parsed(text)).toBe(want);
});

test.for<readonly [string, string]>([
  ["a:", "The query ends where a value should follow"],
  ["a AND", "The query ends where a value should follow"],
  ["AND a", "'AND' joins two conditions, and one is missing"],
  ["a OR AND b", "'AND' joins two conditions, and one is missing"],
  ["NOT NOT a", "'NOT' cannot stand behind another modifier"],
  ["(a", "The bracket is never closed"],
  ["a)", "')' stands where the end should"],
  ["()", "')' stands where a value or field name should"],
  ["a:b:c", "':' stands where a value or field name should"],
  ['"a', "The quotation mark is never closed"],
  ["/a", "The regular expression is never closed"],
  ["/(/", "The expression ends where a character should follow"],
  ["a^b", "'^' needs a number right behind it"],
  ["~2", "'~' stands where a value or field name should"],
  ["a~3", "'~' needs the number of edits behind it, two at most"],
  [`${"a".repeat(257)}~`, "'~' stands behind words of at most 256 characters"],
  ['"a b"~x', "'~' needs a whole number behind a phrase"],
  ["[1 TO 2", "The range is never closed"],
  ["[1 2]", "A range needs 'TO' between its ends"],
  ["[ TO 2]", "A range needs 'TO' between its ends"],
  ["[1 TO ]", "An end of the range is missing"],
  ["a]", "']' ends no range"],
  ["a\\", "A backslash ends the query"],
  ["\\u00g1", "'\\u' needs four hexadecimal digits behind it"],
  [`${"(".repeat(luceneDepthMax + 1)}a`, "Brackets stand in each other deeper than 100 levels"],
  ["a".repeat(luceneLengthMax + 1), "The query is longer than 1000000 characters"],
])("%j is refused: %s", ([text, want]) => {
  expect(parsed(text)).toBe(`error: ${want}`);
});

test("what has no effect is said, with its place", () => {
  const text = "a^2 AND b*~1";
  const { diagnostics } = parseLucene(text);
  const source = new SourceText("query", text);
  expect(diagnostics.map((found) => renderDiagnostic({ ...found, source })).join("\n")).toBe(
    `query:1:2: warning without-effect: A boost has no effect: rules have no use for how well an event matches
   1 | a^2 AND b*~1
     |  ^^
query:1:11: warning without-effect: '~' has no effect behind a pattern
   1 | a^2 AND b*~1
     |           ^^`,
  );
});

const unit = fc.constantFrom(
  ...[
    "a",
    "b",
    " ",
    " AND ",
    " OR ",
    " NOT ",
    "+",
    "-",
    "!",
    "(",
    ")",
    ":",
    '"',
    "*",
    "?",
    "\\",
    "/",
    "~",
    "~1",
  ],
  ...[
    "^2",
    "[",
    "{",
    " TO ",
    "]",
    "}",
    "\\u0041",
    "\\u",
    ">",
    "&&",
    "||",
    "\n",
    "\u3000",
    "\u0000",
    "😀",
    "\ud800",
  ],
);

test("parsing what was printed gives the same query", () => {
  let read = 0;
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      const { query } = parseLucene(text);
      if (query === undefined) return;
      read += 1;
      expect(parsed(printLucene(query))).toBe(shape(query));
    }),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(1000);
});

test("any text is a query or one diagnostic, and its spans lie within it", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit, maxLength: 40 }), fc.string({ unit: "binary", maxLength: 40 })),
      (text) => {
        const result = parseLucene(text);
        for (const found of result.diagnostics) {
          expect(found.span.start).toBeLessThanOrEqual(found.span.end);
          expect(found.span.end).toBeLessThanOrEqual(text.length);
        }
        if (result.query === undefined) expect(result.diagnostics).toHaveLength(1);
      },
    ),
    { numRuns: 3000 },
  );
});
