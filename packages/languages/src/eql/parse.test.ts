import fc from "fast-check";
import { expect, test } from "vitest";
import type { EqlDialect, EqlExpression, EqlFilter, EqlItem, EqlQuery } from "./ast.ts";
import { eqlLengthMax } from "./limits.ts";
import { parseEql, parseEqlExpression } from "./parse.ts";
import { printEql, printEqlExpression } from "./print.ts";

/** How an expression is read, with every bracket that its tree has. */
function shape(text: string, dialect: EqlDialect = "elasticsearch"): string {
  const { expression, diagnostics } = parseEqlExpression(text, dialect);
  return expression === undefined ? `${diagnostics[0].message}` : bracketed(expression);
}

function bracketed(expression: EqlExpression): string {
  switch (expression.kind) {
    case "and":
    case "or":
      return `(${expression.operands.map(bracketed).join(` ${expression.kind} `)})`;
    case "not":
      return `(not ${bracketed(expression.operand)})`;
    case "minus":
      return `(-${bracketed(expression.operand)})`;
    case "compare":
    case "arithmetic":
      return `(${bracketed(expression.left)} ${expression.operator} ${bracketed(expression.right)})`;
    case "in": {
      const operator = `${expression.isNegated ? "not " : ""}in${expression.ignoreCase ? "~" : ""}`;
      return `(${bracketed(expression.operand)} ${operator} [${expression.values.map(bracketed).join(", ")}])`;
    }
    case "match":
      return `(${bracketed(expression.operand)} ${expression.operator} [${expression.values.map(bracketed).join(", ")}])`;
    case "call":
      return `${expression.name}${expression.ignoreCase ? "~" : ""}(${expression.arguments.map(bracketed).join(", ")})`;
    default:
      return printEqlExpression(expression);
  }
}

test.for([
  ["a == 1 and b == 2 or c == 3", "(((a == 1) and (b == 2)) or (c == 3))"],
  ["a and b and c", "(a and b and c)"],
  ["(a and b) and c", "((a and b) and c)"],
  ["not a and b", "((not a) and b)"],
  ["not a == 1", "(not (a == 1))"],
  ["not not a", "(not (not a))"],
  ["1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"],
  ["8 / 4 / 2", "((8 / 4) / 2)"],
  ["-a + b", "((-a) + b)"],
  ["-a * -b", "((-a) * (-b))"],
  ["+1 < a", "(1 < a)"],
  ["a - 1 == b % 2", "((a - 1) == (b % 2))"],
  ["a in (1, 2) == true", "((a in [1, 2]) == true)"],
  ['true == (a in~ ("x"))', '(true == (a in~ ["x"]))'],
  ["a not in (1)", "(a not in [1])"],
  ["not a not in~ (1)", "(not (a not in~ [1]))"],
  ['a : "x" or b like ("y", "z")', '((a : ["x"]) or (b like ["y", "z"]))'],
  ['a regex~ "x" and b like~ "y"', '((a regex~ ["x"]) and (b like~ ["y"]))'],
  // A pattern belongs to the value before it, whatever stands before that.
  ["a + 1 : 2 + 3", "((a + (1 : [2])) + 3)"],
  ["f(a, g()) > 1", "(f(a, g()) > 1)"],
  ['startsWith~(a, "x")', 'startsWith~(a, "x")'],
  ["?a.b == null", "(?a.b == null)"],
  ["a . b", "a.b"],
  ["`a.b`", "a.b"],
  ["a.`0`.b", "`a.0.b`"],
  ["`a-b`.c", "`a-b.c`"],
  ["`a``b`", "`a``b`"],
  ["@timestamp", "@timestamp"],
  ["?`x y`", "?`x y`"],
] as const)("%s is read as %s", ([given, want]) => {
  expect(shape(given)).toBe(want);
});

test.for<[given: string, want: string | number | boolean | null]>([
  ['"a\\n\\r\\t\\b\\f\\\\\\"\\\'b"', "a\n\r\t\b\f\\\"'b"],
  ['"\\u{202e}\\u{0001F600}"', "\u202e😀"],
  ['"""C:\\Users\\*"""', "C:\\Users\\*"],
  ['"""say "hi" now"""', 'say "hi" now'],
  ['"""""quoted"""""', '""quoted""'],
  ['""', ""],
  ['""""""', ""],
  ["12", 12],
  ["1.5", 1.5],
  ["1.", 1],
  [".5", 0.5],
  ["1e3", 1000],
  ["1.5E-2", 0.015],
  ["100000000000000000000000000000000", 1e32],
  ["true", true],
  ["null", null],
])("%s has the value %j", ([given, want]) => {
  const { expression } = parseEqlExpression(given);
  expect(expression?.kind === "literal" ? expression.value : undefined).toBe(want);
});

test.for([
  ["12", false],
  ["12.0", true],
  ["1e3", true],
  ["9223372036854775807000", true],
] as const)("the number %s is fractional: %s", ([given, want]) => {
  const { expression } = parseEqlExpression(given);
  expect(expression?.kind === "literal" && expression.isFractional).toBe(want);
});

test.for([
  "process where true // to the end",
  "process /* a */ where /* b /* c */ d */ true",
  // An inner opening without an end ends with the comment.
  "process where /* below /tmp/* */ true",
  'any where a : "x" // comment\n and b : "y"',
  'any where a == "// no comment" and b == "/* neither */"',
])("comments are white space: %s", (text) => {
  expect(parseEql(text).diagnostics).toEqual([]);
});

test("a sequence has keys, a maxspan, stages and until", () => {
  const { query } = parseEql(
    `sequence by host.id, ?user.id with maxspan=2m
       [process where true] by a with runs=3
       ![ any where true ] by b
       ["my category" where false] by ?c
     until [file where true] by d
     | head 5 | tail 2`,
  );
  expect(query).toMatchObject({
    kind: "sequence",
    by: [
      { path: "host.id", isOptional: false },
      { path: "user.id", isOptional: true },
    ],
    maxSpan: { count: 2, unit: "m" },
    items: [
      { isMissing: false, by: [{ path: "a" }], runs: 3, filter: { category: { name: "process" } } },
      { isMissing: true, by: [{ path: "b" }], runs: 1, filter: { category: undefined } },
      {
        isMissing: false,
        by: [{ path: "c", isOptional: true }],
        filter: { category: { name: "my category" } },
      },
    ],
    until: { by: [{ path: "d" }] },
    pipes: [
      { kind: "head", count: 5 },
      { kind: "tail", count: 2 },
    ],
  });
});

test.for([
  "sequence [any where true] with runs=2",
  "sequence by a [any where true] [any where true]",
  "sequence with maxspan=1 h ![any where true] [any where true]",
  "sample by a [any where true] [any where true]",
  "sample [any where true] by a [any where true] by b",
  "join by a [any where true] [any where true]",
  '"any" where true',
  '""".odd name""" where true',
  "any where true | head 0",
])("accepted: %s", (text) => {
  expect(parseEql(text).diagnostics).toEqual([]);
});

test.for<[text: string, at: string, message: string, hint?: string]>([
  [
    "",
    "",
    "The query ends where an event category should follow",
    "write any where … for events of every category",
  ],
  ["process", "", "The query ends where 'where' should follow"],
  [
    "process WHERE true",
    "WHERE",
    "'WHERE' stands where 'where' should",
    "operators are written in lower case: where",
  ],
  [
    "`a` where true",
    "`a`",
    "'`a`' stands where an event category should",
    "categories with odd characters stand in double quotes",
  ],
  [
    "42 where true",
    "42",
    "'42' stands where an event category should",
    "write any where … for events of every category",
  ],
  ["any where a = 1", "=", "'=' stands where the end of the query should", "write == to compare"],
  [
    "any where a == 1 AND b",
    "AND",
    "'AND' stands where the end of the query should",
    "operators are written in lower case: and",
  ],
  ["any where 1 < a < 3", "<", "Comparisons cannot be chained", "write a < b and b < c"],
  ["any where a == not b", "not", "'not' cannot stand here", "put it and its condition in brackets"],
  ['any where a not like "x"', "not", "'not' cannot stand before 'like'", 'write not field like "…"'],
  ['any where a !: "x"', "!:", "'!:' is no operator", 'write not field : "…"'],
  ["any where a && b", "&", "'&' has no meaning here", "write and"],
  [
    "any where a : b",
    "b",
    "'b' stands where a value should",
    "the right side of ':' is a value or a list of values",
  ],
  ["any where a in 1", "1", "'1' stands where '(' and a list of values should"],
  ["any where a in ()", ")", "')' stands where a value should"],
  [
    "any where a == 'x'",
    "'",
    "Text stands in double quotes",
    'write "…", or """…""" where backslashes are meant as they stand',
  ],
  [
    'any where a == ?"x"',
    "?",
    "Text stands in double quotes",
    'write "…", or """…""" where backslashes are meant as they stand',
  ],
  [
    'any where a == "x',
    '"',
    "The quotation mark is never closed on its line",
    "add the missing quotation mark",
  ],
  [
    'any where a == "x\n"',
    '"',
    "The quotation mark is never closed on its line",
    "add the missing quotation mark",
  ],
  [
    'any where a == "\\d"',
    "\\d",
    "'\\d' is no escape",
    'write two backslashes for one, or """…""" where backslashes are meant as they stand',
  ],
  [
    'any where a == "\\u{1}"',
    "\\u",
    "The escape of a character is not complete",
    "write \\u{200f}, with two to eight hexadecimal digits",
  ],
  [
    'any where a == "\\u{d800}"',
    "\\u{d800}",
    "There is no such character",
    "write \\u{200f}, with two to eight hexadecimal digits",
  ],
  ["any where `a", "`", "The backquote is never closed", "add the missing backquote"],
  ["any where (a", "(", "The bracket is never closed", "add the missing ')'"],
  ["any where a)", ")", "')' stands where the end of the query should"],
  [
    "any where a[0] == 1",
    "[",
    "Elements of arrays cannot be picked by number",
    "leave the brackets out: any element matches",
  ],
  [
    "any where a.0.b == 1",
    ".0",
    "A part of a name that begins with a digit stands in backquotes",
    "write `a.0.b`",
  ],
  [
    "any where a.in == 1",
    "in",
    "'in' stands where the name of a field should",
    "'in' is a reserved word: write `in` in backquotes",
  ],
  [
    "any where sequence == 1",
    "sequence",
    "'sequence' stands where a value should",
    "write `sequence` in backquotes if it is the name of a field",
  ],
  ["any where f~ == 1", "==", "'==' stands where '(' should", "a name with ~ is that of a function"],
  ["any where /* a", "/*", "The comment is never closed", "add the missing */"],
  [
    "any where descendant of [any where true]",
    "descendant",
    "'descendant of' exists only in the endpoint dialect of EQL",
    "a sequence joins several events; with --dialect endpoint the query is read as an endpoint rule",
  ],
  [
    "any where ancestor of [any where true]",
    "ancestor",
    "There is no relation 'ancestor of'",
    "there are descendant of, child of and event of",
  ],
  [
    "any where $a",
    "$a",
    "'$a', an element of an array, exists only in the endpoint dialect of EQL",
    "with --dialect endpoint the query is read as an endpoint rule",
  ],
  [
    "any where true | count",
    "count",
    "The pipe 'count' is not supported",
    "Elasticsearch has only head and tail",
  ],
  ["any where true | haed 5", "haed", "There is no pipe 'haed'", "did you mean 'head'?"],
  ["any where true | head", "", "The number of 'head' must be a whole number of at least 0"],
  ["any where true | tail -1", "-", "The number of 'tail' must be a whole number of at least 0"],
  ["sequence", "", "The query ends where '[' should follow"],
  [
    "sequence [any where true]",
    "sequence [any where true]",
    "A sequence needs at least two events",
    "write it as an event query, or add with runs=2",
  ],
  [
    "sequence with maxspan=2.5m [any where true] [any where true]",
    "2.5",
    "The maxspan must be a whole number of at least 1",
  ],
  [
    "sequence with maxspan=0s [any where true] [any where true]",
    "0",
    "The maxspan must be a whole number of at least 1",
  ],
  [
    "sequence with maxspan=5 [any where true] [any where true]",
    "[",
    "The maxspan has no unit of time",
    "write ms, s, m, h or d after the number, as in 5s",
  ],
  [
    "sequence with maxspan=5w [any where true] [any where true]",
    "w",
    "The maxspan has no unit of time",
    "write ms, s, m, h or d after the number, as in 5s",
  ],
  [
    "sequence with maxspan=5s by a [any where true] [any where true]",
    "by",
    "'by' stands before 'with'",
    "write sequence by … with maxspan=…",
  ],
  [
    "sequence [any where true] by a [any where true]",
    "[any where true]",
    "The events have different numbers of join keys, 1 and 0",
  ],
  [
    "sequence by length(a) [any where true] [any where true]",
    "length(a)",
    "Events are joined by fields, not by computed values",
  ],
  [
    "sequence [any where true] with runs=101 [any where true]",
    "101",
    "The number of runs must be a whole number from 1 to 100",
  ],
  [
    "sequence [any where true] with maxspan=1s [any where true]",
    "maxspan",
    "'maxspan' stands where 'runs' should",
    "maxspan stands after 'sequence' and its keys",
  ],
  ["sequence [any where true] fork [any where true]", "fork", "'fork' is not supported"],
  [
    "sequence [any where true] ![any where true]",
    "![any where true]",
    "A sequence with a missing event needs a maxspan",
    "write sequence with maxspan=1m, after 'by' if there is one",
  ],
  [
    "sequence with maxspan=1s ![any where true] ![any where true]",
    "sequence with maxspan=1s ![any where true] ![any where true]",
    "A sequence needs at least one event that is not missing",
  ],
  [
    "sequence [any where true] [any where true] until ![any where true]",
    "![",
    "'until' takes an event that comes, not a missing one",
  ],
  [
    "sequence [any where true] [any where true] until [any where true] with runs=2",
    "[any where true] with runs=2",
    "'until' takes no runs",
  ],
  [
    "sequence [any where true] [any where true] as x",
    "as",
    "A name for an event ('as') exists only in the endpoint dialect of EQL",
    "join events by their fields: by …; with --dialect endpoint the query is read as an endpoint rule",
  ],
  [
    "sample [any where true] [any where true]",
    "sample [any where true] [any where true]",
    "A sample needs a field to join its events by",
    "write sample by host.id […] […]",
  ],
  ["sample by a [any where true]", "sample by a [any where true]", "A sample needs at least two events"],
  [
    "sample by a [any where true] ![any where true]",
    "![any where true]",
    "A sample has no missing events and no runs",
  ],
  ["sample by a with maxspan=1s [any where true] [any where true]", "with", "A sample has no maxspan"],
])("refused: %s", ([text, at, message, hint]) => {
  const { diagnostics } = parseEql(text);
  const [found] = diagnostics;
  expect({
    at: text.slice(found?.span.start, found?.span.end),
    message: found?.message,
    hint: found?.hint,
  }).toEqual({ at, message, hint });
});

test.for([
  ["any where descendant of [process where a == 1] and b", "(descendant of [process where a == 1] and b)"],
  [
    '_arraysearch(a.b, $x, $x.c == 1 and $x.`d-e` : "f")',
    '_arraysearch(a.b, $x, (($x.c == 1) and ($x.`d-e` : ["f"])))',
  ],
] as const)("the endpoint dialect reads %s", ([given, want]) => {
  const text = given.replace(/^any where /, "");
  expect(shape(text, "endpoint")).toBe(want);
});

test("the endpoint dialect names stages", () => {
  const { query } = parseEql(
    "sequence [file where true] as event0 by a [process where b == event0.file.path] by c",
    "endpoint",
  );
  expect(query).toMatchObject({ items: [{ alias: { name: "event0" } }, { alias: undefined }] });
});

test.for([
  ["brackets", "(".repeat(101)],
  ["not", "not ".repeat(101)],
  ["minus", "-".repeat(101)],
  ["calls", "f(".repeat(101)],
  ["lists", "a in (".repeat(101)],
  ["operators", `${"1 + ".repeat(300)}1`],
] as const)("more than 100 levels of %s are refused", ([, text]) => {
  expect(parseEql(`any where ${text}`).diagnostics[0]?.code).toBe("too-deep");
});

test("a thousand conditions and ten thousand values are not deep", () => {
  const conditions = Array.from({ length: 1000 }, (_, i) => `f${i} == ${i}`).join(" and ");
  const values = Array.from({ length: 10_000 }, (_, i) => `"v${i}"`).join(", ");
  expect(parseEql(`any where ${conditions} or g in (${values})`).diagnostics).toEqual([]);
});

test("a query that is too long is refused unread", () => {
  expect(parseEql("x".repeat(eqlLengthMax + 1)).diagnostics[0]?.code).toBe("too-long");
});

const span = { start: 0, end: 0 };
const name = fc.oneof(
  fc.constantFrom("a", "process.name", "in", "0", "x y", "a`b"),
  fc.string({ minLength: 1, maxLength: 5 }),
);
const field = fc.record({ path: name, isOptional: fc.boolean() }).map(({ path, isOptional }) => ({
  kind: "field" as const,
  path,
  isOptional,
  span,
}));
const literal = fc
  .oneof(
    fc.string({ maxLength: 6 }).map((value) => ({ value, isFractional: false })),
    fc
      .string({ unit: fc.constantFrom('"', "\\", "\n", "\u0001", "*", "😀"), maxLength: 4 })
      .map((value) => ({ value, isFractional: false })),
    fc.nat().map((value) => ({ value, isFractional: false })),
    fc
      .double({ noNaN: true, noDefaultInfinity: true, min: 0 })
      .map((value) => ({ value: Object.is(value, -0) ? 0 : value, isFractional: true })),
    fc.constantFrom(true, false, null).map((value) => ({ value, isFractional: false })),
  )
  .map((value) => ({ kind: "literal" as const, ...value, span }));
const category = fc.option(
  fc.string({ maxLength: 4 }).map((name) => ({ name, span })),
  { nil: undefined },
);
/** Expressions of Elasticsearch's dialect, and of the endpoint's. */
const { expression, endpointExpression } = fc.letrec<{
  expression: EqlExpression;
  endpointExpression: EqlExpression;
}>((tie) => ({
  expression: expressions(tie("expression"), []),
  endpointExpression: expressions(tie("endpointExpression"), [
    fc
      .record({ name: fc.constantFrom("x", "entry_1"), path: fc.constantFrom("", "a.b", "c d") })
      .map((parts): EqlExpression => ({ kind: "variable", ...parts, span })),
    fc
      .record({
        relation: fc.constantFrom("descendant", "child", "event"),
        filter: fc.record({ category, condition: tie("endpointExpression"), span: fc.constant(span) }),
      })
      .map((parts): EqlExpression => ({ kind: "relation", ...parts, span })),
  ]),
}));

function expressions(
  inner: fc.Arbitrary<EqlExpression>,
  others: readonly fc.Arbitrary<EqlExpression>[],
): fc.Arbitrary<EqlExpression> {
  const operands = fc.array(inner, { minLength: 2, maxLength: 3 });
  const pair = { left: inner, right: inner };
  return fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literal,
    field,
    ...others,
    operands.map((operands): EqlExpression => ({ kind: "and", operands, span })),
    operands.map((operands): EqlExpression => ({ kind: "or", operands, span })),
    inner.map((operand): EqlExpression => ({ kind: "not", operand, span })),
    inner.map((operand): EqlExpression => ({ kind: "minus", operand, span })),
    fc
      .record({ operator: fc.constantFrom("==", "!=", "<", "<=", ">", ">="), ...pair })
      .map((parts): EqlExpression => ({ kind: "compare", ...parts, span })),
    fc
      .record({ operator: fc.constantFrom("+", "-", "*", "/", "%"), ...pair })
      .map((parts): EqlExpression => ({ kind: "arithmetic", ...parts, span })),
    fc
      .record({
        operand: inner,
        values: fc.array(inner, { minLength: 1, maxLength: 3 }),
        isNegated: fc.boolean(),
        ignoreCase: fc.boolean(),
      })
      .map((parts): EqlExpression => ({ kind: "in", ...parts, span })),
    fc
      .record({
        operator: fc.constantFrom(":", "like", "like~", "regex", "regex~"),
        operand: inner,
        values: fc.array(literal, { minLength: 1, maxLength: 3 }),
      })
      .map((parts): EqlExpression => ({ kind: "match", ...parts, span })),
    fc
      .record({
        name: fc.constantFrom("length", "x_1"),
        ignoreCase: fc.boolean(),
        arguments: fc.array(inner, { maxLength: 3 }),
      })
      .map((parts): EqlExpression => ({ kind: "call", ...parts, nameSpan: span, span })),
  );
}
const filters = (condition: fc.Arbitrary<EqlExpression>): fc.Arbitrary<EqlFilter> =>
  fc.record({ category, condition, span: fc.constant(span) });
const pipes = fc.array(
  fc.record({ kind: fc.constantFrom("head", "tail"), count: fc.nat(), span: fc.constant(span) }),
  {
    maxLength: 2,
  },
);
const keys = fc.array(field, { minLength: 1, maxLength: 2 });
const items = (
  filter: fc.Arbitrary<EqlFilter>,
  alias: fc.Arbitrary<EqlItem["alias"]>,
  by: fc.Arbitrary<EqlItem["by"]>,
  runs: fc.Arbitrary<number>,
) =>
  fc.array(
    fc.record({
      filter,
      isMissing: fc.constant(false),
      by,
      runs,
      alias,
      span: fc.constant(span),
    }),
    { minLength: 2, maxLength: 3 },
  );
const maxSpan = fc.option(
  fc.record({
    count: fc.integer({ min: 1, max: 1000 }),
    unit: fc.constantFrom("ms", "s", "m", "h", "d"),
    span: fc.constant(span),
  }),
  { nil: undefined },
);
const queries = (
  filter: fc.Arbitrary<EqlFilter>,
  alias: fc.Arbitrary<EqlItem["alias"]>,
): fc.Arbitrary<EqlQuery> =>
  fc.oneof(
    fc.record({ filter, pipes }).map((parts): EqlQuery => ({ kind: "event", ...parts, span })),
    fc
      .record({
        by: fc.oneof(keys, fc.constant([])),
        maxSpan,
        items: items(filter, alias, fc.constant([]), fc.integer({ min: 1, max: 100 })),
        pipes,
      })
      .map((parts): EqlQuery => ({ kind: "sequence", ...parts, until: undefined, span })),
    fc
      .record({ by: keys, items: items(filter, alias, fc.constant([]), fc.constant(1)), pipes })
      .map((parts): EqlQuery => ({ kind: "sample", ...parts, span })),
  );
const query = queries(filters(expression), fc.constant(undefined));
const endpointQuery = queries(
  filters(endpointExpression),
  fc.option(
    fc.constantFrom("event0", "x").map((name) => ({ name, span })),
    { nil: undefined },
  ),
);

function withoutSpans(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) =>
      key === "span" || key === "nameSpan" ? undefined : value,
    ) ?? "null",
  );
}

test.for([
  ["elasticsearch", query],
  ["endpoint", endpointQuery],
] as const)("in the %s dialect, parsing what was printed gives the same query", ([dialect, queriesOfIt]) => {
  fc.assert(
    fc.property(queriesOfIt, (given) => {
      const printed = printEql(given);
      const { query: again, diagnostics } = parseEql(printed, dialect);
      expect(diagnostics, printed).toEqual([]);
      expect(withoutSpans(again), printed).toEqual(withoutSpans(given));
    }),
    { numRuns: 200 },
  );
});

test("any text is a query or one diagnostic, and its span lies within it", () => {
  const words = fc.constantFrom(
    ...'any where sequence by with maxspan = 1 s [ ] ![ ( ) a . b ? ` " \' \\ """ // /* */ in in~ not and or : like regex~ == < + - * / % , | head until $x of as runs'.split(
      " ",
    ),
    "\n",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join(" ")),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join("")),
    // A good query with a stretch of it replaced.
    fc
      .tuple(fc.oneof(query, endpointQuery).map(printEql), fc.nat(), fc.nat(20), fc.string({ maxLength: 5 }))
      .map(
        ([good, at, length, put]) =>
          good.slice(0, at % good.length) + put + good.slice((at % good.length) + length),
      ),
  );
  fc.assert(
    fc.property(text, fc.constantFrom<EqlDialect>("elasticsearch", "endpoint"), (given, dialect) => {
      const { query: parsed, diagnostics } = parseEql(given, dialect);
      expect(diagnostics).toHaveLength(parsed === undefined ? 1 : 0);
      for (const found of diagnostics) {
        expect(found.span.start).toBeLessThanOrEqual(found.span.end);
        expect(found.span.end).toBeLessThanOrEqual(given.length);
      }
    }),
    { numRuns: 600 },
  );
});

test("long hostile queries are read in linear time", () => {
  const pieces = [
    "(",
    "/*",
    '"""',
    "`",
    "a.",
    "not ",
    "a in (1) ",
    "-",
    '"\\',
    "[",
    "?",
    "a and ",
    "/* */",
    '"""\n',
  ];
  for (const piece of pieces) {
    const text = `any where ${piece.repeat(Math.floor(300_000 / piece.length))}`;
    expect(parseEql(text).diagnostics.length, piece).toBeLessThan(2);
  }
});
