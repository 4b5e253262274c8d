import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { loadExceptions, loadRules } from "@tallyman/rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Alert } from "./alerts/alert.ts";
import { Engine } from "./engine.ts";
import { MemoryFirstSeenStore } from "./first-seen/memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "./first-seen/store-file.ts";
import { prepareRules } from "./prepare-rules.ts";

const common = { description: "x", risk_score: 1, severity: "low", index: ["logs-*"], interval: "1m" };
const eql = { type: "eql", language: "eql", ...common };
const within = (...fields: readonly string[]) => ({
  alert_suppression: { group_by: fields, duration: { value: 3, unit: "m" } },
});

/** A rule of each type and each kind of memory. */
const rules = [
  { rule_id: "q", name: "q", type: "query", query: "user.name : eve", max_signals: 2, ...common },
  { rule_id: "n", name: "n", type: "new_terms", query: "*", ...newTerms("process.name"), ...common },
  { rule_id: "e", name: "e", query: 'any where process.name == "c"', ...eql },
  { rule_id: "s", name: "s", query: sequence("by host.id with maxspan=2m", "a", "b"), ...eql },
  {
    rule_id: "absent",
    name: "absent",
    query: `${sequence("by host.id with maxspan=1m", "a")} ![any where process.name == "b"]`,
    ...eql,
  },
  { rule_id: "sample", name: "sample", query: `sample by host.id ${stages("a", "d")}`, ...eql },
  {
    id: "descendants",
    name: "descendants",
    description: "x",
    version: "1.0.0",
    os_list: ["linux"],
    query: 'process where descendant of [process where process.name == "a"]',
  },
  {
    rule_id: "q suppressed",
    name: "q",
    type: "query",
    query: "user.name : eve",
    ...within("host.id"),
    ...common,
    max_signals: 4,
  },
  {
    rule_id: "each run",
    name: "q",
    type: "query",
    query: "user.name : ann",
    alert_suppression: { group_by: ["process.name"] },
    ...common,
  },
  {
    rule_id: "n suppressed",
    name: "n",
    type: "new_terms",
    query: "*",
    ...newTerms("process.name", "host.id"),
    ...within("user.name"),
    ...common,
  },
  {
    rule_id: "s suppressed",
    name: "s",
    query: sequence("by host.id with maxspan=2m", "c", "d"),
    ...eql,
    ...within("host.id"),
  },
  {
    rule_id: "alerts",
    name: "alerts",
    type: "query",
    query: "kibana.alert.rule.rule_id : (q or s)",
    ...common,
    index: [".alerts-security.*"],
  },
];

const exceptions = `[[exception]]\nname = "x"\nrules = ["q", "e"]\nentries = [{ field = "host.id", type = "match", value = "h2" }]\n`;

function newTerms(...fields: readonly string[]) {
  return { new_terms_fields: fields, history_window_start: "now-1h" };
}

function stages(...names: readonly string[]): string {
  return names.map((name) => `[any where process.name == "${name}"]`).join(" ");
}

function sequence(head: string, ...names: readonly string[]): string {
  return `sequence ${head} ${stages(...names)}`;
}

const catalogue = ecsCatalogue();
const file = { path: "rules.json", text: JSON.stringify(rules) };
const loaded = loadRules([file]);
const loadedExceptions = loadExceptions({
  files: [{ path: "exceptions.toml", text: exceptions }],
  readValueFile: () => ({ problem: "none" }),
});

function start(firstSeen: MemoryFirstSeenStore): Engine {
  return new Engine(prepareRules(loaded.rules, catalogue, new FieldSlots(), loadedExceptions), { firstSeen });
}

const event = fc.record({
  name: fc.constantFrom("a", "b", "c", "d"),
  user: fc.constantFrom("eve", "ann"),
  host: fc.constantFrom("h1", "h2"),
  stepMs: fc.integer({ min: 0, max: 30_000 }),
  isRepeated: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});

type Step = typeof event extends fc.Arbitrary<infer T> ? T : never;

function documentsOf(steps: readonly Step[]): readonly JsonObject[] {
  let ms = Date.UTC(2026, 0, 5);
  let last: JsonObject = {};
  return steps.map(({ host, isRepeated, name, stepMs, user }, i) => {
    ms += stepMs;
    if (isRepeated && i > 0) return last;
    last = {
      "@timestamp": new Date(ms).toISOString(),
      data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
      event: { id: `e${i}`, category: ["process"], type: ["start"] },
      host: { id: host, os: { type: "linux" } },
      user: { name: user },
      // Each process is started by that of two events before.
      process: { name, entity_id: `${i}`, parent: { entity_id: `${i - 2}` } },
    };
    return last;
  });
}

/** The alerts of a stream, whole, with an engine that is put away and restored before some events. */
function alertsOf(documents: readonly JsonObject[], isCut: (i: number) => boolean): readonly Alert[] {
  let store = new MemoryFirstSeenStore([1, 2, 3, 4]);
  let engine = start(store);
  const alerts = documents.flatMap((document, i) => {
    if (isCut(i)) {
      const saved = JSON.parse(JSON.stringify(engine.save()));
      const restored = restoreFirstSeen([...saveFirstSeen(store)]);
      if ("problem" in restored) throw new Error(restored.problem);
      store = restored.store;
      engine = start(store);
      expect(engine.restore(saved)).toBe(0);
    }
    return [...engine.process({ document })];
  });
  return [...alerts, ...engine.flush()];
}

test("every rule type is among them", () => {
  const folders = readdirSync(join(import.meta.dirname, "rule-types"), { withFileTypes: true });
  const types = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name.replaceAll("-", "_"));
  expect(types.length).toBeGreaterThan(2);
  expect(types.filter((type) => !loaded.rules.some((rule) => rule.type === type))).toEqual([]);
});

test("all of these rules run", () => {
  expect(loaded.diagnostics).toEqual([]);
  const prepared = prepareRules(loaded.rules, catalogue, new FieldSlots(), loadedExceptions);
  expect([prepared.ready.length, prepared.diagnostics, prepared.exceptionDiagnostics]).toEqual([
    rules.length,
    [],
    [],
  ]);
  const names =
    fc.sample(fc.array(event, { minLength: 200, maxLength: 200 }), { numRuns: 1, seed: 1 })[0] ?? [];
  const alerting = new Set(alertsOf(documentsOf(names), () => false).map(({ ruleId }) => ruleId));
  expect([...alerting].sort()).toEqual(loaded.rules.map(({ rule_id }) => rule_id).sort());
});

test("a stream that is cut anywhere, and an engine restored there, give the alerts of one that is not", () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 60 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 4 }),
      (steps, cuts) => {
        const documents = documentsOf(steps);
        expect(alertsOf(documents, (i) => cuts.includes(i))).toEqual(alertsOf(documents, () => false));
      },
    ),
    { numRuns: 100 },
  );
});

test("and so does one that is cut at every event", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (steps) => {
      const documents = documentsOf(steps);
      expect(alertsOf(documents, () => true)).toEqual(alertsOf(documents, () => false));
    }),
    { numRuns: 20 },
  );
});

test.each([null, 3, [], {}, { rules: {} }, { arrival: 1, lastMs: 1, rules: {} }])(
  "%j is nothing that an engine saved",
  (saved) => {
    expect(start(new MemoryFirstSeenStore([1, 2, 3, 4])).restore(saved)).toBeUndefined();
  },
);
