import type { JsonObject } from "@tallyman/ecs";
import { loadRules, type Rule } from "@tallyman/rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import { renderRulePage } from "./rule-page.ts";
import { hostileFragments } from "./testing/hostile-text.ts";
import { runSample } from "./testing/sample-alerts.ts";
import { golden, goldenLooks, sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

const { prepared } = runSample([]);
const rules = prepared.ready.map(({ rule }) => rule);
const [shell, cron] = rules as [Rule, Rule];

/** A rule of a file in which these settings stand. */
function ruleWith(settings: JsonObject): Rule {
  const text = JSON.stringify({
    name: "A rule",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1bff",
    description: "What it is.",
    severity: "low",
    risk_score: 21,
    type: "query",
    language: "kuery",
    query: "user.name:root",
    ...settings,
  });
  const { rules, diagnostics } = loadRules([{ path: "rules/a.json", text }]);
  const [rule] = rules;
  if (rule === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  return rule;
}

test.for(goldenLooks)("a rule's page looks like golden/rule-%s.txt", async ([name, settings]) => {
  const related = [{ ...cron, threat: shell.threat }];
  const text = renderRulePage({ rule: shell, related }, sampleTerminal(settings));
  expect(untamed(text, settings.width ?? 80)).toEqual([]);
  await expect(golden(text)).toMatchFileSnapshot(`golden/rule-${name}.txt`);
});

test.for<[title: string, settings: JsonObject, lines: readonly string[]]>([
  ["a rule without index patterns", {}, ["reads       all data streams"]],
  [
    "a rule that is run hourly",
    { interval: "1h", from: "now-70m" },
    ["in Elastic  runs every 1 hour over the last 70 minutes"],
  ],
  [
    "a rule with calendar arithmetic",
    { from: "now-1M/M" },
    ["in Elastic  runs every 5 minutes over the time since now-1M/M"],
  ],
  [
    "a rule that looks at the past",
    { from: "now-30m", to: "now-15m" },
    ["in Elastic  runs every 5 minutes over events from now-30m to now-15m"],
  ],
  [
    "a threshold rule",
    {
      type: "threshold",
      threshold: { field: ["host.id"], value: 20, cardinality: [{ field: "user.name", value: 3 }] },
    },
    ["threshold   20 events with the same host.id and 3 different values of user.name"],
  ],
  [
    "an indicator match rule",
    {
      type: "threat_match",
      threat_index: ["ti-*"],
      threat_query: "*:*",
      threat_mapping: [{ entries: [{ field: "source.ip", type: "mapping", value: "threat.indicator.ip" }] }],
    },
    ["indicators  ti-*", "compares    source.ip = threat.indicator.ip", "Query for indicators (kuery)"],
  ],
  [
    "a machine learning rule",
    {
      type: "machine_learning",
      machine_learning_job_id: ["a", "b"],
      anomaly_threshold: 50,
      query: undefined,
      language: undefined,
    },
    ["jobs        a, b, score at least 50"],
  ],
  [
    "a building block",
    { building_block_type: "default" },
    ["alerts      are building blocks for other rules"],
  ],
])("%s", ([, settings, lines]) => {
  const text = renderRulePage({ rule: ruleWith(settings), related: [] }, sampleTerminal());
  expect(text.split("\n")).toEqual(expect.arrayContaining([...lines]));
});

test("a rule that does not run says why", () => {
  const page = { rule: shell, reason: "No field 'x'", related: [] };
  expect(renderRulePage(page, sampleTerminal())).toContain("\nstatus      not run: No field 'x'\n");
});

test("whatever stands in a rule, no line is too wide or acts on the terminal", () => {
  const text = fc
    .array(fc.constantFrom(...hostileFragments, "\n- ", "\n```\n", "\n## ", " "), { maxLength: 6 })
    .map((parts) => `a${parts.join("")}`);
  const looks = fc.record({
    width: fc.integer({ min: 40, max: 140 }),
    color: fc.boolean(),
    unicode: fc.boolean(),
  });
  fc.assert(
    fc.property(text, text, text, looks, (a, b, c, look) => {
      const rule: Rule = {
        ...shell,
        name: a,
        rule_id: b,
        description: c,
        note: a,
        setup: b,
        references: [c],
        tags: [a, b],
        index: [c],
        query: { language: "kuery", text: a, offsets: [] },
        threat: shell.threat.map((threat) => ({ ...threat, tactic: { id: a, name: b, reference: c } })),
      } as Rule;
      const page = renderRulePage({ rule, reason: c, related: [rule] }, sampleTerminal(look));
      expect(untamed(page, look.width)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
