import { Worker } from "node:worker_threads";
import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { Engine, MemoryFirstSeenStore, type PreparedRules, prepareRules } from "@tallyman/engine";
import { loadRules } from "@tallyman/rules";
import { expect, onTestFinished, test } from "vitest";
import type { InputEvent } from "../input/input-event.ts";
import { textBytes } from "../input/text-bytes.ts";
import { LiveEngine } from "../reload/live-engine.ts";
import { builtInRulesFolder, readRuleFiles } from "../rule-files/read-rule-files.ts";
import { typed } from "../testing/sample-events.ts";
import { conditionDigests } from "./condition-digests.ts";
import { JudgePool } from "./judge-pool.ts";
import type { JudgeWork } from "./judge-work.ts";
import { type PortableRule, portableRule, receivedRule } from "./portable-rule.ts";
import { startJudge } from "./start-judge.ts";

function prepared(): PreparedRules {
  const { rules } = loadRules(readRuleFiles([builtInRulesFolder()]).files);
  return prepareRules(rules, ecsCatalogue(), new FieldSlots());
}

function engineFor(rules: PreparedRules, isJudged: boolean): Engine {
  return new Engine(rules, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]), isJudged });
}

function workFor({ ready }: PreparedRules): JudgeWork {
  return { rules: ready.map(({ rule }) => portableRule(rule)), fieldTypes: {}, indexName: undefined };
}

/** An event as an input hands it over, at some place in a buffer. */
function eventOf(document: JsonObject): InputEvent {
  const text = Buffer.from(`  ${JSON.stringify(document)} `);
  return {
    document,
    bytes: { buffer: textBytes(text), start: 2, end: text.length - 1 },
    index: undefined,
    id: undefined,
    text: undefined,
    byteCount: text.length,
    timestamp: undefined,
    late: false,
    origin: { file: "-", line: 1 },
  };
}

const names = ["sh", "nc", "sh", "é", "ls", "docker", "sh", "cat"];
const events = names.map((name, i) => typed(name, i) as JsonObject);
const untimed = events.map((event, i) => (i === 3 ? { ...event, "@timestamp": "soon" } : event));

function alertIds(engine: Engine, inputs: readonly InputEvent[]): readonly string[] {
  return inputs.flatMap((event) => engine.process(event).map(({ id }) => id));
}

/** The alerts of events that go through a pool in batches of so many. */
async function judgedIds(
  pool: JudgePool,
  rules: PreparedRules,
  size: number,
  work = workFor(rules),
): Promise<readonly string[]> {
  const engine = engineFor(rules, true);
  pool.begin(work, engine, rules);
  const inputs = untimed.map(eventOf);
  const batches = Array.from({ length: Math.ceil(inputs.length / size) }, (_, i) =>
    inputs.slice(i * size, (i + 1) * size),
  );
  const verdicts = await Promise.all(batches.map((batch) => pool.judge(batch)));
  return batches.flatMap((batch, i) =>
    alertIds(
      engine,
      batch.map((event, k) => ({ ...event, verdict: verdicts[i]?.[k] })),
    ),
  );
}

const expected = alertIds(engineFor(prepared(), false), untimed.map(eventOf));

function typedRule(name: string): string {
  const rule = { rule_id: name, name, description: "About it.", severity: "low", risk_score: 1 };
  return JSON.stringify([{ ...rule, type: "query", query: `process.name : ${name}` }]);
}

/** A rule for each of these names of processes. */
function rulesFor(...names: readonly string[]): PreparedRules {
  const { rules } = loadRules(names.map((name) => ({ path: `${name}.json`, text: typedRule(name) })));
  return prepareRules(rules, ecsCatalogue(), new FieldSlots());
}

function poolOf(count: number, start?: (work: JudgeWork) => Worker) {
  const problems: string[] = [];
  const pool = new JudgePool(count, (problem) => problems.push(problem), start);
  onTestFinished(() => pool.close());
  return { pool, problems };
}

test.for([
  [1, 1],
  [1, 8],
  [2, 3],
  [3, 1],
] as const)("%i threads, in batches of %i, raise the alerts of one thread", async ([count, size]) => {
  const rules = prepared();
  const { pool, problems } = poolOf(count);
  expect(expected.length).toBeGreaterThan(3);
  expect(await judgedIds(pool, rules, size)).toEqual(expected);
  expect(problems).toEqual([]);
});

test("when rules are replaced, what was judged by those before counts no more, and later batches are judged by the others", async () => {
  const [before, after] = [rulesFor("sh", "ls"), rulesFor("ls", "nc", "cat")];
  const engine = new LiveEngine(before, {
    firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]),
    isJudged: true,
  });
  const { pool, problems } = poolOf(2);
  pool.begin(workFor(before), engine, before);
  const inputs = events.map(eventOf);
  const judgedBefore = await pool.judge(inputs);
  const underWay = pool.judge(inputs);
  engine.replace(after);
  pool.begin(workFor(after), engine, after);
  const judgedAfter = await pool.judge(inputs);
  expect(await underWay).toEqual([]);
  expect(judgedBefore.map((verdict) => verdict?.rules === before)).toEqual(inputs.map(() => true));
  expect(judgedAfter.map((verdict) => verdict?.rules === after)).toEqual(inputs.map(() => true));
  const wanted = ["nc", "ls", "cat"];
  for (const verdicts of [judgedBefore, [], judgedAfter]) {
    const fresh = new LiveEngine(after, {
      firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]),
      isJudged: true,
    });
    const found = inputs.flatMap((event, i) => fresh.process({ ...event, verdict: verdicts[i] }));
    expect(found.map(({ ruleId }) => ruleId)).toEqual(wanted);
  }
  expect(problems).toEqual([]);
});

test("a thread that ended is in its place again when rules are replaced", async () => {
  const rules = rulesFor("sh");
  let started = 0;
  const { pool, problems } = poolOf(1, (work) => {
    started += 1;
    return started === 1 ? new Worker("process.exit(3)", { eval: true }) : startJudge(work);
  });
  const engine = engineFor(rules, true);
  pool.begin(workFor(rules), engine, rules);
  const [input = eventOf({})] = events.map(eventOf);
  expect(await pool.judge([input])).toEqual([]);
  pool.begin(workFor(rules), engine, rules);
  expect((await pool.judge([input])).map((verdict) => verdict?.rules === rules)).toEqual([true]);
  expect(problems).toHaveLength(1);
});

test("what could not be evaluated in full is counted once", async () => {
  const rule = {
    rule_id: "r",
    name: "R",
    description: "About it.",
    severity: "low",
    risk_score: 1,
    type: "eql",
    language: "eql",
    query: "any where endsWith(process.args, process.parent.args)",
  };
  const { rules: loaded } = loadRules([{ path: "rule.json", text: JSON.stringify([rule]) }]);
  const rules = prepareRules(loaded, ecsCatalogue(), new FieldSlots());
  const { pool } = poolOf(2);
  const engine = engineFor(rules, true);
  pool.begin(workFor(rules), engine, rules);
  const args = Array.from({ length: 200 }, (_, i) => `${i}x`);
  const large = eventOf({
    ...(events[0] as JsonObject),
    process: { args, parent: { args: args.map((arg) => `${arg}y`) } },
  });
  for (const _ of [1, 2, 3]) {
    const verdicts = await pool.judge([large]);
    engine.process({ ...large, verdict: verdicts[0] });
  }
  const alone = engineFor(prepareRules(loaded, ecsCatalogue(), new FieldSlots()), false);
  for (const _ of [1, 2, 3]) alone.process(large);
  expect(alone.report().rules[0]?.termsCut).toBeGreaterThan(0);
  expect(engine.report().rules[0]?.termsCut).toBe(alone.report().rules[0]?.termsCut);
});

test("all verdicts come where all events can be judged", async () => {
  const rules = prepared();
  const { pool } = poolOf(1);
  pool.begin(workFor(rules), engineFor(rules, true), rules);
  const verdicts = await pool.judge([...untimed.map(eventOf), { ...eventOf({}), bytes: undefined }]);
  expect(verdicts.map((verdict) => verdict !== undefined)).toEqual([
    true,
    true,
    true,
    false,
    true,
    true,
    true,
    true,
    false,
  ]);
});

/** A program that understands the rules, judges nothing, and ends badly at the second batch. */
const dying = `
const { parentPort, workerData } = require("node:worker_threads");
let batches = 0;
parentPort.on("message", ({ kind, bytes, places }) => {
  if (kind === "begin") return;
  batches += 1;
  if (batches === 2) LAST;
  const verdicts = Int32Array.from({ length: places.length }, (_, i) => i % 2 === 0 ? 2 : 0);
  parentPort.postMessage({ kind: "judged", verdicts, exceeded: [], bytes });
});`;

test.for([
  ["throw new Error('of no\\nuse')", "of no"],
  ["process.exit(3)", "ended with status 3"],
  ["for (const all = []; ; ) all.push(new Array(1000).fill({}))", /memory/i],
] as const)("a thread that ends by %s loses nothing, and is told of once", async ([last, reason]) => {
  const rules = prepared();
  const { pool, problems } = poolOf(
    2,
    () =>
      new Worker(dying.replace("LAST", last), { eval: true, resourceLimits: { maxOldGenerationSizeMb: 40 } }),
  );
  expect(await judgedIds(pool, rules, 1)).toEqual(expected);
  expect(problems).toHaveLength(2);
  for (const problem of problems) {
    expect(problem).toMatch(
      /^a worker is of no use any more, and its events are evaluated by the main thread: /,
    );
    expect(problem).toMatch(reason);
  }
});

test("a thread that cannot read the rules loses nothing", async () => {
  const rules = prepared();
  for (const sent of [[{ type: "eql" }], workFor(rules).rules.slice(1)]) {
    const { pool, problems } = poolOf(1);
    expect(await judgedIds(pool, rules, 2, { ...workFor(rules), rules: sent })).toEqual(expected);
    expect(problems).toHaveLength(1);
  }
});

/** Two readings of a rule, which come to as many conditions. */
const readings: readonly (readonly [what: string, one: JsonObject, other: JsonObject])[] = [
  ["another query", { query: "process.name : a" }, { query: "process.name : b" }],
  ["another language", { query: "user.name : a?" }, { language: "lucene", query: "user.name:a?" }],
  ["another value of any field", { query: "* : a" }, { query: "* : b" }],
  ["words in another way of any field", { query: '* : "a b"' }, { query: "* : a b" }],
  [
    "another expression",
    { language: "lucene", query: "process.name:/a+/" },
    { language: "lucene", query: "process.name:/a+b/" },
  ],
  ["without filters", { query: "*", filters: [phrase("a")] }, { query: "*" }],
  ["other filters", { query: "*", filters: [phrase("a")] }, { query: "*", filters: [phrase("b")] }],
  ["other index patterns", { query: "*", index: ["logs-*"] }, { query: "*", index: ["logs-a-*"] }],
  ["other indicators", matching({ threat_query: "a : b" }), matching({ threat_query: "a : c" })],
  ["indicators elsewhere", matching({ threat_index: ["a"] }), matching({ threat_index: ["b"] })],
  ["another score", anomalies({ anomaly_threshold: 50 }), anomalies({ anomaly_threshold: 51 })],
];

function phrase(value: string): JsonObject {
  return { meta: {}, query: { match_phrase: { "process.name": value } } };
}

function matching(setting: JsonObject): JsonObject {
  return {
    type: "threat_match",
    query: "*",
    threat_query: "*",
    threat_index: ["logs-ti_*"],
    threat_mapping: [{ entries: [{ field: "user.name", type: "mapping", value: "threat.indicator.name" }] }],
    ...setting,
  };
}

function anomalies(setting: JsonObject): JsonObject {
  return { type: "machine_learning", machine_learning_job_id: ["job"], ...setting };
}

function ruleWith(setting: JsonObject): PreparedRules {
  const common = { rule_id: "r", name: "R", description: "About it.", severity: "low", risk_score: 1 };
  const text = JSON.stringify([{ type: "query", ...common, ...setting }]);
  const { rules } = loadRules([{ path: "rule.json", text }]);
  const prepared = prepareRules(rules, ecsCatalogue(), new FieldSlots());
  if (prepared.ready.length !== 1) throw new Error("the rule is not ready");
  return prepared;
}

test.for(readings)(
  "%s: rules that were understood so differ, and again they are the same",
  ([, one, other]) => {
    const digest = (setting: JsonObject) => conditionDigests(ruleWith(setting));
    expect(digest(one)).not.toEqual(digest(other));
    const [sent] = workFor(ruleWith(one)).rules;
    const received = receivedRule(structuredClone(sent as PortableRule));
    const again = prepareRules([received], ecsCatalogue(), new FieldSlots());
    expect(conditionDigests(again)).toEqual(digest(one));
  },
);

test("a thread that understands a rule in another way is told of by the rule's name, and loses nothing", async () => {
  const rules = rulesFor("sh", "ls");
  const { pool, problems } = poolOf(1);
  const engine = engineFor(rules, true);
  pool.begin(workFor(rulesFor("sh", "cat")), engine, rules);
  expect(await pool.judge(events.map(eventOf))).toEqual([]);
  expect(problems).toEqual([
    "a worker is of no use any more, and its events are evaluated by the main thread: it understood 'ls' in another way",
  ]);
});
