import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { check } from "../expression/check.ts";
import { compile } from "../expression/compile.ts";
import { lowerFilter } from "./lower-filter.ts";

const event = {
  file: { path: "C:\\Program Files\\App\\Tool.exe", name: "Tool.exe" },
  process: { pid: 42, name: "tool" },
  message: "the quick fox",
};

test.for<{ filter: JsonObject; want: boolean }>([
  { filter: { query: { match_all: {} } }, want: true },
  { filter: { query: { exists: { field: "file.path" } } }, want: true },
  { filter: { meta: { negate: true }, query: { exists: { field: "file.path" } } }, want: false },
  {
    filter: { exists: { field: "user.name" }, meta: { negate: true }, $state: { store: "appState" } },
    want: true,
  },
  {
    filter: { meta: { negate: true, disabled: true }, query: { exists: { field: "file.path" } } },
    want: true,
  },
  { filter: { query: { term: { "process.name": "tool" } } }, want: true },
  { filter: { query: { term: { "process.name": { value: "TOOL", case_insensitive: true } } } }, want: true },
  { filter: { query: { term: { "process.name": { value: "TOOL" } } } }, want: false },
  { filter: { query: { term: { "process.pid": 42 } } }, want: true },
  { filter: { query: { terms: { "process.name": ["a", "tool"] } } }, want: true },
  { filter: { query: { match_phrase: { message: "quick fox" } } }, want: true },
  { filter: { query: { match_phrase: { message: { query: "fox quick" } } } }, want: false },
  { filter: { query: { match: { message: { query: "fox missing" } } } }, want: true },
  { filter: { query: { match: { message: { query: "fox quick", type: "phrase" } } } }, want: false },
  {
    filter: {
      query: {
        wildcard: { "file.path": { value: "?:\\\\program files\\\\*\\\\tool.exe", case_insensitive: true } },
      },
    },
    want: true,
  },
  { filter: { query: { wildcard: { "file.path": { wildcard: "*\\\\Tool.???" } } } }, want: true },
  { filter: { query: { wildcard: { "file.path": { value: "*tool.exe" } } } }, want: false },
  { filter: { query: { prefix: { "file.name": "Too" } } }, want: true },
  { filter: { query: { range: { "process.pid": { gte: 42, lt: 43 } } } }, want: true },
  { filter: { query: { range: { "process.pid": { gt: 42 } } } }, want: false },
  {
    filter: {
      query: {
        bool: {
          must: [{ term: { "process.name": "tool" } }],
          should: [{ term: { "process.pid": 1 } }],
          must_not: [{ term: { "process.pid": 7 } }],
        },
      },
    },
    want: true,
  },
  { filter: { query: { bool: { should: [{ term: { "process.pid": 1 } }] } } }, want: false },
  {
    filter: { query: { bool: { should: [{ term: { "process.pid": 42 } }], minimum_should_match: 1 } } },
    want: true,
  },
])("$filter is $want", ({ filter, want }) => {
  const { expression, problem } = lowerFilter(filter, { start: 0, end: 0 });
  if (expression === undefined) expect.fail(problem.message);
  const slots = new FieldSlots();
  const program = compile(check(expression, ecsCatalogue()).expression, slots);
  expect(program.matches(new ParsedEvent(event, slots), 0)).toBe(want);
});

test.for<{ filter: JsonObject; want: string }>([
  { filter: {}, want: "A filter needs exactly one clause" },
  {
    filter: { query: { query_string: { query: "a:b" } } },
    want: "The clause 'query_string' is not supported in filters",
  },
  { filter: { query: { term: { a: 1, b: 2 } } }, want: "The clause 'term' needs exactly one field" },
  { filter: { query: { term: { a: null } } }, want: "The clause 'term' needs a value for 'a'" },
  { filter: { query: { terms: { a: "b" } } }, want: "'terms' needs a list of values" },
  { filter: { query: { range: { a: { boost: 2 } } } }, want: "'range' needs one of gt, gte, lt, lte" },
  { filter: { query: { bool: { must: "x" } } }, want: "'must' needs clauses" },
  { filter: { query: { bool: { must_not: [{ term: { a: 1 } }, 7] } } }, want: "'must_not' needs clauses" },
  { filter: { query: { bool: { mustNot: [] } } }, want: "'bool' has no 'mustNot'" },
  {
    filter: { query: { range: { a: { gte: 1, lt: [2] } } } },
    want: "'lt' of 'range' needs one value",
  },
  {
    filter: { query: { range: { a: { gte: 1, format: "yyyy" } } } },
    want: "'range' takes gt, gte, lt and lte, not 'format'",
  },
  { filter: { query: { exists: {} } }, want: "'exists' needs a field" },
  {
    filter: { query: { bool: { should: [], minimum_should_match: 2 } } },
    want: "'minimum_should_match' above 1 is not supported in filters",
  },
])("$filter is refused", ({ filter, want }) => {
  const { problem } = lowerFilter(filter, { start: 3, end: 9 });
  expect(problem).toMatchObject({ code: "unsupported-filter", message: want, span: { start: 3, end: 9 } });
});

test("clauses in each other have a greatest depth", () => {
  let clause: JsonObject = { match_all: {} };
  for (let i = 0; i < 5000; i++) clause = { bool: { must: [clause] } };
  expect(lowerFilter({ query: clause }, { start: 0, end: 0 }).problem?.message).toMatch(
    /deeper than 20 levels/,
  );
});
