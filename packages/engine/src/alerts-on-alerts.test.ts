import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { loadRules } from "@tallyman/rules";
import { expect, test } from "vitest";
import { Engine } from "./engine.ts";
import { MemoryFirstSeenStore } from "./first-seen/memory-store.ts";
import { prepareRules } from "./prepare-rules.ts";

const ordinary = { description: "d", risk_score: 47, severity: "medium", type: "query" };
const first = {
  ...ordinary,
  rule_id: "first",
  name: "First",
  query: "process.name:nc",
  index: ["logs-*"],
  tags: ["A", "B"],
};
const overAlerts = { ...ordinary, index: [".alerts-security.*"] };

function start(...rules: JsonObject[]): Engine {
  const loaded = loadRules([{ path: "rules.json", text: JSON.stringify(rules) }]);
  expect(loaded.diagnostics).toEqual([]);
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
  return new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
}

function event(ms = 0, pid = 1, name = "nc"): { document: JsonObject } {
  return {
    document: {
      "@timestamp": new Date(Date.UTC(2024, 4, 1) + ms).toISOString(),
      data_stream: { type: "logs", dataset: "test", namespace: "default" },
      host: { name: "web" },
      process: { name, pid },
    },
  };
}

test("rules over alerts see earlier alerts under both of their names, with depth and ancestors", () => {
  const engine = start(
    first,
    {
      ...overAlerts,
      rule_id: "new",
      name: "New",
      query: "kibana.alert.rule.rule_id:first and event.kind:signal",
    },
    {
      ...overAlerts,
      rule_id: "old",
      name: "Old",
      query: 'signal.rule.name:First and signal.rule.tags:("A" and "B")',
    },
  );
  const alerts = engine.process(event());
  expect(alerts.map(({ ruleId }) => ruleId)).toEqual(["first", "new", "old"]);
  expect(alerts[1]?.document).toMatchObject({
    "kibana.alert.depth": 2,
    "kibana.alert.ancestors": [
      { type: "event", index: "logs-test-default", depth: 0 },
      {
        type: "signal",
        index: ".alerts-security.alerts-default",
        depth: 1,
        id: alerts[0]?.id,
        rule: "first",
      },
    ],
    "kibana.alert.rule.rule_id": "new",
    process: { name: "nc" },
  });
  expect(alerts[1]?.document["signal"]).toBeUndefined();
  expect(Object.keys(alerts[1]?.document ?? {}).filter((name) => name.startsWith("signal."))).toEqual([]);
});

test("fields that had another name when alerts were signals are found by it", () => {
  const engine = start(
    { ...first, building_block_type: "default" },
    {
      ...overAlerts,
      rule_id: "old",
      name: "Old",
      query:
        "signal.status:open and not signal.status:active and signal.rule.id:first and signal.rule.building_block_type:default and signal.rule.severity:medium and signal.rule.risk_score:47",
    },
  );
  expect(engine.process(event()).map(({ ruleId }) => ruleId)).toEqual(["first", "old"]);
});

test("a rule never sees what descends from itself, however many ancestors there are", () => {
  const engine = start({ ...overAlerts, rule_id: "self", name: "Self", query: "process.name:nc" });
  const ancestors = Array.from({ length: 3000 }, (_, i) => ({
    id: `a${i}`,
    type: "signal",
    index: "i",
    depth: 1,
    rule: i === 2500 ? "self" : `r${i % 7}`,
  }));
  const alert = {
    ...event().document,
    "kibana.alert.uuid": "u",
    "kibana.alert.rule.uuid": "other",
    "kibana.alert.depth": 2,
    "kibana.alert.ancestors": ancestors,
  };
  const index = ".alerts-security.alerts-default";
  expect(engine.process({ document: alert, index })).toEqual([]);
  const [seen] = engine.process({
    document: { ...alert, "kibana.alert.uuid": "v", "kibana.alert.ancestors": ancestors.slice(0, 2000) },
    index,
  });
  const kept = seen?.document["kibana.alert.ancestors"] as { id: string }[];
  expect(kept.map(({ id }) => id)).toEqual([...ancestors.slice(0, 1000).map(({ id }) => id), "v"]);
});

test("a rule never sees what descends from itself, so chains end", () => {
  const everything = (id: string) => ({ ...overAlerts, rule_id: id, name: id, query: "event.kind:signal" });
  const engine = start(first, everything("a"), everything("b"), everything("c"));
  const alerts = engine.process(event());
  const chains = alerts.map(({ document, ruleId }) =>
    [...(document["kibana.alert.ancestors"] as { rule?: string }[]).map(({ rule }) => rule), ruleId].join(
      " ",
    ),
  );
  // Every order of the three, and every beginning of one.
  expect(chains.length).toBe(1 + 3 + 6 + 6);
  expect(new Set(chains).size).toBe(chains.length);
  expect(Math.max(...alerts.map(({ document }) => document["kibana.alert.depth"] as number))).toBe(4);
});

test("how many alerts one event shows to such rules is limited, and the others are counted", () => {
  const rules = Array.from({ length: 8 }, (_, i) => ({
    ...overAlerts,
    rule_id: `r${i}`,
    name: `r${i}`,
    query: "event.kind:signal",
    max_signals: 100_000,
  }));
  const engine = start(first, ...rules);
  const alerts = engine.process(event());
  expect(alerts.length - engine.report().notFedBack).toBe(1000);
  expect(engine.report().notFedBack).toBeGreaterThan(0);
});

test("sequences join alerts with each other, and building blocks are seen too", () => {
  const engine = start(
    first,
    { ...first, rule_id: "second", name: "Second", query: "process.name:sh", building_block_type: "default" },
    {
      ...overAlerts,
      rule_id: "both",
      name: "Both",
      type: "eql",
      language: "eql",
      query:
        'sequence by host.name with maxspan=1m [any where kibana.alert.rule.name == "First"] [any where kibana.alert.rule.name == "Second"]',
    },
  );
  expect(engine.process(event(0, 1)).map(({ ruleId }) => ruleId)).toEqual(["first"]);
  const alerts = engine.process(event(1000, 2, "sh"));
  expect(alerts.map(({ ruleId }) => ruleId)).toEqual(["second", "both", "both", "both"]);
  expect(alerts.at(-1)?.document).toMatchObject({ "kibana.alert.depth": 3 });
});

test("rules over all data streams do not see alerts, and rules over alerts no events", () => {
  const engine = start(
    { ...first, index: ["*"], query: "host.name:web" },
    { ...overAlerts, rule_id: "n", name: "n", query: "process.name:nothing" },
  );
  expect(engine.process(event()).map(({ ruleId }) => ruleId)).toEqual(["first"]);
});

test("a suppressed alert is shown once, and not again when it is updated", () => {
  const suppressing = {
    ...first,
    alert_suppression: { group_by: ["host.name"], duration: { value: 1, unit: "m" } },
  };
  const engine = start(suppressing, { ...overAlerts, rule_id: "n", name: "n", query: "event.kind:signal" });
  expect(engine.process(event(0, 1)).map(({ ruleId }) => ruleId)).toEqual(["first", "n"]);
  expect(engine.process(event(1, 2))).toEqual([]);
  expect(engine.process(event(70_000, 3)).map(({ isUpdate = false, ruleId }) => [ruleId, isUpdate])).toEqual([
    ["first", true],
    ["first", false],
    ["n", false],
  ]);
  expect(engine.report().duplicates).toBe(0);
  engine.process(event(71_000, 4));
  expect(engine.flush().map(({ isUpdate, ruleId }) => [ruleId, isUpdate])).toEqual([["first", true]]);
});

test("alerts that only time brings are shown too", () => {
  const waiting = {
    ...first,
    type: "eql",
    language: "eql",
    query:
      'sequence by host.name with maxspan=1m [any where process.name == "nc"] ![any where process.name == "sh"]',
  };
  const engine = start(waiting, {
    ...overAlerts,
    rule_id: "n",
    name: "n",
    query: "kibana.alert.group.id:* and not kibana.alert.group.index:*",
  });
  expect(engine.process(event())).toEqual([]);
  expect(engine.advance(Date.UTC(2024, 4, 1) + 61_000).map(({ ruleId }) => ruleId)).toEqual([
    "first",
    "first",
    "n",
  ]);
});

test("a state with groups of alerts is taken up, and dropped when the rule groups otherwise", () => {
  const suppressing = (field: string) => ({ ...first, alert_suppression: { group_by: [field] } });
  const before = start(suppressing("host.name"));
  before.process(event(0, 1));
  before.process(event(1, 2));
  const saved = before.save();
  const same = start(suppressing("host.name"));
  expect(same.restore(saved)).toBe(0);
  expect(same.flush().length).toBe(1);
  const other = start(suppressing("user.name"));
  expect(other.restore(saved)).toBe(1);
  expect(other.flush()).toEqual([]);
});
