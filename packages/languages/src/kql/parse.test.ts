import fc from "fast-check";
import { expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render-diagnostic.ts";
import { SourceText } from "../diagnostics/source-text.ts";
import type { KqlLiteral, KqlQuery, KqlValues } from "./ast.ts";
import { kqlDepthMax, kqlLengthMax, parseKql } from "./parse.ts";
import { printKql } from "./print.ts";

/** The tree in brackets: literals quoted or bare with `*` for wildcards. */
function shape(query: KqlQuery | KqlValues): string {
  switch (query.kind) {
    case "match-all":
      return "all";
    case "and":
    case "or":
      return `(${query.kind} ${query.operands.map(shape).join(" ")})`;
    case "not":
      return `(not ${shape(query.operand)})`;
    case "nested":
      return `(nested ${literal(query.field)} ${shape(query.query)})`;
    case "field-values":
      return `(: ${literal(query.field)} ${shape(query.values)})`;
    case "field-range":
      return `(${query.operator} ${literal(query.field)} ${literal(query.value)})`;
    case "free-text":
      return `(text ${literal(query.value)})`;
    case "literal":
      return literal(query);
  }
}

function literal({ isQuoted, parts }: KqlLiteral): string {
  return isQuoted ? JSON.stringify(parts[0]) : `‹${parts.join("*")}›`;
}

function parsed(text: string): string {
  const { query, diagnostics } = parseKql(text);
  return query === undefined ? `error: ${diagnostics[0].message}` : shape(query);
}

test.for<readonly [string, string]>([
  ["", "all"],
  ["  \n ", "all"],
  ["a:b", "(: ‹a› ‹b›)"],
  ["a : b", "(: ‹a› ‹b›)"],
  ["a:b and c:d or e:f", "(or (and (: ‹a› ‹b›) (: ‹c› ‹d›)) (: ‹e› ‹f›))"],
  ["not a:b and c:d", "(and (not (: ‹a› ‹b›)) (: ‹c› ‹d›))"],
  ["NOT a:b AND c:d Or e:f", "(or (and (not (: ‹a› ‹b›)) (: ‹c› ‹d›)) (: ‹e› ‹f›))"],
  ["a:(b or c and not d)", "(: ‹a› (or ‹b› (and ‹c› (not ‹d›))))"],
  ["a:(b or (c and d))", "(: ‹a› (or ‹b› (and ‹c› ‹d›)))"],
  ["not (not a:b)", "(not (not (: ‹a› ‹b›)))"],
  ["((a:b))", "(: ‹a› ‹b›)"],
  ["a:{ b:1 and c.d:2 }", "(nested ‹a› (and (: ‹b› ‹1›) (: ‹c.d› ‹2›)))"],
  ["a >= 10 and b<c", "(and (>= ‹a› ‹10›) (< ‹b› ‹c›))"],
  ["@time <= now-10d", "(<= ‹@time› ‹now-10d›)"],
  ["foo bar", "(text ‹foo bar›)"],
  ["foo bar : baz qux ", "(: ‹foo bar› ‹baz qux›)"],
  ["a: first line\n  second line", "(: ‹a› ‹first line\n  second line›)"],
  ['"foo bar"', '(text "foo bar")'],
  ["a:*", "(: ‹a› ‹*›)"],
  ["a*.b:x*y", "(: ‹a*.b› ‹x*y›)"],
  ['a:"*"', '(: ‹a› "*")'],
  ["a:\\*", "(: ‹a› ‹*›)"],
  ["a:(* curl* or x)", "(: ‹a› (or ‹* curl*› ‹x›))"],
  ["foo AND", "(text ‹foo AND›)"],
  ["OR foo", "(text ‹OR foo›)"],
  ["a:OR", "(: ‹a› ‹OR›)"],
  ["oregano:android", "(: ‹oregano› ‹android›)"],
  ["a:notable", "(: ‹a› ‹notable›)"],
  ["a:b\\and", "(: ‹a› ‹band›)"],
  ["a:x \\and y", "(: ‹a› ‹x and y›)"],
  ["a:can\\not open", "(: ‹a› ‹cannot open›)"],
  ["a:x\\notes", "(: ‹a› ‹x\notes›)"],
  ["C\\:\\\\dir:x\\(1\\)", "(: ‹C:\\dir› ‹x(1)›)"],
  ["a:\\u0041\\t\\u00e9", "(: ‹a› ‹A\té›)"],
  ['a:"C:\\dir\\"q\\" \\t \\u0041 \\x"', '(: ‹a› "C:\\\\dir\\"q\\" \\t A \\\\x")'],
  ["a:'*'", "(: ‹a› ‹'*'›)"],
])("%j is %s", ([text, want]) => {
  expect(parsed(text)).toBe(want);
});

test.for<readonly [string, string]>([
  [
    "response:",
    `query:1:10: error syntax-error: The query ends where a value should follow
   1 | response:
     |          ^`,
  ],
  [
    "a:(b or )",
    `query:1:9: error syntax-error: ')' stands where a value or field name should
   1 | a:(b or )
     |         ^
  help: a value or condition is missing before it`,
  ],
  [
    "a:(b",
    `query:1:3: error syntax-error: The bracket is never closed
   1 | a:(b
     |   ^
  help: add the missing ')'`,
  ],
  [
    "a:b)",
    `query:1:4: error syntax-error: ')' stands where 'and', 'or' or the end should
   1 | a:b)
     |    ^
  help: there may be one too many`,
  ],
  [
    'a:"b',
    `query:1:3: error syntax-error: The quotation mark is never closed
   1 | a:"b
     |   ^`,
  ],
  [
    "a:b\n  and c:d:e",
    `query:2:10: error syntax-error: ':' stands where 'and', 'or' or the end should
   2 |   and c:d:e
     |          ^
  help: conditions and values are joined by 'and' or 'or'; a colon in a value needs a backslash before it, or quotes around the value`,
  ],
  [
    "not not a:b",
    `query:1:5: error syntax-error: 'not' cannot follow 'not'
   1 | not not a:b
     |     ^^^
  help: put the second one in brackets: not (not …)`,
  ],
  [
    "message: cannot open",
    `query:1:13: error syntax-error: 'not' followed by a space is read as the keyword, also at the end of a word
   1 | message: cannot open
     |             ^^^
  help: put the value in quotes`,
  ],
  [
    "a:not b",
    `query:1:3: error syntax-error: 'not' cannot stand here
   1 | a:not b
     |   ^^^
  help: put 'not' before the field name, or the values in brackets`,
  ],
  [
    '"a" or"b"',
    `query:1:5: error syntax-error: 'or' needs white space on both sides
   1 | "a" or"b"
     |     ^^`,
  ],
  [
    "a: x\\y",
    `query:1:5: error syntax-error: A backslash cannot stand before 'y' outside quotes
   1 | a: x\\y
     |     ^
  help: write two backslashes for one, or quote the value`,
  ],
])("%j is refused", ([text, want]) => {
  const { diagnostics } = parseKql(text);
  const [found] = diagnostics;
  expect(found && renderDiagnostic({ ...found, source: new SourceText("query", text) })).toBe(want);
});

test("brackets have a greatest depth", () => {
  const nested = (depth: number): string => `${"(".repeat(depth)}a:b${")".repeat(depth)}`;
  expect(parseKql(nested(kqlDepthMax)).query).toBeDefined();
  expect(parseKql(nested(kqlDepthMax + 1)).diagnostics[0]?.code).toBe("too-deep");
  expect(parseKql("(".repeat(100_000)).diagnostics[0]?.code).toBe("too-deep");
  expect(parseKql("a".repeat(kqlLengthMax + 1)).diagnostics[0]?.code).toBe("too-long");
});

const word = fc.string({
  unit: fc.constantFrom(
    "a",
    "o",
    "n",
    "t",
    "and",
    "or",
    "not",
    " ",
    "\t",
    "\n",
    "\\",
    '"',
    ":",
    "(",
    "*",
    "{",
    "é",
    "😀",
  ),
  minLength: 1,
  maxLength: 8,
});
const span = { start: 0, end: 0 };
const literals: fc.Arbitrary<KqlLiteral> = fc.oneof(
  word.map((text): KqlLiteral => ({ kind: "literal", isQuoted: true, parts: [text], span })),
  fc
    .array(word, { minLength: 1, maxLength: 3 })
    .map((parts): KqlLiteral => ({ kind: "literal", isQuoted: false, parts: trimmed(parts), span }))
    .filter(({ parts }) => parts.length > 1 || parts[0] !== ""),
);
const { query } = fc.letrec<{ values: KqlValues; query: KqlQuery }>((tie) => ({
  values: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literals,
    fc.record({
      kind: fc.constantFrom("and", "or"),
      operands: several(tie("values")),
      span: fc.constant(span),
    }),
    fc.record({ kind: fc.constant("not"), operand: tie("values"), span: fc.constant(span) }),
  ) as fc.Arbitrary<KqlValues>,
  query: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("free-text"), value: literals, span: fc.constant(span) }),
    fc.record({
      kind: fc.constant("field-values"),
      field: literals,
      values: tie("values"),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant("field-range"),
      field: literals,
      operator: fc.constantFrom("<", "<=", ">", ">="),
      value: literals,
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constantFrom("and", "or"),
      operands: several(tie("query")),
      span: fc.constant(span),
    }),
    fc.record({ kind: fc.constant("not"), operand: tie("query"), span: fc.constant(span) }),
    fc.record({ kind: fc.constant("nested"), field: literals, query: tie("query"), span: fc.constant(span) }),
  ) as fc.Arbitrary<KqlQuery>,
}));

function several<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength: 2, maxLength: 3 });
}

/** Bare literals have no white space at their ends, unless as an escape, which is trimmed like any other. */
function trimmed(parts: readonly string[]): readonly string[] {
  return parts.map((part, i) => {
    const head = i === 0 ? part.trimStart() : part;
    return i === parts.length - 1 ? head.trimEnd() : head;
  });
}

test("parsing what was printed gives the same query", () => {
  fc.assert(
    fc.property(query, (tree) => {
      expect(parsed(printKql(tree))).toBe(shape(tree));
    }),
    { numRuns: 2000 },
  );
});

test("any text is a query or one diagnostic, and its spans lie within it", () => {
  const unit = fc.constantFrom(
    "a",
    " ",
    "not ",
    " and ",
    " or ",
    "(",
    ")",
    "{",
    "}",
    ":",
    "<",
    ">",
    '"',
    "*",
    "\\",
    "\\u",
    "\n",
    "\u0000",
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit, maxLength: 40 }), fc.string({ unit: "binary", maxLength: 40 })),
      (text) => {
        const result = parseKql(text);
        for (const found of result.diagnostics) {
          expect(found.span.start).toBeLessThanOrEqual(found.span.end);
          expect(found.span.end).toBeLessThanOrEqual(text.length);
        }
        expect(result.query === undefined).toBe(result.diagnostics.length === 1);
      },
    ),
    { numRuns: 3000 },
  );
});
