import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { compile } from "../expression/compile.ts";
import { checkEql, type EqlOptions } from "./check-eql.ts";

const catalogue = ecsCatalogue().with({
  k: "keyword",
  w: "wildcard",
  n: "long",
  x: "double",
  b: "boolean",
  ip: "ip",
  d: "date",
  v: "version",
  m: "keyword",
});

/** Whether the event fulfils the condition; the message of the first error if there is one. */
function matches(condition: string, event: JsonObject): boolean | string {
  const { query, diagnostics } = checkEql(`any where ${condition}`, catalogue);
  if (query?.kind !== "event")
    return diagnostics.find(({ severity }) => severity === "error")?.message ?? "?";
  const slots = new FieldSlots();
  return compile(query.condition, slots).matches(new ParsedEvent(event, slots), 0);
}

/** Columns: the field absent, null, one value that fits, one that does not, an array with one that fits. */
type Row = readonly [condition: string, fits: unknown, other: unknown, results: string];

/**
 * The results are five letters, y or n, for: no field, null, a value that fits, one that does not, and both in an array. A condition
 * and its negation are always opposites, save on null literals.
 */
test.for<Row>([
  // On the values of the field.
  ['k == "a"', "a", "b", "nnyny"],
  ['k == "a"', "a", "A", "nnyny"],
  ['k != "a"', "a", "b", "yynyn"],
  ['not k == "a"', "a", "b", "yynyn"],
  ['k : "a"', "A", "b", "nnyny"],
  ['k : "a*"', "Abc", "ba", "nnyny"],
  ['k : ("x", "a?c")', "aBc", "abbc", "nnyny"],
  ['not k : "a*"', "Abc", "ba", "yynyn"],
  ['k in ("a", "c")', "c", "C", "nnyny"],
  ['k in ("a*", "c")', "a*", "ab", "nnyny"],
  ['k not in ("a", "c")', "c", "b", "yynyn"],
  ['k in~ ("A", "c")', "a", "b", "nnyny"],
  ['k not in~ ("A", "c")', "a", "b", "yynyn"],
  ['k like "a*"', "ab", "Ab", "nnyny"],
  ['k like~ ("x", "A*")', "ab", "b", "nnyny"],
  ['not k like "a*"', "ab", "Ab", "yynyn"],
  ['k like "a\\\\*"', "a\\b", "a*", "nnyny"],
  ['k regex "a[0-9]+"', "a12", "xa12", "nnyny"],
  ['k regex~ ("x", "A[0-9]+")', "a12", "a", "nnyny"],
  ['not k regex "a[0-9]+"', "a12", "b", "yynyn"],
  ['k < "b"', "a", "c", "nnyny"],
  ['k >= "b"', "ba", "B", "nnyny"],
  // Elasticsearch once turned this into k >= "b"; since arrays are supported it is the opposite of k < "b".
  ['not k < "b"', "a", "c", "yynyn"],
  ["k == null", null, "a", "yyynn"],
  ["k != null", "a", [], "nnyny"],
  ["not k == null", "a", [], "nnyny"],
  ['startsWith(k, "a")', "ab", "Ab", "nnyny"],
  ['startsWith~(k, "a")', "Ab", "b", "nnyny"],
  ['startsWith(k, "a*")', "a*b", "ab", "nnyny"],
  ['not startsWith(k, "a")', "ab", "b", "yynyn"],
  ['endsWith(k, ".exe")', "a.exe", "a.EXE", "nnyny"],
  ['endsWith~(k, ".exe")', "a.EXE", "exe", "nnyny"],
  ['stringContains(k, "b")', "abc", "aBc", "nnyny"],
  ['stringContains~(k, "b")', "aBc", "ac", "nnyny"],
  ['not stringContains(k, "b")', "abc", "ac", "yynyn"],
  // Rules rely on these being wildcard searches: Principal=\* looks for an asterisk.
  ['stringContains(k, "P=\\\\*")', "xP=*y", "xP=ay", "nnyny"],
  ['stringContains(k, "P=[*]")', "xP=[abc]y", "xP=y", "nnyny"],
  ['startsWith(k, "a") == true', "ab", "b", "nnyny"],
  ['startsWith(k, "a") == false', "ab", "b", "yynyn"],
  ['(k == "a") != true', "a", "b", "yynyn"],
  ['"a" == k', "a", "b", "nnyny"],
  ['k == concat("a", "b")', "ab", "b", "nnyny"],
  ["n == 5", 5, 6, "nnyny"],
  ["n == 5", "5", "five", "nnyny"],
  ['n == "5"', 5, 6, "nnyny"],
  ["n : 5", 5, 6, "nnyny"],
  ["n in (5, 7)", 7, 6, "nnyny"],
  ['n == number("0x5")', 5, 6, "nnyny"],
  ["n > 5", 6, 5, "nnyny"],
  ["5 < n", 6, 5, "nnyny"],
  ["not n > 5", 6, 5, "yynyn"],
  ["n >= -1", 0, -2, "nnyny"],
  ["x <= 0.5", 0.5, 0.6, "nnyny"],
  ["b", true, false, "nnyny"],
  ["not b", true, false, "yynyn"],
  ["b == true", true, false, "nnyny"],
  ["b != true", true, false, "yynyn"],
  ["b == false", false, true, "nnyny"],
  ["k == 0", "0", "00", "nnyny"],
  ['ip == "10.0.0.1"', "10.0.0.1", "10.0.0.2", "nnyny"],
  ['ip == "10.0.0.0/8"', "10.1.2.3", "11.0.0.1", "nnyny"],
  ['ip in ("10.0.0.0/8", "::1")', "::1", "11.0.0.1", "nnyny"],
  ['ip != "10.0.0.1"', "10.0.0.1", "10.0.0.2", "yynyn"],
  ['cidrMatch(ip, "10.0.0.0/8", "fe80::/10")', "fe80::1", "11.0.0.1", "nnyny"],
  ['not cidrMatch(ip, "10.0.0.0/8")', "10.0.0.1", "11.0.0.1", "yynyn"],
  ['cidrMatch(ip, "10.0.0.1")', "10.0.0.1", "11.0.0.1", "nnyny"],
  ['d == "2024-05-01"', "2024-05-01T12:00:00Z", "2024-05-02T00:00:00Z", "nnyny"],
  ['d > "2024-05-01"', "2024-05-02T00:00:00Z", "2024-05-01T23:00:00Z", "nnyny"],
  ["d >= 1714564800000", "2024-05-01T12:00:00Z", "2024-05-01T11:59:59Z", "nnyny"],
  ['v == "1.2.4"', "1.2.4", "1.2.4-SNAPSHOT", "nnyny"],
  ['v > "1.9.0"', "1.10.0", "1.8.9", "nnyny"],
  ['v < "1.2.0"', "1.2.0-rc1", "1.2.0", "nnyny"],
  ['w : "*A?c*"', "xxabcxx", "ac", "nnyny"],
  // On computed values.
  ["length(k) > 2", "abc", "ab", "nnyny"],
  ["not length(k) > 2", "abc", "ab", "yynyn"],
  ["length(k) != 2", "abc", "ab", "nnyny"],
  ["not length(k) == 2", "ab", "abc", "yynyn"],
  ["length(k) == null", null, "a", "yyynn"],
  ["length(k) != null", "a", [], "nnyny"],
  ["2 < length(k)", "abc", "ab", "nnyny"],
  ["length(k) in (1, 3)", "abc", "ab", "nnyny"],
  ["length(k) not in (1, 3)", "abc", "ab", "yynyn"],
  ['substring(k, 1) == "bc"', "abc", "aBc", "nnyny"],
  ['substring(k, 1) : "bc"', "aBC", "ab", "nnyny"],
  ['substring(k, 1) : ("x", "b*")', "aBC", "ac", "nnyny"],
  ['substring(k, 1) in~ ("BC")', "abc", "ac", "nnyny"],
  ['substring(k, 1) like "b*"', "abc", "aBc", "nnyny"],
  ['substring(k, 1) regex~ "B."', "abc", "ac", "nnyny"],
  ['startsWith("abcdef", k)', "abc", "bc", "nnyny"],
  ["n + 1 == 6", 5, 6, "nnyny"],
  ["-n == -5", 5, 6, "nnyny"],
  ["n / 2 == 2", 5, 6, "nnyny"],
  ["n / 2.0 == 2.5", 5, 4, "nnyny"],
  ["x / 2 == 2.5", 5, 4, "nnyny"],
  ["n % 3 == 2", 5, 6, "nnyny"],
  ['string(n) : "5*"', 56, 6, "nnyny"],
  ['string(ip) == "::1"', "0:0:0:0:0:0:0:1", "::2", "nnyny"],
  ['string(d) : "2024-05-01T00:00:00.000Z"', "2024-05-01", "2024-05-02", "nnyny"],
  ['concat(k, ":", 1) == "a:1"', "a", "b", "nnyny"],
  ['string(n > 5) == "true"', 6, 5, "nnyny"],
  ["null == (n > 5)", null, 6, "yyynn"],
  // Fields that no catalogue knows have the types of their values.
  ['u == "a"', "a", "b", "nnyny"],
  ["u == 5", 5, 6, "nnyny"],
  ["u > 5", 6, 5, "nnyny"],
  ["u", true, false, "nnyny"],
  ["u + 1 == 6", 5, "x", "nnyny"],
  ["length(u) == 3", "abc", "ab", "nnyny"],
  ['u regex "a."', "ab", "b", "nnyny"],
  ['cidrMatch(u, "10.0.0.0/8")', "10.0.0.1", "x", "nnyny"],
])("%s: %s %s %s", ([condition, fits, other, results]) => {
  const field = /\b(?:k|w|n|x|b|ip|d|v|u)\b/.exec(condition.replace(/"[^"]*"/g, ""))?.[0] ?? "";
  const events = [
    {},
    { [field]: null },
    { [field]: fits },
    { [field]: other },
    { [field]: [other, fits].flat() },
  ];
  expect(events.map((event) => (matches(condition, event as JsonObject) === true ? "y" : "n")).join("")).toBe(
    results,
  );
});

test.for<[condition: string, event: JsonObject, want: boolean]>([
  // Elements of one array may fulfil different conditions, but one computed value comes of one combination.
  ['k == "a" and k == "b"', { k: ["a", "b"] }, true],
  ["n > 3 and n < 2", { n: [1, 4] }, true],
  ["startsWith(k, m)", { k: ["ab", "cd"], m: ["x", "c"] }, true],
  ["startsWith(k, m)", { k: ["ab", "cd"], m: ["x", "d"] }, false],
  ["not startsWith(k, m)", { k: ["ab", "cd"], m: ["x", "c"] }, false],
  ["startsWith(k, m)", { k: "ab" }, false],
  ["not startsWith(k, m)", { k: "ab" }, true],
  ['concat(k, m) == "ab"', { k: ["a", "x"], m: ["y", "b"] }, true],
  ["endsWith~(substring(k, 0, length(k) - 1), m)", { k: "Program.", m: "GRAM" }, true],
  // Nothing but constants.
  ["true", {}, true],
  ["null", {}, false],
  ["not null", {}, false],
  ["1 == 1.0", {}, true],
  ["not 1 > 2", {}, true],
  ['"a" in ("a", null)', {}, true],
  ['"b" in ("a", null)', {}, false],
  ['not "b" in ("a", null)', {}, false],
  ["length(null) > 3", {}, false],
  ["not length(null) > 3", {}, false],
  ["n < null", { n: 1 }, false],
  ["not n < null", { n: 1 }, false],
  ["n == null or null", {}, true],
  ["not (n == 1 or null)", { n: 2 }, true],
  ["not (n == 1 and null)", { n: 2 }, false],
  ["not (false and null)", {}, true],
  ["not (false or null)", {}, false],
  ["n in (null)", {}, false],
  ["k : null", {}, true],
  // An optional field that is known is like any other.
  ['?k != "a"', {}, true],
  ['not ?k : "a"', {}, true],
  // One that is not is the null literal where it is absent, and a field where it is there.
  ['?u == "a"', { u: "a" }, true],
  ["?u == null", {}, true],
  ["?u == null", { u: 1 }, false],
  ['?u != "a"', {}, false],
  ['?u != "a"', { u: "b" }, true],
  ['not ?u : "a*"', {}, false],
  ['not ?u : "a*"', { u: "b" }, true],
  ['not (?u == "a" or n == 1)', { n: 2 }, true],
  ['not (?u == "a" and n == 1)', { n: 2 }, false],
  ["length(?u) > 3", { u: "abcd" }, true],
  ["not length(?u) > 3", {}, false],
  ['not concat(?u, k) == "a"', {}, true],
  ["concat(?u) == null", {}, true],
])("%s on %j is %s", ([condition, event, want]) => {
  expect(matches(condition, event)).toBe(want);
});

test("the category is compared as it is written, and with the field that is asked for", () => {
  const category = (text: string, event: JsonObject, options: EqlOptions = {}): boolean => {
    const { query } = checkEql(text, catalogue, options);
    if (query?.kind !== "event") throw new Error("not an event query");
    const slots = new FieldSlots();
    return compile(query.condition, slots).matches(new ParsedEvent(event, slots), 0);
  };
  expect(category("process where true", { event: { category: ["file", "process"] } })).toBe(true);
  expect(category("process where true", { event: { category: "Process" } })).toBe(false);
  expect(category("process where true", {})).toBe(false);
  expect(category("any where true", {})).toBe(true);
  expect(category('"any" where true', { event: { category: "any" } })).toBe(true);
  expect(category("info where true", { event: { type: "info" } }, { eventCategoryField: "event.type" })).toBe(
    true,
  );
});

test.for<[condition: string, at: string, code: string, message: string, hint?: string]>([
  ["lenght(k) > 1", "lenght", "unknown-function", "There is no function 'lenght'", "did you mean 'length'?"],
  [
    "length~(k) > 1",
    "length~",
    "unknown-function",
    "The function 'length' has no form with ~",
    "leave the ~ out: length(…)",
  ],
  [
    'wildcard(k, "a*")',
    "wildcard",
    "endpoint-only",
    "The function 'wildcard' exists only in the endpoint dialect of EQL",
    'write field like "…", or field : "…" to ignore case; with --dialect endpoint the query is read as an endpoint rule',
  ],
  ["length() > 1", "length()", "argument-count", "length(source) is given no argument"],
  ["length(k, 1) > 1", "length(k, 1)", "argument-count", "length(source) is given 2 arguments"],
  [
    'substring(k) == "a"',
    "substring(k)",
    "argument-count",
    "substring(source, start[, end]) is given one argument",
  ],
  [
    "length(n) > 1",
    "n",
    "argument-type",
    "The source of length must be text, and this is a number",
    "string(…) makes text of a value",
  ],
  [
    "length(5) == 1",
    "5",
    "argument-type",
    "The source of length must be text, and this is a number",
    "string(…) makes text of a value",
  ],
  ['n + "1" == 2', '"1"', "argument-type", "The right of add must be a number, and this is text"],
  [
    'substring(k, 1.5) == "a"',
    "1.5",
    "argument-type",
    "The start of substring must be a whole number, and this is a fractional number",
  ],
  [
    'cidrMatch(k, "10.0.0.0/8")',
    'cidrMatch(k, "10.0.0.0/8")',
    "argument-type",
    "'k' is of type keyword, and only fields of type ip have addresses",
  ],
  [
    'cidrMatch(ip, "10.0.0.0/99")',
    'cidrMatch(ip, "10.0.0.0/99")',
    "argument-type",
    "'10.0.0.0/99' is no address and no block of addresses",
  ],
  ["cidrMatch(ip, k)", "k", "argument-type", "The block of cidrMatch must be a constant"],
  [
    'n like "a*"',
    '"a*"',
    "argument-type",
    "'n' is of type long, which takes no wildcards: a* matches nothing",
  ],
  [
    'ip : "10.*"',
    '"10.*"',
    "argument-type",
    "'ip' is of type ip, which takes no wildcards: 10.* matches nothing",
    'write cidrMatch(ip, "10.0.0.0/8")',
  ],
  ['n regex "a"', '"a"', "argument-type", "'n' is of type long, which takes no regular expressions"],
  [
    'startsWith(n, "1")',
    'startsWith(n, "1")',
    "argument-type",
    "'n' is of type long, which takes no wildcards: 1* matches nothing",
  ],
  ['k regex "a("', '"a("', "bad-pattern", "The expression ends where a character should follow"],
  ["k like null", "null", "argument-type", "The pattern of 'like' must be text, and this is null"],
  ["k", "k", "argument-type", "A condition must be true or false, and this is text"],
  ['"a"', '"a"', "argument-type", "A condition must be true or false, and this is text"],
  ["n + 1", "n + 1", "argument-type", "A condition must be true or false, and this is a number"],
  ['string(k and b) == "true"', "k", "argument-type", "A condition must be true or false, and this is text"],
  [
    "k == m",
    "k == m",
    "field-comparison",
    "One side of a comparison must be a constant",
    "a function may take several fields, as in startsWith(a, b); --dialect endpoint compares fields",
  ],
  [
    "length(k) > n",
    "length(k) > n",
    "field-comparison",
    "One side of a comparison must be a constant",
    "a function may take several fields, as in startsWith(a, b); --dialect endpoint compares fields",
  ],
  [
    '"a" in (k, m)',
    '"a" in (k, m)',
    "field-comparison",
    "One side of a comparison must be a constant",
    "a function may take several fields, as in startsWith(a, b); --dialect endpoint compares fields",
  ],
  ['n > "a"', '"a"', "bad-range", "'a' is no bound for 'n', which is a number"],
  ["b > true", "true", "bad-range", "true is no bound for 'b', which is true or false"],
  [
    'message == "a"',
    "message",
    "unqueryable-field",
    "'message' is of type match_only_text and has no whole values to compare",
    "the text is only stored as words; KQL finds words",
  ],
  [
    'n == "five"',
    '"five"',
    "type-mismatch",
    "'five' can never equal a value of 'n', which is a whole number",
  ],
  ['length(k) == "5"', 'length(k) == "5"', "type-mismatch", "A number can never equal text"],
  [
    'proces.name == "a"',
    "proces.name",
    "unknown-field",
    "'proces.name' is in no field catalogue; its type is taken from the values of each event",
    "did you mean 'process.name'?",
  ],
])("%s reports %s: %s %s", ([condition, at, code, message, hint]) => {
  const text = `any where ${condition}`;
  const [found] = checkEql(text, catalogue).diagnostics;
  expect({
    at: text.slice(found?.span.start, found?.span.end),
    code: found?.code,
    message: found?.message,
    hint: found?.hint,
  }).toEqual({ at, code, message, hint });
});

test("text is compared through the multi-field that keeps it whole", () => {
  expect(matches('process.name.text == "My App"', { process: { name: "My App" } })).not.toBe(true);
  expect(matches('process.name == "My App"', { process: { name: "My App" } })).toBe(true);
});

test("a list of an unknown field is reported once", () => {
  const { diagnostics } = checkEql('any where un.known : ("a", "b*", "c") or un.known == "d"', catalogue);
  expect(diagnostics.map(({ code, span }) => [code, span.start])).toEqual([
    ["unknown-field", 10],
    ["unknown-field", 41],
  ]);
});

test("thousands of values are one look-up", () => {
  const values = Array.from({ length: 20_000 }, (_, i) => `"Value${i}"`).join(", ");
  const { query } = checkEql(`any where k : (${values})`, catalogue);
  expect(query).toMatchObject({
    condition: { kind: "test", test: { kind: "text-in", reading: "caseless" } },
  });
});

test("combinations of array elements are limited, and going over the limit is counted", () => {
  const { query } = checkEql("any where startsWith(k, m)", catalogue);
  if (query?.kind !== "event") throw new Error("not an event query");
  const slots = new FieldSlots();
  const counters = { combinationsExceeded: 0 };
  const program = compile(query.condition, slots, counters);
  const many = (count: number): JsonObject => {
    const values = Array.from({ length: count }, (_, i) => `${i}`);
    return { k: [...values, "z"], m: [...values.map((value) => `${value}x`), "z"] };
  };
  expect(program.matches(new ParsedEvent(many(99), slots), 0)).toBe(true);
  expect(counters.combinationsExceeded).toBe(0);
  expect(program.matches(new ParsedEvent(many(100), slots), 0)).toBe(false);
  expect(counters.combinationsExceeded).toBe(1);
});

test("a sequence has a condition and keys for each stage", () => {
  const { query, diagnostics } = checkEql(
    `sequence by host.id, ?user.id with maxspan=2m
       [process where process.pid == 1] by process.entity_id with runs=3
       ![file where true] by ip
     until [network where true] by d
     | tail 1`,
    catalogue,
  );
  expect(diagnostics).toEqual([]);
  expect(query).toMatchObject({
    kind: "sequence",
    maxSpanMs: 120_000,
    stages: [
      {
        isMissing: false,
        runs: 3,
        keys: [
          { path: "host.id", reading: "keyword", isOptional: false },
          { path: "user.id", reading: "keyword", isOptional: true },
          { path: "process.entity_id", reading: "keyword" },
        ],
      },
      {
        isMissing: true,
        runs: 1,
        keys: [{ path: "host.id" }, { path: "user.id" }, { path: "ip", reading: "ip" }],
      },
    ],
    until: { keys: [{ path: "host.id" }, { path: "user.id" }, { path: "d", reading: "date" }] },
    pipes: [{ kind: "tail", count: 1 }],
  });
});

test("a sample has stages with keys", () => {
  const { query } = checkEql("sample by n [any where true] by k [any where true] by v", catalogue);
  expect(query).toMatchObject({
    kind: "sample",
    stages: [
      { keys: [{ path: "n", reading: "number" }, { path: "k" }] },
      { keys: [{ path: "n" }, { path: "v", reading: "keyword" }] },
    ],
  });
});

test("a join can be read but not run", () => {
  const { query, diagnostics } = checkEql("join by k [any where true] [any where true]", catalogue);
  expect(query).toBeUndefined();
  expect(diagnostics[0]).toMatchObject({ code: "bad-sequence", message: "Joins can be read but not run" });
});

test("diagnostics of all parts come in the order of the query", () => {
  const { query, diagnostics } = checkEql(
    'sequence by unknown.a [any where f(k)] [any where k == m] until [any where n like "a"]',
    catalogue,
  );
  expect(query).toBeUndefined();
  expect(diagnostics.map(({ code }) => code)).toEqual([
    "unknown-field",
    "unknown-function",
    "field-comparison",
    "argument-type",
  ]);
});
