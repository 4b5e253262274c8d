import { spanInFile } from "@tallyman/languages";
import { stringify as toToml } from "smol-toml";
import { expect, test } from "vitest";
import { stringify as toYaml } from "yaml";
import { loadRules } from "./load-rules.ts";
import type { Rule } from "./rule.ts";

/** The least that a rule of the type must have, in the shape of the API. */
const leastRule: Readonly<Record<string, Record<string, unknown>>> = {
  query: { query: "a: b" },
  saved_query: { query: "a: b", saved_id: "s-1" },
  new_terms: { query: "a: b", new_terms_fields: ["user.name"], history_window_start: "now-7d" },
  eql: { query: "any where true" },
  threshold: { query: "a: b", threshold: { field: ["user.name"], value: 5 } },
  threat_match: {
    query: "a: b",
    threat_query: "c: d",
    threat_index: ["ti-*"],
    threat_mapping: [{ entries: [{ field: "source.ip", type: "mapping", value: "threat.indicator.ip" }] }],
  },
  esql: { query: "from logs-*" },
  machine_learning: { machine_learning_job_id: "rare_process", anomaly_threshold: 50 },
};

function apiRule(type: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    rule_id: `${type}-1`,
    name: "A name",
    description: "What it finds",
    severity: "low",
    risk_score: 21,
    type,
    ...leastRule[type],
    ...more,
  };
}

/** The rule of a file that holds one and has no problems. */
function loadOne(path: string, text: string): Rule {
  const { rules, diagnostics } = loadRules([{ path, text }]);
  expect(diagnostics).toEqual([]);
  expect(rules).toHaveLength(1);
  return rules[0] as Rule;
}

const loadApi = (rule: Record<string, unknown>) => loadOne("rule.json", JSON.stringify(rule));

test("what a rule leaves out has Elastic's defaults", () => {
  const { parameters, source, ...rule } = loadApi(apiRule("query"));
  expect(rule).toEqual({
    type: "query",
    rule_id: "query-1",
    name: "A name",
    description: "What it finds",
    severity: "low",
    risk_score: 21,
    version: 1,
    author: [],
    license: undefined,
    tags: [],
    references: [],
    false_positives: [],
    threat: [],
    note: undefined,
    setup: undefined,
    enabled: true,
    from: "now-6m",
    to: "now",
    interval: "5m",
    intervalMs: 300_000,
    max_signals: 100,
    index: undefined,
    timestamp_override: undefined,
    timestamp_override_fallback_disabled: false,
    rule_name_override: undefined,
    severity_mapping: [],
    risk_score_mapping: [],
    building_block_type: undefined,
    investigation_fields: [],
    alert_suppression: undefined,
    filters: [],
    exceptions_list: [],
    timeline_id: undefined,
    timeline_title: undefined,
    metadata: {},
    query: expect.objectContaining({ text: "a: b", language: "kuery" }),
  });
  expect(parameters).toEqual(apiRule("query"));
  expect(source.text.name).toBe("rule.json");
});

test.for([
  { type: "saved_query", want: { query: { text: "a: b", language: "kuery" } } },
  {
    type: "new_terms",
    want: {
      query: { language: "kuery" },
      new_terms_fields: ["user.name"],
      history_window_start: "now-7d",
    },
  },
  {
    type: "eql",
    want: {
      query: { text: "any where true", language: "eql" },
      event_category_override: undefined,
      timestamp_field: undefined,
      tiebreaker_field: undefined,
    },
  },
  {
    type: "threshold",
    want: { query: { language: "kuery" }, threshold: { field: ["user.name"], value: 5, cardinality: [] } },
  },
  {
    type: "threat_match",
    want: {
      query: { language: "kuery" },
      threat_query: { text: "c: d", language: "kuery" },
      threat_index: ["ti-*"],
      threat_filters: [],
      threat_indicator_path: "threat.indicator",
      threat_mapping: [
        { entries: [{ field: "source.ip", type: "mapping", value: "threat.indicator.ip", negate: false }] },
      ],
    },
  },
  { type: "esql", want: { query: { text: "from logs-*", language: "esql" }, index: undefined, filters: [] } },
  {
    type: "machine_learning",
    want: { machine_learning_job_id: ["rare_process"], anomaly_threshold: 50, index: undefined, filters: [] },
  },
])("a rule of type $type has its settings", ({ type, want }) => {
  expect(loadApi(apiRule(type))).toMatchObject({ type, ...want });
});

test("what a rule says is what it has", () => {
  const said = {
    version: 4,
    author: ["Ann"],
    license: "MIT",
    tags: ["a", "b"],
    references: ["https://example.test"],
    false_positives: ["tests"],
    note: "note",
    setup: "setup",
    from: "now-9m",
    to: "now-1m",
    interval: "1h",
    max_signals: 5,
    index: ["logs-*"],
    timestamp_override: "event.ingested",
    timestamp_override_fallback_disabled: true,
    rule_name_override: "message",
    building_block_type: "default",
    severity_mapping: [{ field: "f", operator: "equals", value: "x", severity: "high" }],
    risk_score_mapping: [{ field: "f", operator: "equals", value: "", risk_score: undefined }],
    exceptions_list: [{ id: "e", list_id: "l", type: "detection", namespace_type: "single" }],
    timeline_id: "t",
    timeline_title: "T",
    alert_suppression: {
      group_by: ["user.name"],
      duration: { value: 6, unit: "h" },
      missing_fields_strategy: "doNotSuppress",
    },
    threat: [
      {
        framework: "MITRE ATT&CK",
        tactic: { id: "TA0002", name: "Execution", reference: "https://attack.mitre.org/tactics/TA0002/" },
        technique: [
          {
            id: "T1059",
            name: "Command and Scripting Interpreter",
            reference: "",
            subtechnique: [{ id: "T1059.004", name: "Unix Shell", reference: "" }],
          },
        ],
      },
    ],
  };
  const rule = loadApi(apiRule("query", { ...said, investigation_fields: { field_names: ["user.name"] } }));
  expect(rule).toMatchObject({ ...said, intervalMs: 3_600_000, investigation_fields: ["user.name"] });
});

const minimal = apiRule("query", {
  filters: [{ meta: { negate: true }, query: { exists: { field: "x" } } }],
});

test.for([
  { name: "TOML", path: "r.toml", text: toToml({ metadata: { maturity: "production" }, rule: minimal }) },
  {
    name: "TOML with CRLF and a byte order mark",
    path: "r.toml",
    text: `\ufeff${toToml({ rule: minimal }).replaceAll("\n", "\r\n")}`,
  },
  { name: "JSON of the API", path: "r.json", text: JSON.stringify(minimal) },
  { name: "JSON with a byte order mark", path: "r.json", text: `\ufeff${JSON.stringify(minimal, null, 2)}` },
  { name: "JSON as a list", path: "r.json", text: JSON.stringify([minimal]) },
  {
    name: "JSON of a rule package",
    path: "r.json",
    text: JSON.stringify({ id: "x", type: "security-rule", attributes: minimal }),
  },
  {
    name: "JSON in the shape of TOML",
    path: "r.json",
    text: JSON.stringify({ rule: minimal, metadata: {} }),
  },
  {
    name: "NDJSON",
    path: "r.ndjson",
    text: `${JSON.stringify(minimal)}\n{"exported_count":1,"exported_rules_count":1}\n`,
  },
  { name: "YAML", path: "r.yaml", text: toYaml(minimal) },
  {
    name: "YAML with CRLF and a byte order mark",
    path: "r.yml",
    text: `\ufeff${toYaml(minimal).replaceAll("\n", "\r\n")}`,
  },
  { name: "YAML as a list", path: "r.yaml", text: toYaml([minimal]) },
  { name: "YAML in the shape of TOML", path: "r.yaml", text: toYaml({ rule: minimal }) },
  {
    name: "YAML that repeats itself",
    path: "r.yaml",
    text: `---\n---\n${toYaml({ ...minimal, index: ["x"] }).replace("- x", "- &x x\n  - *x")}---\n`,
  },
  { name: "no known extension", path: "-", text: toToml({ rule: minimal }) },
])("$name", ({ path, text }) => {
  const rule = loadOne(path, text);
  expect(rule).toMatchObject({ rule_id: "query-1", query: { text: "a: b" }, risk_score: 21 });
  const { text: file } = rule.source.text;
  const { start, end } = rule.source.spanOf(["risk_score"]);
  expect(file.slice(start, end)).toBe("21");
  if (rule.type !== "query") throw new Error("not a query rule");
  const span = spanInFile(rule.query, { start: 0, end: 4 });
  expect(file.slice(span.start, span.end)).toBe("a: b");
  expect(rule.filters[0]?.value).toEqual({ meta: { negate: true }, query: { exists: { field: "x" } } });
  expect(rule.filters[0]?.span).toEqual(rule.source.spanOf(["filters", 0]));
});

test("rules come in the order of their files, and every rule of a file comes", () => {
  const rule = (id: string) => ({ ...minimal, rule_id: id });
  const { rules, diagnostics } = loadRules([
    { path: "b.yaml", text: `${toYaml(rule("1"))}---\n${toYaml([rule("2"), rule("3")])}` },
    { path: "a.json", text: JSON.stringify([rule("4"), rule("5")]) },
    { path: "c.ndjson", text: `${JSON.stringify(rule("6"))}\n\n${JSON.stringify(rule("7"))}` },
  ]);
  expect(diagnostics).toEqual([]);
  expect(rules.map((each) => each.rule_id)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
});

const newTermsToml = `[metadata]
integration = "endpoint"
creation_date = 2024-05-01

[rule]
rule_id = "n-1"
name = "A name"
description = "What it finds"
severity = "low"
risk_score = 21
type = "new_terms"
query = '''
a: b
'''
enabled = false

[rule.new_terms]
field = "new_terms_fields"
value = ["user.name", "host.id"]

[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-7d"

[transform]
[[transform.osquery]]
label = "l"
query = "select 1"
`;

test("the wrapping that TOML has around new terms is taken off", () => {
  const rule = loadOne("n.toml", newTermsToml);
  expect(rule).toMatchObject({
    new_terms_fields: ["user.name", "host.id"],
    history_window_start: "now-7d",
    metadata: { integration: "endpoint", creation_date: "2024-05-01" },
  });
  expect(rule.parameters).toMatchObject({
    new_terms_fields: ["user.name", "host.id"],
    history_window_start: "now-7d",
  });
  expect(rule.parameters).not.toHaveProperty("new_terms");
  expect(rule.parameters).not.toHaveProperty("metadata");
});

test.for([
  { path: ["new_terms_fields", 1], want: '"host.id"' },
  { path: ["new_terms_fields"], want: '["user.name", "host.id"]' },
  { path: ["history_window_start"], want: '"now-7d"' },
  { path: ["query"], want: "'''\na: b\n'''" },
  { path: ["interval"], want: "[rule]" },
  { path: [], want: "[rule]" },
  { path: ["metadata", "integration", 0], want: '"endpoint"' },
  { path: ["metadata"], want: "[metadata]" },
])("the place of $path is $want", ({ path, want }) => {
  const { source } = loadOne("n.toml", newTermsToml);
  const { start, end } = source.spanOf(path);
  expect(source.text.text.slice(start, end)).toBe(want);
});

test("where a rule has new terms in both forms, those of the API count", () => {
  const [head = "", wrapping] = newTermsToml.split("enabled = false\n");
  const text = `${head}new_terms_fields = ["event.action"]\nhistory_window_start = "now-1d"\n${wrapping}`;
  const rule = loadOne("n.toml", text);
  expect(rule).toMatchObject({ new_terms_fields: ["event.action"], history_window_start: "now-1d" });
  const { start, end } = rule.source.spanOf(["new_terms_fields", 0]);
  expect(text.slice(start, end)).toBe('"event.action"');
});

test("rules in files run, and what the file says of that stays in the parameters", () => {
  const rule = loadOne("n.toml", newTermsToml);
  expect(rule.enabled).toBe(true);
  expect(rule.parameters["enabled"]).toBe(false);
});

test.for([
  { given: apiRule("threshold", { threshold: { field: "", value: 1 } }), want: { threshold: { field: [] } } },
  {
    given: apiRule("threshold", { threshold: { field: "a", value: 1 } }),
    want: { threshold: { field: ["a"] } },
  },
  {
    given: apiRule("threshold", { threshold: { field: [], value: 1, cardinality: [] } }),
    want: { threshold: { field: [] } },
  },
  {
    given: apiRule("machine_learning", { machine_learning_job_id: ["a", "b"] }),
    want: { machine_learning_job_id: ["a", "b"] },
  },
  { given: apiRule("query", { index: [] }), want: { index: undefined } },
  {
    given: apiRule("query", { note: null, threat: null, interval: null }),
    want: { note: undefined, threat: [], interval: "5m" },
  },
  { given: apiRule("query", { language: "lucene" }), want: { query: { language: "lucene" } } },
  {
    given: apiRule("query", { timestamp_override: "", rule_name_override: "", investigation_fields: ["a"] }),
    want: { timestamp_override: undefined, rule_name_override: undefined, investigation_fields: ["a"] },
  },
  {
    given: apiRule("query", { filters: [{ exists: { field: "a" }, meta: { indexRefName: "r" } }] }),
    want: { filters: [{ value: { exists: { field: "a" }, meta: { indexRefName: "r" } } }] },
  },
  {
    given: apiRule("threshold", { alert_suppression: { duration: { value: 1, unit: "m" } } }),
    want: {
      alert_suppression: {
        group_by: [],
        duration: { value: 1, unit: "m" },
        missing_fields_strategy: "suppress",
      },
    },
  },
])("the odd forms of $given.type rules are understood", ({ given, want }) => {
  expect(loadApi(given)).toMatchObject(want);
});

test("what Kibana exports with a rule is known, and kept", () => {
  const more = {
    id: "uuid",
    created_at: "2024-01-01T00:00:00.000Z",
    created_by: "ann",
    updated_at: "2024-01-01T00:00:00.000Z",
    updated_by: "ann",
    immutable: false,
    rule_source: { type: "internal" },
    outcome: "exactMatch",
    meta: { from: "1m", kibana_siem_app_url: "https://example.test" },
    actions: [],
    throttle: "no_actions",
    output_index: "",
    namespace: "default",
    revision: 2,
    related_integrations: [{ package: "endpoint", version: "^8.2.0" }],
    required_fields: [{ name: "user.name", type: "keyword", ecs: true }],
    response_actions: [],
    execution_summary: {},
    data_view_id: "d",
    saved_id: "s",
  };
  const rule = loadApi(apiRule("query", more));
  expect(rule.parameters).toEqual(apiRule("query", more));
  expect(rule).not.toHaveProperty("immutable");
});

test("a key named __proto__ is a key like others", () => {
  const text = JSON.stringify(minimal).replace(
    "{",
    '{"__proto__": {"enabled": false}, "meta": {"__proto__": 1}, ',
  );
  const { rules } = loadRules([{ path: "r.json", text }]);
  const parameters = rules[0]?.parameters ?? {};
  expect(Object.keys(parameters)).toContain("__proto__");
  expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
  expect(JSON.stringify(parameters)).toContain('"meta":{"__proto__":1}');
});
