import { ecsCatalogue, FieldSlots, type Json, type JsonObject } from "@tallyman/ecs";
import { loadExceptions, loadRules } from "@tallyman/rules";
import fc from "fast-check";
import type { IncomingEvent } from "../incoming-event.ts";
import { type PreparedRules, prepareRules } from "../prepare-rules.ts";

const common = {
  description: "x",
  risk_score: 1,
  severity: "low",
  index: ["logs-*"],
  interval: "1m",
  from: "now-2m",
};
const eql = { type: "eql", language: "eql", ...common };
const ipMapping = (field: string) => ({ entries: [{ field, value: "threat.indicator.ip" }] });

/** One rule at least of every type that remembers something, and of every way to remember. */
const rules: Readonly<Record<string, JsonObject>> = {
  query: { type: "query", query: "user.name : eve", ...common },
  lucene: {
    type: "query",
    language: "lucene",
    query: "user.name:(eve OR /an+/) AND process.name:[c TO d]",
    ...common,
  },
  "any field": { type: "query", query: "*name : ann", ...common },
  filters: {
    type: "query",
    query: "*",
    filters: [
      { meta: {}, query: { query_string: { query: "process.name:b" } } },
      { meta: { negate: true }, query: { match_phrase: { "user.name": "eve" } } },
    ],
    ...common,
  },
  suppressed: {
    type: "query",
    query: "*",
    alert_suppression: { group_by: ["process.args"], duration: { value: 1, unit: "m" } },
    ...common,
  },
  "suppressed for an interval": {
    type: "query",
    query: "*",
    alert_suppression: { group_by: ["user.name", "process.args"] },
    ...common,
  },
  "new terms": {
    type: "new_terms",
    query: "*",
    new_terms_fields: ["process.name"],
    history_window_start: "now-5m",
    ...common,
  },
  "new combinations": {
    type: "new_terms",
    query: "*",
    new_terms_fields: ["host.id", "process.args"],
    history_window_start: "now-5m",
    alert_suppression: { group_by: ["host.id"], duration: { value: 1, unit: "m" } },
    ...common,
  },
  "event of eql": { query: 'any where process.name == "a"', ...eql },
  sequence: {
    query:
      'sequence by host.id with maxspan=2m [any where process.name == "a"] [any where process.name == "b"] until [any where user.name == "ann"]',
    ...eql,
  },
  "sequence without maxspan": {
    query: 'sequence [any where process.name == "c"] with runs=3 [any where user.name == "eve"]',
    ...eql,
  },
  "missing event": {
    query:
      'sequence by host.id with maxspan=30s [any where process.name == "a"] ![any where process.name == "b"]',
    ...eql,
  },
  "suppressed sequence": {
    query: 'sequence by process.args [any where process.name == "a"] [any where process.name == "d"]',
    alert_suppression: { group_by: ["host.id"], duration: { value: 1, unit: "m" } },
    ...eql,
  },
  sample: {
    query:
      'sample by host.id [any where process.name == "a"] [any where process.name == "b"] [any where process.name == "c"]',
    ...eql,
  },
  threshold: { type: "threshold", query: "*", threshold: { field: ["host.id"], value: 4 }, ...common },
  "threshold of values": {
    type: "threshold",
    query: "*",
    threshold: { field: ["process.args"], value: 2, cardinality: [{ field: "process.name", value: 3 }] },
    ...common,
  },
  "suppressed threshold": {
    type: "threshold",
    query: "*",
    threshold: { field: [], value: 3 },
    alert_suppression: { duration: { value: 2, unit: "m" } },
    ...common,
  },
  "threat match": {
    type: "threat_match",
    query: "*",
    threat_query: '@timestamp >= "now-2m"',
    threat_index: ["logs-ti_*"],
    threat_mapping: [ipMapping("source.ip"), ipMapping("destination.ip")],
    ...common,
  },
  "machine learning": {
    type: "machine_learning",
    machine_learning_job_id: ["job"],
    anomaly_threshold: 50,
    ...common,
    index: undefined,
  },
  "over alerts": {
    type: "threshold",
    query: "kibana.alert.severity : low",
    threshold: {
      field: ["kibana.alert.rule.name"],
      value: 2,
      cardinality: [{ field: "host.id", value: 2 }],
    },
    ...common,
    index: [".alerts-security.*"],
  },
};

const endpointRule = {
  id: "descendants",
  name: "descendants",
  description: "x",
  version: "1.0.0",
  os_list: ["linux"],
  license: "Apache-2.0",
  query: 'network where descendant of [process where process.name == "a"]',
};

const exceptions = `
[[exception]]
name = "For a while"
rules = ["threshold", "query"]
expire_time = 2026-01-05T00:05:00Z
entries = [{ field = "process.name", type = "match", value = "d" }]
`;

const ruleFiles = [
  ...Object.entries(rules).map(([name, rule]) => ({ rule_id: name, name, ...rule })),
  endpointRule,
].map((rule, i) => ({ path: `${i}.json`, text: JSON.stringify(rule) }));

const { rules: loaded } = loadRules(ruleFiles);
const given = loadExceptions({
  files: [{ path: "exceptions.toml", text: exceptions }],
  readValueFile: () => ({ problem: "there are no files here" }),
});

/** These rules with an exception, compiled anew. */
export function prepareEveryRuleType(): PreparedRules {
  const prepared = prepareRules(loaded, ecsCatalogue(), new FieldSlots(), given);
  if (prepared.ready.length !== ruleFiles.length) throw new Error("a rule is not ready");
  return prepared;
}

const address = fc.constantFrom("192.0.2.1", "192.0.2.2", "192.0.2.3");
/** A step of a stream of events in which each rule finds something. */
export const step = fc.record({
  kind: fc.constantFrom("process", "process", "process", "network", "indicator", "anomaly"),
  name: fc.constantFrom("a", "b", "c", "d"),
  args: fc.constantFrom<Json>("x", ["x", "y"], ["y", "x"], [], "z"),
  user: fc.constantFrom<string | undefined>("eve", "ann", undefined),
  host: fc.constantFrom<Json>("h1", "h2", ["h1", "h2"]),
  process: fc.nat(3),
  address,
  score: fc.constantFrom(10, 50, 90),
  /** Now and then one comes late. */
  stepMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -60_000, max: 0 }) },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An event whose document is at hand. */
export interface WholeEvent extends IncomingEvent {
  readonly document: JsonObject;
}

function incomingOf({ kind, ...given }: Step, ms: number, i: number): WholeEvent {
  const time = { "@timestamp": new Date(ms).toISOString() };
  const id = `e${i}`;
  switch (kind) {
    case "indicator":
      return {
        document: { ...time, threat: { indicator: { ip: given.address } } },
        index: "logs-ti_x-default",
        id,
      };
    case "anomaly":
      return {
        document: {
          result_type: "record",
          job_id: "job",
          record_score: given.score,
          timestamp: ms,
          influencers: [{ influencer_field_name: "host.id", influencer_field_values: given.host }],
        },
        index: ".ml-anomalies-shared",
        id,
      };
    default:
      return {
        document: {
          ...time,
          event: { category: [kind], sequence: i },
          host: { id: given.host, os: { type: "linux" } },
          ...(given.user === undefined ? {} : { user: { name: given.user } }),
          process: {
            name: given.name,
            args: given.args,
            entity_id: `p${given.process}`,
            parent: { entity_id: `p${given.process - 1}` },
          },
          source: { ip: given.address },
        },
        index: "logs-x-default",
        id,
      };
  }
}

export function streamOf(steps: readonly Step[]): readonly WholeEvent[] {
  let ms = Date.UTC(2026, 0, 5);
  return steps.map((step, i) => {
    ms += step.stepMs;
    return incomingOf(step, ms, i);
  });
}
