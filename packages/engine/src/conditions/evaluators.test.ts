import { ecsCatalogue, FieldSlots, type Json, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { checkEql, checkKql, checkLucene, type EqlDialect, fold } from "@tallyman/languages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition, ConditionEvaluator } from "./condition.ts";
import { ConditionList } from "./condition.ts";
import { IndexedEvaluator } from "./indexed-evaluator.ts";
import { PlainEvaluator } from "./plain-evaluator.ts";

function conditionsOf(queries: readonly string[], check = checkKql): readonly Condition[] {
  const list = new ConditionList(0);
  for (const query of queries) {
    const { expression } = check(query, ecsCatalogue());
    if (expression === undefined) throw new Error(`no query: ${query}`);
    list.add(fold(expression), { combinationsExceeded: 0 });
  }
  return list.all;
}

function eqlConditionsOf(queries: readonly string[], dialect?: EqlDialect): readonly Condition[] {
  const list = new ConditionList(0);
  for (const text of queries) {
    const { query } = checkEql(text, ecsCatalogue(), dialect === undefined ? {} : { dialect });
    if (query?.kind !== "event") throw new Error(`no event query: ${text}`);
    list.add(fold(query.condition), { combinationsExceeded: 0 });
  }
  return list.all;
}

const nowMs = Date.UTC(2026, 0, 1);

function found(
  evaluator: ConditionEvaluator,
  conditions: readonly Condition[],
  event: ParsedEvent,
): readonly number[] {
  const selection = { number: 0, conditions: conditions.map(({ number }) => number) };
  const { count, numbers } = evaluator.evaluate(selection, event, nowMs);
  return [...numbers.subarray(0, count)];
}

describe("the evaluators agree", () => {
  const texts = [
    "process",
    "file",
    "start",
    "exec",
    "end",
    "linux",
    "windows",
    "bash",
    "sh",
    "/bin/sh",
    "curl http://x",
    "-c",
    "a",
    "4444",
    "true",
  ];
  const fields = [
    "event.category",
    "event.type",
    "event.action",
    "host.os.type",
    "process.name",
    "process.args",
    "process.command_line",
    "process.parent.name",
    "message",
    "destination.port",
    "process.interactive",
    "source.ip",
    "my.own.field",
  ];
  const field = fc.constantFrom(...fields);
  const value = fc.oneof(
    fc.constantFrom(...texts).map((text) => `"${text}"`),
    fc.constantFrom("*sh", "ba*", "*url*", "*in/s*", "c*x", "*", "s?", "EXEC", "Linux", "10.0.0.0/8", "4444"),
  );
  const leaf = fc.oneof(
    fc.tuple(field, value).map(([name, text]) => `${name}: ${text}`),
    fc
      .tuple(field, fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([name, list]) => `${name}: (${list.join(" or ")})`),
    fc.constant("destination.port > 1024"),
    field.map((name) => `${name}: *`),
  );
  const query = fc.letrec<{ query: string }>((tie) => ({
    query: fc.oneof(
      { depthSize: "small", maxDepth: 4 },
      leaf,
      fc.tuple(tie("query"), tie("query")).map(([a, b]) => `(${a} and ${b})`),
      fc.tuple(tie("query"), tie("query")).map(([a, b]) => `(${a} or ${b})`),
      tie("query").map((a) => `(not ${a})`),
    ),
  })).query;
  const scalar = fc.oneof(
    fc.constantFrom<Json>(...texts, "EXEC", "Linux", "xcurlx", "10.1.2.3"),
    fc.constantFrom<Json>(4444, 22, true, false, null),
  );
  const fieldValue = fc.oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  );
  const event = fc.dictionary(field, fieldValue, { maxKeys: 10 });
  const nested = fc.record(
    {
      event: fc.record({ category: fieldValue, type: fieldValue, action: fieldValue }),
      process: fc.record({ name: fieldValue, args: fieldValue }),
    },
    { requiredKeys: [] },
  );

  test("on any queries and events", () => {
    fc.assert(
      fc.property(
        fc.array(query, { minLength: 1, maxLength: 12 }),
        fc.array(fc.oneof(event, nested) as fc.Arbitrary<JsonObject>, { minLength: 1, maxLength: 6 }),
        (queries, events) => {
          const slots = new FieldSlots();
          const conditions = conditionsOf(queries);
          const plain = new PlainEvaluator(conditions, slots);
          const indexed = new IndexedEvaluator(conditions, slots);
          for (const document of events) {
            const view = (): ParsedEvent => new ParsedEvent(document, slots);
            expect(found(indexed, conditions, view())).toEqual(found(plain, conditions, view()));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test.for<{ query: string; event: JsonObject }>([
    {
      query: 'process where process.name == "sh"',
      event: { event: { category: ["file", "process"] }, process: { name: "sh" } },
    },
    {
      query: 'process where process.name : "SH*"',
      event: { event: { category: "process" }, process: { name: "shell" } },
    },
    {
      query: 'any where process.command_line like~ "*CURL*"',
      event: { process: { command_line: "a cUrl b" } },
    },
    { query: 'any where endsWith(process.name, "sh")', event: { process: { name: "bash" } } },
    { query: "any where destination.port == 4444", event: { destination: { port: "4444" } } },
    { query: "any where process.name == null", event: { host: { name: "x" } } },
    { query: 'any where process.name != "sh"', event: {} },
    { query: 'any where process.name in ("a", "b", "c", "d", "e")', event: { process: { name: "d" } } },
    { query: "any where true", event: {} },
    { query: "any where length(process.args) > 1", event: { process: { args: ["a", "bcd"] } } },
  ])("$query holds for $event", ({ query: text, event: document }) => {
    const slots = new FieldSlots();
    const conditions = eqlConditionsOf([text]);
    for (const Evaluator of [PlainEvaluator, IndexedEvaluator])
      expect(found(new Evaluator(conditions, slots), conditions, new ParsedEvent(document, slots))).toEqual([
        0,
      ]);
  });

  test.for<{ query: string; event: JsonObject }>([
    { query: "process.name:/ba(sh|r)/", event: { process: { name: "bash" } } },
    { query: "process.name:bsh~1", event: { process: { name: "bash" } } },
    { query: "message:/pass.*/", event: { message: "The Password" } },
    { query: "message:passwrod~1", event: { message: "The Password" } },
    { query: 'message:"password the"~3', event: { message: "The Password" } },
    { query: "my.own.field:/[0-9]+/", event: { my: { own: { field: 42 } } } },
    { query: "my.own.field:curl~2", event: { my: { own: { field: ["x", "crl"] } } } },
    { query: "host.name:x OR (NOT process.name:sh)", event: { process: { name: "bash" } } },
    { query: "bash~", event: { process: { name: "bsh" } } },
  ])("$query holds for $event", ({ query: text, event: document }) => {
    const slots = new FieldSlots();
    const conditions = conditionsOf([text], checkLucene);
    for (const Evaluator of [PlainEvaluator, IndexedEvaluator])
      expect(found(new Evaluator(conditions, slots), conditions, new ParsedEvent(document, slots))).toEqual([
        0,
      ]);
  });

  test("about the elements of arrays too", () => {
    const slots = new FieldSlots();
    const conditions = eqlConditionsOf(
      [
        'process where arraySearch(process.args, $arg, $arg == "-c")',
        "any where arraySearch(process.args, $arg, $arg == process.name) and process.pid > 1",
        "file where arrayCount(process.args, $arg, true) > 1",
        'any where not arraySearch(process.args, $arg, $arg == "-c")',
        'process where arraySearch(list, $x, $x.a == 1) or process.name == "sh"',
        "any where process.name == process.args",
      ],
      "endpoint",
    );
    const evaluators = [new PlainEvaluator(conditions, slots), new IndexedEvaluator(conditions, slots)];
    const word = fc.constantFrom("sh", "-c", "x");
    const event = fc.record(
      {
        event: fc.record({ category: fc.constantFrom("process", "file") }),
        process: fc.record(
          { name: word, pid: fc.nat(2), args: fc.array(word, { maxLength: 3 }) },
          { requiredKeys: [] },
        ),
        list: fc.array(fc.record({ a: fc.nat(1) }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(event, (document) => {
        const [plain, indexed] = evaluators.map((evaluator) =>
          found(evaluator, conditions, new ParsedEvent(document as JsonObject, slots)),
        );
        expect(indexed).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });
});

test("of conditions that need what an event lacks, none is evaluated", () => {
  const slots = new FieldSlots();
  const conditions = conditionsOf([
    'process.name: "nmap" and event.category: process',
    "process.command_line: *nmap* and event.category: process",
    "dns.question.name: *",
    "event.category: file and file.path: *",
  ]);
  const evaluator = new IndexedEvaluator(conditions, slots);
  const document = { event: { category: "process" }, process: { name: "sh", command_line: "sh -c ls" } };
  expect(found(evaluator, conditions, new ParsedEvent(document, slots))).toEqual([]);
  expect(evaluator.count).toEqual({ conditions: 4, evaluated: 0 });
});

test("kinds of events beyond the number that is remembered are evaluated all the same", () => {
  const slots = new FieldSlots();
  const actions = Array.from({ length: 70 }, (_, i) => `a${i}`);
  const conditions = conditionsOf(actions.map((action) => `event.action: ${action} and process.name: sh`));
  const evaluator = new IndexedEvaluator(conditions, slots);
  for (let i = 0; i < 70 * 70; i++) {
    const [first, second] = [Math.floor(i / 70), i % 70];
    const document = { event: { action: [`a${first}`, `a${second}`] }, process: { name: "sh" } };
    const expected = [...new Set([first, second])].sort((a, b) => a - b);
    expect(found(evaluator, conditions, new ParsedEvent(document, slots))).toEqual(expected);
  }
});

test.for<{ query: string; event: JsonObject }>([
  { query: "my.field: 10.0.0.0/8", event: { my: { field: "10.1.2.3" } } },
  { query: 'my.field: "1e3"', event: { my: { field: 1000 } } },
  { query: 'my.field: "TRUE" or my.field: "true"', event: { my: { field: true } } },
  { query: "message: absent curl", event: { message: "run Curl now" } },
  { query: "process.name: Infinity", event: { process: { name: Number.POSITIVE_INFINITY } } },
  { query: "process.name: Inf*", event: { process: { name: Number.POSITIVE_INFINITY } } },
  { query: "my.field: Inf*", event: { my: { field: Number.POSITIVE_INFINITY } } },
  {
    query: "event.category: c19 and process.name: sh",
    event: { event: { category: Array.from({ length: 20 }, (_, i) => `c${i}`) }, process: { name: "sh" } },
  },
])("'$query' holds for $event, asked plainly and through the index", ({ query, event }) => {
  const slots = new FieldSlots();
  const conditions = conditionsOf([query]);
  for (const Evaluator of [PlainEvaluator, IndexedEvaluator])
    expect(found(new Evaluator(conditions, slots), conditions, new ParsedEvent(event, slots))).toEqual([0]);
});

test("kinds are told apart by which field says what, by every name at the top, and by the selection", () => {
  const names = Array.from({ length: 40 }, (_, i) => `own${i}`);
  const queries = [
    "event.type: x and process.name: sh",
    "event.action: x and process.name: sh",
    ...names.map((name) => `${name}.a: 1 and process.name: sh`),
  ];
  const slots = new FieldSlots();
  const conditions = conditionsOf(queries);
  const plain = new PlainEvaluator(conditions, slots);
  const indexed = new IndexedEvaluator(conditions, slots);
  const process = { name: "sh" };
  const events: JsonObject[] = [
    { event: { type: ["x"], action: [] }, process },
    { event: { type: [], action: ["x"] }, process },
    { event: { type: ["x", "y"] }, process },
    { event: { type: ["y", "x", "x"] }, process },
    ...names.map((name) => ({ [name]: { a: 1 }, process })),
  ];
  const all = conditions.map(({ number }) => number);
  const selections = [all, all.slice(0, 1), all.slice(1)].map((chosen, number) => ({
    number,
    conditions: chosen,
  }));
  // Beyond the number of selections that can be told apart.
  const unnumbered = [all, all.slice(2)].map((chosen) => ({ number: -1, conditions: chosen }));
  for (const selection of [...selections, ...unnumbered, ...selections]) {
    for (const document of events) {
      const fulfilled = [indexed, plain].map((evaluator) => {
        const { count, numbers } = evaluator.evaluate(selection, new ParsedEvent(document, slots), nowMs);
        return [...numbers.subarray(0, count)];
      });
      expect(fulfilled[0]).toEqual(fulfilled[1]);
    }
  }
});

test("what an event repeats, and in which order, makes no kind of its own", () => {
  const slots = new FieldSlots();
  const conditions = conditionsOf(["event.type: (a or b or c) and process.name: sh"]);
  const evaluator = new IndexedEvaluator(conditions, slots);
  for (const type of [
    ["a", "b"],
    ["b", "a"],
    ["a", "b", "a"],
    ["b", "unknown", "a"],
    ["a", "a", "a", "b"],
  ])
    found(evaluator, conditions, new ParsedEvent({ event: { type }, process: {} }, slots));
  expect(evaluator.kindCount).toBe(1);
});
