import { renderDiagnostic } from "@tallyman/languages";
import { expect, test } from "vitest";
import { loadRules } from "./load-rules.ts";

const rule = `[rule]
description = "A case."
id = "r-1"
license = "Apache-2.0"
name = "A rule"
os_list = ["linux", "macos"]
reference = ["https://a.example/"]
version = "1.0.6"

query = '''
process where process.name == "nc"
'''

min_endpoint_version = "8.5.0"
optional_actions = []
[[actions]]
action = "kill_process"
field = "process.entity_id"
state = 0

[[threat]]
framework = "MITRE ATT&CK"
[[threat.technique]]
id = "T1105"
name = "Ingress Tool Transfer"
reference = "https://attack.mitre.org/techniques/T1105/"

[threat.tactic]
id = "TA0011"
name = "Command and Control"
reference = "https://attack.mitre.org/tactics/TA0011/"

[internal]
min_endpoint_version = "8.5.0"
`;

function load(text: string, path = "rule.toml") {
  const { rules, diagnostics } = loadRules([{ path, text }]);
  return { rules, problems: diagnostics.map((found) => renderDiagnostic(found).split("\n", 1)[0]) };
}

test("an endpoint rule is one of type eql in the endpoint dialect", () => {
  const { rules, problems } = load(rule);
  expect(problems).toEqual([]);
  expect(rules).toMatchObject([
    {
      type: "eql",
      dialect: "endpoint",
      rule_id: "r-1",
      name: "A rule",
      version: "1.0.6",
      os_list: ["linux", "macos"],
      license: "Apache-2.0",
      references: ["https://a.example/"],
      severity: "medium",
      risk_score: 47,
      max_signals: 1000,
      from: "now-1h",
      index: undefined,
      threat: [{ tactic: { id: "TA0011" }, technique: [{ id: "T1105", subtechnique: [] }] }],
      query: { language: "eql", text: 'process where process.name == "nc"\n' },
      parameters: {
        id: "r-1",
        min_endpoint_version: "8.5.0",
        actions: [{ action: "kill_process", field: "process.entity_id", state: 0 }],
        internal: { min_endpoint_version: "8.5.0" },
      },
    },
  ]);
});

test("what a rule is shown as can be loaded again, in JSON, in a list, in lines and in YAML", () => {
  const [first] = load(rule).rules;
  const text = JSON.stringify(first?.parameters);
  for (const [path, written] of [
    ["rule.json", text],
    ["rules.json", `[${text}]`],
    ["rules.ndjson", `${text}\n`],
    ["rule.yaml", text],
    ["rule.json", `{"rule":${text}}`],
  ] as const) {
    const { rules, problems } = load(written, path);
    // A table of its own may hold what else stands beside it.
    expect(problems.filter((problem) => !problem?.includes("unknown-key"))).toEqual([]);
    expect(rules[0]).toMatchObject({ rule_id: "r-1", dialect: "endpoint", version: "1.0.6" });
  }
  expect(load(text, "rule.json").rules[0]?.threat).toEqual(first?.threat);
});

test.for<[change: string, to: string, problems: readonly string[]]>([
  ['id = "r-1"\n', "", ["rule.toml:1:1: error missing-key: The rule has no 'id'"]],
  ['os_list = ["linux", "macos"]', "", ["rule.toml:1:1: error missing-key: The rule has no 'os_list'"]],
  [
    '"macos"]',
    '"beos"]',
    ["rule.toml:6:21: error bad-value: 'os_list[1]' must be one of linux, macos, windows, not 'beos'"],
  ],
  [
    'version = "1.0.6"',
    "version = 2",
    ["rule.toml:8:11: error wrong-type: 'version' must be text, not a number"],
  ],
  ['license = "Apache-2.0"', 'licence = "x"', ["rule.toml:4:1: warning unknown-key: Unknown key 'licence'"]],
  ["[internal]", "[interna]", ["rule.toml:33:2: warning unknown-key: Unknown key 'interna'"]],
  ['id = "TA0011"\n', "", ["rule.toml:28:1: error missing-key: 'threat[0].tactic' has no 'id'"]],
])("%j as %j: %j", ([change, to, wanted]) => {
  const changed = rule.replace(change, to);
  expect(changed).not.toBe(rule);
  const { rules, problems } = load(changed);
  expect(problems).toEqual(wanted);
  expect(rules).toHaveLength(wanted.some((problem) => problem.includes(" error ")) ? 0 : 1);
});

test("places are those of the file", () => {
  const [first] = load(rule).rules;
  const textAt = (path: readonly (string | number)[]) => {
    const { start, end } = first?.source.spanOf(path) ?? { start: 0, end: 0 };
    return rule.slice(start, end);
  };
  expect(textAt(["rule_id"])).toBe('"r-1"');
  expect(textAt(["os_list"])).toBe('["linux", "macos"]');
});

test("two rules of one id are told apart by it", () => {
  const { rules, diagnostics } = loadRules([
    { path: "a.toml", text: rule },
    { path: "b.toml", text: rule },
  ]);
  expect(rules).toHaveLength(1);
  expect(diagnostics.map(({ code }) => code)).toEqual(["duplicate-rule-id"]);
  expect(diagnostics[0]?.span).toEqual(rules[0]?.source.spanOf(["id"]));
});

test("actions in the table and beside it are all kept", () => {
  const rule = { id: "r", name: "n", description: "d", query: "process where true", os_list: ["linux"] };
  const text = JSON.stringify({
    rule: { ...rule, actions: [{ action: "a" }] },
    actions: [{ action: "b" }],
    optional_actions: [{ action: "c" }],
  });
  const { rules, problems } = load(text, "rule.json");
  expect(problems).toEqual([]);
  expect(rules[0]?.parameters).toMatchObject({
    actions: [{ action: "a" }, { action: "b" }],
    optional_actions: [{ action: "c" }],
  });
});

test("what is wrong in a flat file is said once", () => {
  const text = JSON.stringify({
    id: "r",
    name: "n",
    description: "d",
    query: "process where true",
    os_list: ["linux"],
    actions: 5,
  });
  const { problems, rules } = load(text, "rule.json");
  expect(rules).toEqual([]);
  expect(problems).toHaveLength(1);
});

test("a rule of Elastic Security stays one, whatever keys of endpoint rules it has", () => {
  const text = JSON.stringify({
    rule_id: "r-2",
    type: "eql",
    name: "A rule",
    description: "A case.",
    severity: "low",
    risk_score: 21,
    language: "eql",
    query: "process where true",
    os_list: ["linux"],
    min_endpoint_version: "8.5.0",
  });
  const { rules } = load(text, "rule.json");
  expect(rules[0]).toMatchObject({
    rule_id: "r-2",
    dialect: "elasticsearch",
    os_list: undefined,
    severity: "low",
  });
  for (const missing of ["rule_id", "type"]) {
    const { [missing]: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    expect(load(JSON.stringify(rest), "rule.json").rules).toEqual([]);
  }
});
