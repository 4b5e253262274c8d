import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { check } from "../expression/check.ts";
import { compile } from "../expression/compile.ts";
import { lowerFilter } from "./lower-filter.ts";

const event = {
  file: { path: "C:\\Program Files\\App\\Tool.exe", name: "Tool.exe" },
  process: { pid: 42, name: "tool" },
  message: "the quick fox",
  list: [
    { a: 1, b: 1 },
    { a: 2, b: 2 },
  ],
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
  { filter: { query: { bool: { filter: { term: { "process.pid": 42 } }, boost: 2 } } }, want: true },
  { filter: { query: { bool: { must_not: { match_none: {} }, minimum_should_match: "0" } } }, want: true },
  { filter: { query: { match_none: {} } }, want: false },
  {
    filter: { query: { constant_score: { filter: { term: { "process.pid": 7 } }, boost: 1 } } },
    want: false,
  },
  // Kibana's "is one of".
  {
    filter: {
      meta: { type: "phrases", negate: true },
      query: {
        bool: {
          minimum_should_match: 1,
          should: [{ match_phrase: { "process.name": "a" } }, { match_phrase: { "process.name": "tool" } }],
        },
      },
    },
    want: false,
  },
  { filter: { match: { message: { query: "fox quick", type: "phrase" } } }, want: false },
  {
    filter: { query: { match: { message: { query: "quick fox", type: "phrase", operator: "or" } } } },
    want: true,
  },
  { filter: { query: { match_phrase: { message: { query: "fox quick", slop: 2 } } } }, want: true },
  { filter: { query: { match_phrase: { message: { query: "fox quick", slop: 1 } } } }, want: false },
  { filter: { query: { prefix: { "file.name": { value: "TOO", case_insensitive: true } } } }, want: true },
  { filter: { query: { prefix: { "file.name": { prefix: "Too" } } } }, want: true },
  { filter: { query: { regexp: { "file.name": "Too(l|m)\\.exe" } } }, want: true },
  {
    filter: { query: { regexp: { "file.name": { value: "TOOL.*", flags: "ALL", case_insensitive: true } } } },
    want: true,
  },
  { filter: { query: { regexp: { "file.name": "Tool" } } }, want: false },
  { filter: { query: { fuzzy: { "process.name": "tol" } } }, want: true },
  { filter: { query: { fuzzy: { "process.name": { value: "tlo", fuzziness: 1 } } } }, want: false },
  { filter: { query: { fuzzy: { "process.name": { value: "tlo", fuzziness: 2 } } } }, want: true },
  { filter: { query: { range: { "process.pid": { gte: null, lte: 42, boost: 2 } } } }, want: true },
  {
    filter: { query: { query_string: { query: "process.name:(tool OR x) AND NOT user.name:*" } } },
    want: true,
  },
  { filter: { query: { query_string: { query: "fox", default_field: "message" } } }, want: true },
  { filter: { query: { query_string: { query: "tool", fields: ["message"] } } }, want: false },
  { filter: { query: { query_string: { query: "tool", analyze_wildcard: true } } }, want: true },
  { filter: { meta: { negate: true }, query: { query_string: { query: "process.pid:>41" } } }, want: false },
  {
    filter: {
      query: {
        nested: {
          path: "list",
          query: { bool: { must: [{ term: { "list.a": 1 } }, { term: { "list.b": 2 } }] } },
        },
      },
    },
    want: false,
  },
  {
    filter: {
      query: {
        nested: {
          path: "list",
          query: { bool: { must: [{ term: { "list.a": 1 } }, { term: { "list.b": 1 } }] } },
        },
      },
    },
    want: true,
  },
  // Kibana's filters that are combined.
  {
    filter: {
      meta: {
        type: "combined",
        relation: "OR",
        params: [
          { meta: {}, query: { term: { "process.pid": 1 } } },
          { meta: { negate: true }, query: { exists: { field: "user.name" } } },
        ],
      },
    },
    want: true,
  },
  {
    filter: {
      meta: {
        type: "combined",
        relation: "AND",
        negate: true,
        params: [
          { query: { term: { "process.pid": 42 } } },
          { meta: { disabled: true }, query: { term: { "process.pid": 1 } } },
          { meta: { type: "combined", relation: "AND", params: [{ query: { match_all: {} } }] } },
        ],
      },
      query: {},
    },
    want: false,
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
    filter: { query: { multi_match: { query: "a:b" } } },
    want: "The clause 'multi_match' is not supported in filters",
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
    want: "'minimum_should_match' other than 0 and 1 is not supported in filters",
  },
  {
    filter: { query: { match: { a: { query: "b c", operator: "and" } } } },
    want: "The setting 'operator' of 'match' is not supported in filters",
  },
  {
    filter: { query: { match: { a: { query: "b", fuzziness: "AUTO" } } } },
    want: "The setting 'fuzziness' of 'match' is not supported in filters",
  },
  {
    filter: { query: { match: { a: { query: "b", type: "phrase_prefix" } } } },
    want: "'match' of the type 'phrase_prefix' is not supported in filters",
  },
  {
    filter: { query: { match_phrase: { a: { query: "b", slop: "1" } } } },
    want: "'slop' of 'match_phrase' needs a number",
  },
  { filter: { query: { regexp: { a: "(" } } }, want: "The expression ends where a character should follow" },
  {
    filter: { query: { fuzzy: { a: { value: "b", fuzziness: 3 } } } },
    want: "'fuzziness' needs AUTO, 0, 1 or 2",
  },
  { filter: { query: { range: { a: 1 } } }, want: "'range' needs bounds" },
  { filter: { query: { query_string: {} } }, want: "'query_string' needs a text as 'query'" },
  {
    filter: { query: { query_string: { query: "a:(b" } } },
    want: "The query of 'query_string' cannot be read: The bracket is never closed",
  },
  {
    filter: { query: { query_string: { query: "a", default_operator: "AND" } } },
    want: "The setting 'default_operator' of 'query_string' is not supported in filters",
  },
  {
    filter: { query: { query_string: { query: "a", fields: ["a", "b"] } } },
    want: "'query_string' with several fields is not supported in filters",
  },
  { filter: { query: { nested: { path: "a" } } }, want: "'nested' needs a path and a query" },
  {
    filter: { query: { nested: { path: "a", query: { match_all: {} }, inner_hits: {} } } },
    want: "The setting 'inner_hits' of 'nested' is not supported in filters",
  },
  { filter: { query: { constant_score: {} } }, want: "'constant_score' needs a clause as 'filter'" },
  {
    filter: { meta: { type: "combined", params: [] } },
    want: "A combined filter needs filters as 'params' and AND or OR as their 'relation'",
  },
  {
    filter: { meta: { type: "combined", relation: "OR", params: [7] } },
    want: "A combined filter needs filters as 'params'",
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
  let filter: JsonObject = { query: { match_all: {} } };
  for (let i = 0; i < 5000; i++) filter = { meta: { type: "combined", relation: "AND", params: [filter] } };
  expect(lowerFilter(filter, { start: 0, end: 0 }).problem?.message).toMatch(/deeper than 20 levels/);
});
