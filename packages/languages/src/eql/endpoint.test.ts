import { ecsCatalogue, FieldSlots, type Json, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../expression/compile.ts";
import { elementStepsMax } from "../expression/compile-scope.ts";
import { checkEql } from "./check-eql.ts";
import type { CheckedSequence } from "./checked-eql.ts";

const catalogue = ecsCatalogue().with({
  k: "keyword",
  m: "keyword",
  n: "long",
  t: "text",
  list: "nested",
  "list.a": "long",
  "list.b": "keyword",
  "list.inner": "nested",
  "list.inner.c": "long",
});

function check(text: string) {
  return checkEql(text, catalogue, { dialect: "endpoint" });
}

/** What a condition says of an event, or the code of the first error in it. */
function endpoint(condition: string, event: JsonObject): boolean | string {
  const { query, diagnostics } = check(`any where ${condition}`);
  if (query?.kind !== "event") return diagnostics.find(({ severity }) => severity === "error")?.code ?? "?";
  const slots = new FieldSlots();
  return compile(query.condition, slots).matches(new ParsedEvent(event, slots), 0);
}

test.for<[condition: string, event: JsonObject, want: boolean | string]>([
  // Fields with fields.
  ["k == m", { k: "a", m: "a" }, true],
  ["k == m", { k: "a", m: "b" }, false],
  ["k == m", { k: ["a", "b"], m: ["c", "b"] }, true],
  ["k != m", { k: "a" }, false],
  ["not k == m", { k: "a" }, true],
  ['k in (m, "x")', { k: "b", m: ["a", "b"] }, true],
  // Ids that are stored as text with numbers.
  ["k >= 1000", { k: "5000" }, true],
  ["k >= 1000", { k: "500" }, false],
  ["k >= 1000", { k: "S-1-5-18" }, false],
  ["k == 0", { k: "0" }, true],
  ["k == 0", { k: 0 }, true],
  ["k == 0", { k: "00" }, false],
  ["k != 0", { k: "0" }, false],
  ["k in (0, 5)", { k: "5" }, true],
  // Nothing is nested, and no text is taken apart.
  ['list.a == 1 and list.b == "x"', { list: [{ a: 1 }, { b: "x" }] }, true],
  ['t == "two words"', { t: "two words" }, true],
  ['t == "two"', { t: "two words" }, false],
  ["list != null", { list: [{ a: 1 }] }, true],
  // Elements.
  ['arraySearch(list, $e, $e.a == 1 and $e.b == "x")', { list: [{ a: 1, b: "x" }] }, true],
  ['arraySearch(list, $e, $e.a == 1 and $e.b == "x")', { list: [{ a: 1 }, { b: "x" }] }, false],
  ["arraySearch(list, $e, $e.a == 1)", { list: { a: 1 } }, true],
  ["arraySearch(list, $e, $e.a == 1)", { "list.a": 1 }, false],
  ["not arraySearch(list, $e, $e.a == 1)", {}, true],
  ["arraySearch(list, $e, $e.a == null)", { list: [{ a: 1 }, { b: "x" }] }, true],
  ["arraySearch(list, $e, $e.a != 1)", { list: [{ a: 1 }] }, false],
  ['arraySearch(list, $e, $e.unknown == "7")', { list: [{ unknown: "7" }] }, true],
  // With fields of the event, and with each other.
  ["arraySearch(list, $e, startsWith($e.b, k))", { k: "x", list: [{ b: "y" }, { b: "xy" }] }, true],
  ["arraySearch(list, $e, startsWith($e.b, k))", { k: "z", list: [{ b: "y" }, { b: "xy" }] }, false],
  ["arraySearch(list, $e, $e.b == k and n == 1)", { k: "x", n: 1, list: [{ b: "x" }] }, true],
  [
    "arraySearch(list, $e, arraySearch($e.inner, $i, $i.c == $e.a))",
    { list: [{ a: 1, inner: [{ c: 2 }] }] },
    false,
  ],
  [
    "arraySearch(list, $e, arraySearch($e.inner, $i, $i.c == $e.a))",
    {
      list: [
        { a: 1, inner: [{ c: 2 }] },
        { a: 3, inner: [{ c: 4 }, { c: 3 }] },
      ],
    },
    true,
  ],
  [
    "arraySearch(list, $e, arrayCount($e.inner, $i, $i.c > 1) == 2)",
    { list: [{ inner: [{ c: 2 }, { c: 3 }] }] },
    true,
  ],
  ["arraySearch(list, $e, arraySearch(k, $x, $x == $e.b))", { k: ["x", "y"], list: [{ b: "y" }] }, true],
  ["arraySearch(list, $e, arraySearch($e.inner, $e, $e.c == 2))", { list: [{ inner: { c: 2 } }] }, true],
  // Elements that are values.
  ['arraySearch(k, $x, $x : "B*")', { k: ["a", "bc"] }, true],
  ["arraySearch(n, $x, $x > 2 and $x < 4)", { n: [1, 5] }, false],
  ["n > 2 and n < 4", { n: [1, 5] }, true],
  ["arraySearch(n, $x, $x > 2 and $x < 4)", { n: [1, 3] }, true],
  ["arraySearch(n, $x, $x > 2)", { n: [null, [3]] }, true],
  ["arraySearch(k, $x, $x == null)", { k: [null, "a"] }, false],
  ["arraySearch(list, $x, $x != null)", { list: [{ a: 1 }] }, true],
  ["arraySearch(list, $x, $x != null)", { list: [{}, { a: null }] }, false],
  ['arraySearch(k, $x, arrayContains($x, "a"))', { k: ["b", "a"] }, true],
  // As values.
  ["arrayCount(k, $x, true) > 1", { k: ["a", "b"] }, true],
  ["arrayCount(k, $x, true) == n", { k: ["a", "b"], n: 2 }, true],
  ['arrayCount(k, $x, $x == "a") + 1 == 2', { k: ["a", "b"] }, true],
  ["arrayCount(k, $x, true) == 0", {}, true],
  ['arraySearch(k, $x, $x == "a") == false', { k: "b" }, true],
  ['string(arraySearch(k, $x, $x == "a")) == "true"', { k: "a" }, true],
  ['_ArraySearch(k, $x, $x == "a")', { k: "a" }, true],
  ["length(k) == arrayCount(k, $x, true)", { k: "a" }, true],
  // Mistakes.
  ["arraySearch(list, $e, $f.a == 1)", {}, "argument-type"],
  ["arraySearch(list, $e, true) and $e.a == 1", {}, "argument-type"],
  ["arraySearch(list, 1, true)", {}, "argument-type"],
  ["arraySearch(list, $e.a, true)", {}, "argument-type"],
  ["arraySearch(list, $e)", {}, "argument-type"],
  ["arraySearch(k, $x, arraySearch($x, $y, true))", {}, "argument-type"],
  ["arraySearch~(list, $e, true)", {}, "argument-type"],
  ["arraySearch(list, $e, $e.a + 1)", {}, "argument-type"],
  ["arrayCount(list, $e, true)", {}, "argument-type"],
  ["arrayCount(list, $e, true, 1) > 0", {}, "argument-type"],
  ["arrayContains(length(k), 1)", {}, "argument-type"],
  ["wildcard(k, m)", {}, "argument-type"],
  ["arraySerch(list, $e, true)", {}, "unknown-function"],
])("%s on %j is %s", ([condition, event, want]) => {
  expect(endpoint(condition, event)).toBe(want);
});

test("dns is a category that stored events of endpoints call network", () => {
  const holds = (event: JsonObject) => {
    const { query } = check("dns where true");
    if (query?.kind !== "event") return undefined;
    const slots = new FieldSlots();
    return compile(query.condition, slots).matches(new ParsedEvent(event, slots), 0);
  };
  expect(holds({ event: { category: "dns" } })).toBe(true);
  expect(holds({ event: { category: ["network"] }, dns: { question: { name: "a.example" } } })).toBe(true);
  expect(holds({ event: { category: "network" } })).toBe(false);
  expect(holds({ event: { category: "file" }, dns: { question: { name: "a.example" } } })).toBe(false);
});

test("the Elasticsearch dialect keeps its meaning of dns", () => {
  const { query } = checkEql("dns where true", catalogue);
  expect(query).toMatchObject({ condition: { kind: "test", test: { kind: "text-in", values: ["dns"] } } });
});

test.for<[text: string, code: string, at: string]>([
  ["sequence [any where k == b.k] as a [any where true] as b", "bad-sequence", "b.k"],
  ["sequence [any where k == a.k] as a [any where true]", "bad-sequence", "a.k"],
  ["sequence [any where true] as a [any where k == a]", "argument-type", "a"],
  ["sequence [any where true] by k as a [any where true] by a.k", "bad-sequence", "a.k"],
  ["sequence [any where true] by b.k as a [any where true] by k as b", "bad-sequence", "b.k"],
  ["sequence [any where true] as a [any where true] as a", "bad-sequence", "a"],
  ["sequence [any where true] as process [any where true]", "bad-sequence", "process"],
  ["sequence with maxspan=1m [any where true] ![any where true] as a", "bad-sequence", "a"],
  ["sequence [any where true] [any where true] until [any where true] as a", "bad-sequence", "a"],
  ["sample by k [any where true] as a [any where true]", "bad-sequence", "a"],
  ["sequence [any where true] as a [any where descendant of [any where k == a.k]]", "bad-sequence", "a.k"],
  ["any where arraySearch(list, $e, event of [any where k == $e.b])", "argument-type", "$e.b"],
])("in the endpoint dialect %s is refused: %s", ([text, code, at]) => {
  const { query, diagnostics } = check(text);
  expect(query).toBeUndefined();
  const found = diagnostics.find(({ severity }) => severity === "error");
  expect([found?.code, text.slice(found?.span.start, found?.span.end)]).toEqual([code, at]);
});

function sequence(text: string): CheckedSequence {
  const { query, diagnostics } = check(text);
  if (query?.kind !== "sequence") throw new Error(diagnostics[0]?.message);
  return query;
}

test("a stage asks about the events before it apart from what it asks of its own", () => {
  const [first, second] = sequence(
    'sequence [any where k == "a"] as e0 [any where n == 1 and (k == e0.k or n == 2)]',
  ).stages;
  expect(first).toMatchObject({ link: undefined, alias: "e0" });
  // What may still be true is all that an event has to fulfil at first.
  expect(second?.condition).toMatchObject({ kind: "test", path: "n" });
  expect(second?.link).toMatchObject({ kind: "or" });
});

test("a stage that refers to others has its runs written out, and the name goes to the last", () => {
  const { stages } = sequence(
    "sequence [any where true] as a [any where k == a.k] as b with runs=3 [any where m == b.m]",
  );
  expect(stages.map(({ alias, link, runs }) => [alias, link !== undefined, runs])).toEqual([
    ["a", false, 1],
    [undefined, true, 1],
    [undefined, true, 1],
    ["b", true, 1],
    [undefined, true, 1],
  ]);
});

test("relations are known by the query, each once, inner ones first", () => {
  const { query } = check(
    'any where child of [any where k == "a" and event of [any where n == 1]] or descendant of [any where false]',
  );
  expect(query?.relations.map(({ relation }) => relation)).toEqual(["event", "child"]);
  const linked = sequence(
    "sequence [any where true] as a [any where k == a.k and (m == a.m or event of [any where true])]",
  );
  expect(linked.relations).toHaveLength(1);
});

/** The meaning of elements a second time: lists in JSON, conditions as functions. */
const element = fc.record(
  {
    a: fc.nat(2),
    b: fc.constantFrom("x", "y"),
    inner: fc.array(fc.record({ c: fc.nat(2) }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
type Element = typeof element extends fc.Arbitrary<infer T> ? T : never;
interface Meaning {
  readonly text: string;
  readonly holds: (element: Element, k: string) => boolean;
}
const leaf = fc.constantFrom<Meaning>(
  { text: "$e.a == 1", holds: ({ a }) => a === 1 },
  { text: "$e.a >= 1", holds: ({ a }) => a !== undefined && a >= 1 },
  { text: '$e.b : "X"', holds: ({ b }) => b === "x" },
  { text: "$e.b == null", holds: ({ b }) => b === undefined },
  { text: "$e.b == k", holds: ({ b }, k) => b === k },
  { text: "$e.b != k", holds: ({ b }, k) => b !== undefined && b !== k },
  { text: 'k == "x"', holds: (_, k) => k === "x" },
  {
    text: "arraySearch($e.inner, $i, $i.c == $e.a)",
    holds: ({ a, inner }) => a !== undefined && (inner ?? []).some(({ c }) => c === a),
  },
  {
    text: "arrayCount($e.inner, $i, $i.c > 0) == 1",
    holds: ({ inner }) => (inner ?? []).filter(({ c }) => c > 0).length === 1,
  },
);
const { meaning } = fc.letrec<{ meaning: Meaning }>((tie) => ({
  meaning: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    tie("meaning").map(({ text, holds }) => ({
      text: `not (${text})`,
      holds: (each: Element, k: string) => !holds(each, k),
    })),
    fc.tuple(tie("meaning"), tie("meaning")).map(([p, q]) => ({
      text: `(${p.text} and ${q.text})`,
      holds: (each: Element, k: string) => p.holds(each, k) && q.holds(each, k),
    })),
    fc.tuple(tie("meaning"), tie("meaning")).map(([p, q]) => ({
      text: `(${p.text} or ${q.text})`,
      holds: (each: Element, k: string) => p.holds(each, k) || q.holds(each, k),
    })),
  ),
}));

test("arraySearch is some, and arrayCount the number of those for which a condition holds", () => {
  fc.assert(
    fc.property(
      meaning,
      fc.array(element, { maxLength: 4 }),
      fc.constantFrom("x", "y"),
      ({ text, holds }, list, k) => {
        const count = list.filter((each) => holds(each, k)).length;
        const event: JsonObject = { k, list: list as unknown as Json };
        expect(endpoint(`arraySearch(list, $e, ${text})`, event), text).toBe(count > 0);
        expect(endpoint(`arrayCount(list, $e, ${text}) == ${count}`, event), text).toBe(true);
        expect(endpoint(`arrayCount(list, $e, not (${text})) == ${list.length - count}`, event), text).toBe(
          true,
        );
      },
    ),
    { numRuns: 500 },
  );
});

test("an event makes a program look at so many elements and no more, however arrays stand in conditions of each other", () => {
  const run = (condition: string, event: JsonObject) => {
    const { query } = check(`any where ${condition}`);
    if (query?.kind !== "event") throw new Error("the query is good");
    const slots = new FieldSlots();
    const counters = { combinationsExceeded: 0 };
    const holds = compile(query.condition, slots, counters).matches(new ParsedEvent(event, slots), 0);
    return { holds, cut: counters.combinationsExceeded };
  };
  const k = Array.from({ length: 10_000 }, (_, i) => `v${i}`);
  expect(run('arraySearch(k, $x, $x == "v9999")', { k })).toEqual({ holds: true, cut: 0 });
  expect(run("arrayCount(k, $x, true) == 10000", { k })).toEqual({ holds: true, cut: 0 });
  const nested = run("arraySearch(k, $x, arraySearch(k, $y, arraySearch(k, $z, $x == m)))", { k, m: "none" });
  expect(nested.holds).toBe(false);
  expect(nested.cut).toBeGreaterThan(0);
  const inside = run('arraySearch(k, $x, startsWith(k, concat($x, "!")))', { k });
  expect(inside.holds).toBe(false);
  expect(inside.cut).toBeGreaterThan(0);
  const many = Array.from({ length: elementStepsMax + 1 }, () => 1);
  expect(run("arraySearch(n, $x, $x == 2)", { n: many })).toEqual({ holds: false, cut: 1 });
});

test("long lists, long texts and deep nesting are read and judged", () => {
  const values = Array.from({ length: 10_000 }, (_, i) => `"v${i}"`).join(", ");
  expect(endpoint(`arraySearch(k, $x, $x in (${values}))`, { k: ["a", "v9999"] })).toBe(true);
  expect(endpoint(`arrayContains(k, ${values})`, { k: ["a", "v9998"] })).toBe(true);
  const long = "a".repeat(65_536);
  expect(endpoint('arraySearch(k, $x, $x : "*a*a*a*b")', { k: [long, long] })).toBe(false);
  expect(endpoint('match(k, "(a|aa)+b")', { k: long })).toBe(false);
  const deep = (levels: number) => `${"arraySearch(k, $x, ".repeat(levels)}$x == "a"${")".repeat(levels)}`;
  expect(endpoint(deep(50), { k: "a" })).toBe(true);
  expect(endpoint(deep(101), { k: "a" })).toBe("too-deep");
  const related = (levels: number) => `${"event of [any where ".repeat(levels)}k == "a"${"]".repeat(levels)}`;
  expect(endpoint(related(50), {})).toBe(false);
  expect(endpoint(related(101), {})).toBe("too-deep");
});
