import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { checkEql } from "../../eql/check-eql.ts";
import { evaluateEqlConstant } from "../../eql/evaluate-constant.ts";
import { compile } from "../../expression/compile.ts";
import type { ScalarValue } from "../../expression/scalar-function.ts";
import { eqlFunctions } from "./index.ts";

test("the functions stand in alphabetical order, each once", () => {
  const names = eqlFunctions.map(({ name }) => name.toLowerCase());
  expect(names).toEqual([...new Set(names)].sort());
});

test.for(eqlFunctions.flatMap(({ examples }) => [...examples]))("example: %s is %j", ([call, result]) => {
  expect(evaluateEqlConstant(call)).toEqual({ value: result, diagnostics: [] });
});

interface FunctionRows {
  /** A call with null for an argument, and its result. */
  readonly nulls: readonly (readonly [call: string, result: ScalarValue])[];
  /** Calls in which only case differs, and their results; empty for functions that compare no texts. */
  readonly cases: readonly (readonly [call: string, result: ScalarValue])[];
  /** A condition that one element of the array in `a` makes true, and others do not. */
  readonly array: readonly [condition: string, event: JsonObject];
  /** A call with an argument of the wrong type, and that argument. */
  readonly wrongType: readonly [condition: string, argument: string];
}

const arithmetic = (name: string, four: number): FunctionRows => ({
  nulls: [
    [`${name}(null, 2)`, null],
    [`${name}(2, null)`, null],
  ],
  cases: [],
  array: [`${name}(n, 2) == ${four}`, { n: [77, 4] }],
  wrongType: [`${name}(n, k) == 1`, "k"],
});

const rows: Readonly<Record<string, FunctionRows>> = {
  add: arithmetic("add", 6),
  subtract: arithmetic("subtract", 2),
  multiply: arithmetic("multiply", 8),
  divide: arithmetic("divide", 2),
  modulo: arithmetic("modulo", 0),
  between: {
    nulls: [
      ['between(null, "a", "b")', null],
      ['between("a", null, "b")', null],
      ['between("a", "b", null)', null],
      ['between("xAy", "x", "y", null)', "A"],
    ],
    cases: [
      ['between("xAy", "X", "Y")', ""],
      ['between~("xAy", "X", "Y")', "A"],
    ],
    array: ['between(k, "<", ">") == "b"', { k: ["<a>", "<b>"] }],
    wrongType: ['between(k, "a", "b", "c") == "x"', '"c"'],
  },
  cidrMatch: {
    nulls: [
      ['cidrMatch(null, "10.0.0.0/8")', null],
      ['cidrMatch("10.0.0.1", null)', null],
    ],
    cases: [],
    array: ['cidrMatch(ip, "10.0.0.0/8")', { ip: ["11.0.0.1", "10.0.0.1"] }],
    wrongType: ['cidrMatch(n, "10.0.0.0/8") == null', "n"],
  },
  concat: {
    nulls: [["concat(1, null)", null]],
    cases: [],
    array: ['concat(k, "!") == "b!"', { k: ["a", "b"] }],
    wrongType: ["concat() == null", "concat()"],
  },
  endsWith: {
    nulls: [
      ['endsWith(null, "a")', null],
      ['endsWith("a", null)', null],
    ],
    cases: [
      ['endsWith("ab", "B")', false],
      ['endsWith~("ab", "B")', true],
    ],
    array: ['endsWith(k, concat("b", ""))', { k: ["a", "ab"] }],
    wrongType: ["endsWith(k, n)", "n"],
  },
  indexOf: {
    nulls: [
      ['indexOf(null, "a")', null],
      ['indexOf("a", null)', null],
      ['indexOf("ba", "a", null)', 1],
    ],
    cases: [
      ['indexOf("ab", "B")', null],
      ['indexOf~("ab", "B")', 1],
      ['indexOf("aa", "a", -5)', 0],
      ['indexOf("aa", "", 2)', 2],
      ['indexOf("aa", "", 3)', null],
    ],
    array: ['indexOf(k, "x") == 1', { k: ["x", "ax"] }],
    wrongType: ['indexOf(k, "a", "b") == 1', '"b"'],
  },
  length: {
    nulls: [["length(null)", null]],
    cases: [],
    array: ["length(k) == 2", { k: ["a", "ab"] }],
    wrongType: ["length(n) == 2", "n"],
  },
  number: {
    nulls: [
      ["number(null)", null],
      ['number("10", null)', 10],
    ],
    cases: [
      ['number("FF", 16)', 255],
      ['number("8", 8)', null],
      ['number("1e3")', 1000],
      ['number("-10", 2)', -2],
    ],
    array: ["number(k) == 7", { k: ["x", "7"] }],
    wrongType: ["number(n) == 7", "n"],
  },
  startsWith: {
    nulls: [
      ['startsWith(null, "a")', null],
      ['startsWith("a", null)', null],
    ],
    cases: [
      ['startsWith("ab", "A")', false],
      ['startsWith~("ab", "A")', true],
    ],
    array: ['startsWith(k, concat("b", ""))', { k: ["a", "ba"] }],
    wrongType: ["startsWith(k, n)", "n"],
  },
  string: {
    nulls: [["string(null)", null]],
    cases: [],
    array: ['string(n) == "7"', { n: [5, 7] }],
    wrongType: ['string(k, 1) == "a"', "string(k, 1)"],
  },
  stringContains: {
    nulls: [
      ['stringContains(null, "a")', null],
      ['stringContains("a", null)', null],
    ],
    cases: [
      ['stringContains("abc", "B")', false],
      ['stringContains~("abc", "B")', true],
    ],
    array: ['stringContains(k, concat("b", ""))', { k: ["a", "abc"] }],
    wrongType: ["stringContains(k, n)", "n"],
  },
  substring: {
    nulls: [
      ["substring(null, 1)", null],
      ['substring("abc", null)', "abc"],
      ['substring("abc", 1, null)', "bc"],
    ],
    cases: [
      ['substring("abc", -9, 2)', "ab"],
      ['substring("abc", -2, -1)', "b"],
      ['substring("abc", 0, -9)', ""],
    ],
    array: ['substring(k, 1) == "b"', { k: ["a", "ab"] }],
    wrongType: ['substring(k, "1") == "a"', '"1"'],
  },
};

test("every function has its rows", () => {
  expect(Object.keys(rows).sort()).toEqual(eqlFunctions.map(({ name }) => name).sort());
});

test.for(Object.values(rows).flatMap(({ nulls, cases }) => [...nulls, ...cases]))(
  "%s is %j",
  ([call, result]) => {
    expect(evaluateEqlConstant(call).value).toBe(result);
  },
);

const catalogue = ecsCatalogue().with({ k: "keyword", n: "long", ip: "ip" });

test.for(Object.values(rows).map(({ array }) => array))(
  "%s holds for an element of %j",
  ([condition, event]) => {
    const { query } = checkEql(`any where ${condition}`, catalogue);
    if (query?.kind !== "event") throw new Error("the query is good");
    const slots = new FieldSlots();
    const program = compile(query.condition, slots);
    expect(program.matches(new ParsedEvent(event, slots), 0)).toBe(true);
    const [[field, values] = []] = Object.entries(event);
    const others = Array.isArray(values) ? values.slice(0, 1) : [];
    expect(program.matches(new ParsedEvent({ [field as string]: others }, slots), 0)).toBe(false);
  },
);

test.for(Object.values(rows).map(({ wrongType }) => wrongType))(
  "%s is refused for %s",
  ([condition, argument]) => {
    const text = `any where ${condition}`;
    const [found] = checkEql(text, catalogue).diagnostics;
    expect(found?.code).toMatch(/^argument-(?:type|count)$/);
    expect(text.slice(found?.span.start, found?.span.end)).toBe(argument);
  },
);

test("a function without a case form says so", () => {
  for (const { name, hasCaseVariant } of eqlFunctions) {
    const [found] = evaluateEqlConstant(`${name}~(1)`).diagnostics;
    expect(found?.code === "unknown-function").toBe(!hasCaseVariant);
  }
});

test("long texts from an event are searched in linear time", () => {
  // Each place of the source is a good beginning of the part, and no place is the whole of it.
  const event = { k: "a".repeat(400_000), m: `${"a".repeat(200_000)}b` };
  for (const condition of [
    "stringContains(k, m)",
    "indexOf~(k, m) != null",
    'between(k, "a", m, true) == "x"',
    'between(k, m, m) == "x"',
    "endsWith(k, m)",
  ]) {
    const { query } = checkEql(`any where ${condition}`, catalogue.with({ m: "keyword" }));
    if (query?.kind !== "event") throw new Error("the query is good");
    const slots = new FieldSlots();
    expect(compile(query.condition, slots).matches(new ParsedEvent(event, slots), 0)).toBe(false);
  }
});
