import { ecsCatalogue, FieldSlots, type JsonObject, type TextBytes } from "@tallyman/ecs";
import { loadRules } from "@tallyman/rules";
import { expect, test } from "vitest";
import { Engine, type EngineOptions } from "./engine.ts";
import { MemoryFirstSeenStore } from "./first-seen/memory-store.ts";
import { prepareRules } from "./prepare-rules.ts";

const rule = {
  rule_id: "r1",
  name: "A Rule",
  description: "About it.",
  type: "query",
  query: "process.name:nc",
  index: ["logs-endpoint.*"],
  risk_score: 47,
  severity: "medium",
  references: ["https://example.org"],
  tags: ["T"],
  note: "Look.",
  threat: [
    {
      framework: "MITRE ATT&CK",
      tactic: { id: "TA0002", name: "Execution", reference: "https://attack.mitre.org/tactics/TA0002/" },
      technique: [
        { id: "T1059", name: "Interpreter", reference: "https://attack.mitre.org/techniques/T1059/" },
      ],
    },
  ],
};

const event: JsonObject = {
  "@timestamp": "2024-05-01T10:00:00.5+02:00",
  data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
  event: { kind: "event", action: "exec", category: ["process"], type: ["start"], sequence: 7 },
  process: { name: "nc", pid: 4 },
  host: { name: "web-1" },
};

function start(options: Partial<EngineOptions> = {}, ...rules: JsonObject[]): Engine {
  const loaded = loadRules([{ path: "rules.json", text: JSON.stringify(rules.length > 0 ? rules : [rule]) }]);
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
  return new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]), ...options });
}

test("an alert is the document that Elastic Security would write", () => {
  const [alert] = start().process({ document: event });
  expect(alert?.document).toMatchInlineSnapshot(`
    {
      "@timestamp": "2024-05-01T08:00:00.500Z",
      "data_stream": {
        "dataset": "endpoint.events.process",
        "namespace": "default",
        "type": "logs",
      },
      "event": {
        "action": "exec",
        "category": [
          "process",
        ],
        "kind": "signal",
        "sequence": 7,
        "type": [
          "start",
        ],
      },
      "host": {
        "name": "web-1",
      },
      "kibana.alert.ancestors": [
        {
          "depth": 0,
          "id": "9f6e4e869ac4628d175d494934c77b7fd12d01dc90261f3d283b7b103a8b9aa2",
          "index": "logs-endpoint.events.process-default",
          "type": "event",
        },
      ],
      "kibana.alert.depth": 1,
      "kibana.alert.intended_timestamp": "2024-05-01T08:00:00.500Z",
      "kibana.alert.last_detected": "2024-05-01T08:00:00.500Z",
      "kibana.alert.original_event.action": "exec",
      "kibana.alert.original_event.category": [
        "process",
      ],
      "kibana.alert.original_event.kind": "event",
      "kibana.alert.original_event.sequence": 7,
      "kibana.alert.original_event.type": [
        "start",
      ],
      "kibana.alert.original_time": "2024-05-01T08:00:00.500Z",
      "kibana.alert.reason": "process event with process nc, on web-1 created medium alert A Rule.",
      "kibana.alert.risk_score": 47,
      "kibana.alert.rule.author": [],
      "kibana.alert.rule.category": "Custom Query Rule",
      "kibana.alert.rule.consumer": "siem",
      "kibana.alert.rule.description": "About it.",
      "kibana.alert.rule.enabled": true,
      "kibana.alert.rule.exceptions_list": [],
      "kibana.alert.rule.execution.timestamp": "2024-05-01T08:00:00.500Z",
      "kibana.alert.rule.execution.type": "scheduled",
      "kibana.alert.rule.execution.uuid": "007443b5-3dfd-8a7a-ace1-f0191afa62c0",
      "kibana.alert.rule.false_positives": [],
      "kibana.alert.rule.from": "now-6m",
      "kibana.alert.rule.immutable": false,
      "kibana.alert.rule.indices": [
        "logs-endpoint.*",
      ],
      "kibana.alert.rule.interval": "5m",
      "kibana.alert.rule.max_signals": 100,
      "kibana.alert.rule.name": "A Rule",
      "kibana.alert.rule.note": "Look.",
      "kibana.alert.rule.parameters": {
        "description": "About it.",
        "index": [
          "logs-endpoint.*",
        ],
        "name": "A Rule",
        "note": "Look.",
        "query": "process.name:nc",
        "references": [
          "https://example.org",
        ],
        "risk_score": 47,
        "rule_id": "r1",
        "severity": "medium",
        "tags": [
          "T",
        ],
        "threat": [
          {
            "framework": "MITRE ATT&CK",
            "tactic": {
              "id": "TA0002",
              "name": "Execution",
              "reference": "https://attack.mitre.org/tactics/TA0002/",
            },
            "technique": [
              {
                "id": "T1059",
                "name": "Interpreter",
                "reference": "https://attack.mitre.org/techniques/T1059/",
              },
            ],
          },
        ],
        "type": "query",
      },
      "kibana.alert.rule.producer": "siem",
      "kibana.alert.rule.references": [
        "https://example.org",
      ],
      "kibana.alert.rule.revision": 0,
      "kibana.alert.rule.risk_score": 47,
      "kibana.alert.rule.risk_score_mapping": [],
      "kibana.alert.rule.rule_id": "r1",
      "kibana.alert.rule.rule_type_id": "siem.queryRule",
      "kibana.alert.rule.severity": "medium",
      "kibana.alert.rule.severity_mapping": [],
      "kibana.alert.rule.tags": [
        "T",
      ],
      "kibana.alert.rule.threat": [
        {
          "framework": "MITRE ATT&CK",
          "tactic": {
            "id": "TA0002",
            "name": "Execution",
            "reference": "https://attack.mitre.org/tactics/TA0002/",
          },
          "technique": [
            {
              "id": "T1059",
              "name": "Interpreter",
              "reference": "https://attack.mitre.org/techniques/T1059/",
              "subtechnique": [],
            },
          ],
        },
      ],
      "kibana.alert.rule.to": "now",
      "kibana.alert.rule.type": "query",
      "kibana.alert.rule.uuid": "r1",
      "kibana.alert.rule.version": 1,
      "kibana.alert.severity": "medium",
      "kibana.alert.start": "2024-05-01T08:00:00.500Z",
      "kibana.alert.status": "active",
      "kibana.alert.uuid": "23fbb806bf6007fab3639b6b33b270cea73e39b26188cf5a318b614b98ff5471",
      "kibana.alert.workflow_assignee_ids": [],
      "kibana.alert.workflow_status": "open",
      "kibana.alert.workflow_tags": [],
      "kibana.space_ids": [
        "default",
      ],
      "process": {
        "name": "nc",
        "pid": 4,
      },
    }
  `);
});

test("an alert's id depends on rule, index and event alone", () => {
  const idOf = (incoming: Parameters<Engine["process"]>[0], ...rules: JsonObject[]) =>
    start({}, ...rules).process(incoming)[0]?.id;
  const id = idOf({ document: event });
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(idOf({ document: { ...event } }, { ...rule, name: "Another name", max_signals: 7 })).toBe(id);
  expect(idOf({ document: event, id: "1" })).not.toBe(id);
  expect(idOf({ document: event, id: "1" })).toBe(
    idOf({ document: { ...event, message: "changed" }, id: "1" }),
  );
  expect(idOf({ document: event }, { ...rule, rule_id: "r2" })).not.toBe(id);
  expect(idOf({ document: event, index: "logs-endpoint.other" })).not.toBe(id);
  expect(idOf({ document: { ...event, process: { name: "nc", pid: 5 } } })).not.toBe(id);
});

test("a live source stamps event.ingested where it is absent, and alerts by its clock", () => {
  const liveClock = { nowMs: () => Date.UTC(2024, 4, 2) };
  const stamped = start({ liveClock }).process({ document: event })[0]?.document;
  expect(stamped).toMatchObject({
    "@timestamp": "2024-05-02T00:00:00.000Z",
    "kibana.alert.original_time": "2024-05-01T08:00:00.500Z",
    event: { ingested: "2024-05-02T00:00:00.000Z", action: "exec" },
  });
  const own = { ...event, event: { ingested: "2024-05-01T09:00:00.000Z" } };
  expect(start({ liveClock }).process({ document: own })[0]?.document).toMatchObject({
    event: { ingested: "2024-05-01T09:00:00.000Z" },
  });
  const dotted = { "@timestamp": event["@timestamp"] as string, "event.action": "x", "process.name": "nc" };
  const live = start({ liveClock, indexName: "logs-endpoint.x" }).process({ document: dotted })[0]?.document;
  expect(live).toMatchObject({
    "kibana.alert.original_event.action": "x",
    "kibana.alert.original_event.ingested": "2024-05-02T00:00:00.000Z",
  });
});

test("every rule is ready or idle with a reason, and every event is accounted for", () => {
  const idle = ["eql", "threshold", "esql"].map((type) => ({
    ...rule,
    rule_id: type,
    type,
    query: type === "threshold" ? "a:b" : "process where true",
    ...(type === "threshold" ? { threshold: { field: [], value: 2 } } : { language: type }),
  }));
  const loaded = loadRules([{ path: "rules.json", text: JSON.stringify([rule, ...idle]) }]);
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
  expect(prepared.ready.length + prepared.idle.length).toBe(4);
  expect(prepared.idle.every(({ reason }) => reason !== "")).toBe(true);
  const engine = start();
  engine.process({ document: event });
  engine.process({ document: event });
  engine.process({ document: {} });
  engine.process({ document: { ...event, data_stream: { dataset: "other" } } });
  expect(engine.report()).toMatchObject({
    events: 4,
    unrouted: 1,
    unselected: 1,
    withoutTimestamp: 1,
    duplicates: 1,
    rules: [{ alerts: 1 }],
  });
});

test("a sequence gives a building block for each event, and an alert of what they share", () => {
  const sequence = {
    ...rule,
    type: "eql",
    language: "eql",
    query: 'sequence by host.name with maxspan=1m [process where process.name == "nc"] [network where true]',
    severity_mapping: [{ field: "event.action", operator: "equals", value: "exec", severity: "critical" }],
  };
  const engine = start({}, sequence);
  const connection: JsonObject = {
    ...event,
    "@timestamp": "2024-05-01T08:00:01Z",
    data_stream: { type: "logs", dataset: "endpoint.events.network", namespace: "default" },
    event: { kind: "event", action: "connect", category: "network", type: ["start", "info"] },
    process: { name: "nc", pid: 5 },
  };
  expect(engine.process({ document: event, id: "1" })).toEqual([]);
  const [first, second, whole] = engine.process({ document: connection, id: "2" });
  expect(first?.document).toMatchObject({
    "kibana.alert.building_block_type": "default",
    "kibana.alert.group.id": whole?.id,
    "kibana.alert.group.index": 0,
    "kibana.alert.depth": 1,
    "kibana.alert.severity": "medium",
    process: { pid: 4 },
  });
  expect(second?.document).toMatchObject({ "kibana.alert.group.index": 1, process: { pid: 5 } });
  expect(whole?.document).toMatchObject({
    "kibana.alert.uuid": whole?.id,
    "kibana.alert.group.id": whole?.id,
    "kibana.alert.depth": 2,
    "kibana.alert.original_time": "2024-05-01T08:00:00.500Z",
    "kibana.alert.reason": "event with process nc, on web-1 created medium alert A Rule.",
    event: { kind: "signal", type: ["start"], category: [] },
    host: { name: "web-1" },
    process: { name: "nc" },
    data_stream: { type: "logs", namespace: "default" },
  });
  expect(whole?.document["kibana.alert.group.index"]).toBeUndefined();
  expect(whole?.document["kibana.alert.building_block_type"]).toBeUndefined();
  expect(whole?.document["kibana.alert.ancestors"]).toMatchObject([
    { id: "1", type: "event", depth: 0 },
    { id: first?.id, type: "signal", depth: 1, rule: "r1" },
    { id: "2", type: "event", depth: 0 },
    { id: second?.id, type: "signal", depth: 1, rule: "r1" },
  ]);
  expect(engine.report().rules[0]?.alerts).toBe(1);
});

test("time goes on with events of other data streams, and with those of none", () => {
  const waits = {
    ...rule,
    type: "eql",
    language: "eql",
    query: "sequence by host.name with maxspan=1m [process where true] ![network where true]",
  };
  const engine = start({}, waits);
  engine.process({ document: event });
  expect(engine.process({ document: { "@timestamp": "2024-05-01T08:01:00.500Z" } })).toEqual([]);
  expect(engine.process({ document: { "@timestamp": "2024-05-01T08:01:00.502Z" } }).length).toBe(2);
});

test("what is known of processes is kept only where a rule asks for it, and is taken up again", () => {
  const lineage = {
    id: "r2",
    name: "Descendants",
    description: "About them.",
    os_list: ["linux"],
    query: 'process where descendant of [process where process.name == "nginx"]',
  };
  const processEvent = (name: string, entity_id: string, parent?: string): JsonObject => ({
    ...event,
    process: { name, entity_id, ...(parent === undefined ? {} : { parent: { entity_id: parent } }) },
  });
  const first = start({}, lineage);
  first.process({ document: processEvent("nginx", "1") });
  first.process({ document: processEvent("sh", "2", "1") });
  const saved = JSON.parse(JSON.stringify(first.save()));
  const second = start({}, lineage);
  expect(second.restore(saved)).toBe(0);
  expect(second.process({ document: processEvent("id", "3", "2") })).toHaveLength(1);
  expect(start({}, lineage).restore({ ...saved, processes: "none" })).toBeUndefined();

  const without = start();
  expect(without.restore(saved)).toBe(0);
  without.process({ document: processEvent("sh", "4", "1") });
  expect(without.save()).not.toHaveProperty("processes");
});

test("a history begins with the first event that has a time by the rule", () => {
  const engine = start(
    { learnForMs: 3_600_000 },
    {
      ...rule,
      type: "new_terms",
      query: "process.name:*",
      new_terms_fields: ["process.name"],
      history_window_start: "now-7d",
      timestamp_override: "event.ingested",
      timestamp_override_fallback_disabled: true,
    },
  );
  const named = (name: string, ingested?: string) => ({
    document: { ...event, process: { name }, event: ingested === undefined ? {} : { ingested } },
  });
  expect(engine.process(named("a"))).toEqual([]);
  expect(engine.process(named("b", "2024-05-01T08:00:00Z"))).toEqual([]);
  expect(engine.process(named("c", "2024-05-01T08:59:59Z"))).toEqual([]);
  expect(engine.process(named("d", "2024-05-01T09:00:00Z"))).toHaveLength(1);
});

test("events read lazily from a buffer raise the alerts of those that are parsed", () => {
  const documents = [event, { ...event, process: { name: "sh" } }, { ...event, message: "ü" }];
  const whole = start();
  const lazy = start();
  for (const document of documents) {
    const buffer = Buffer.from(`xx${JSON.stringify(document)}yy`) as Buffer & TextBytes;
    const bytes = { buffer, start: 2, end: buffer.length - 2 };
    const incoming = {
      bytes,
      get document(): JsonObject {
        throw new Error("nobody should ask");
      },
    };
    expect(lazy.process(incoming)).toEqual(whole.process({ document }));
  }
  expect(lazy.report().rules[0]?.alerts).toBe(2);
});

test("an event that is rehearsed leaves nothing behind", () => {
  const newTerms = {
    ...rule,
    rule_id: "r2",
    type: "new_terms",
    new_terms_fields: ["process.pid"],
    history_window_start: "now-7d",
  };
  const sequence = {
    ...rule,
    rule_id: "r3",
    type: "eql",
    language: "eql",
    query: 'sequence by host.name [process where process.name == "nc"] [process where process.name == "nc"]',
  };
  const [rehearsed, other] = [start({}, rule, newTerms, sequence), start({}, rule, newTerms, sequence)];
  rehearsed.rehearse({ document: event });
  rehearsed.rehearse({ document: { ...event, "@timestamp": "2099-01-01T00:00:00Z" } });
  expect(rehearsed.report()).toEqual(other.report());
  expect(rehearsed.save()).toEqual(other.save());
  const alertsOf = (engine: Engine) => engine.process({ document: event }).map(({ document }) => document);
  expect(alertsOf(rehearsed)).toHaveLength(2);
  expect(alertsOf(other)).toHaveLength(2);
  expect(rehearsed.save()).toEqual(other.save());
});

test("an event is found under its alias too, and stays one event of its own index", () => {
  const aliases = [{ of: "logs-endpoint.", as: "logs-cloud_defend.", filter: "process.pid: 4" }];
  const own = { ...rule, index: ["logs-endpoint.*"] };
  const both = { ...rule, rule_id: "r2", index: ["logs-cloud_defend.*", "logs-endpoint.*"] };
  const alias = { ...rule, rule_id: "r3", index: ["logs-cloud_defend.events.process*"] };
  const engine = start({ aliases }, own, both, alias);
  const raised = (document: JsonObject) =>
    engine.process({ document }).map(({ document: alert }) => {
      const [ancestor] = alert["kibana.alert.ancestors"] as readonly JsonObject[];
      return [alert["kibana.alert.rule.rule_id"], ancestor?.["index"]];
    });
  const index = "logs-endpoint.events.process-default";
  expect(raised(event)).toEqual([
    ["r1", index],
    ["r2", index],
    ["r3", index],
  ]);
  expect(raised({ ...event, process: { name: "nc", pid: 5 } })).toEqual([
    ["r1", index],
    ["r2", index],
  ]);
  expect(start({}, alias).process({ document: event })).toEqual([]);
});

test("events and indicators are told apart by all of their names", () => {
  const aliases = [
    { of: "logs-endpoint.", as: "logs-container.", filter: "container.id: *" },
    { of: "logs-endpoint.", as: "logs-threat.", filter: "threat.indicator.ip: *" },
  ];
  const matching = {
    ...rule,
    type: "threat_match",
    query: "*:*",
    language: "kuery",
    index: ["logs-container.*"],
    threat_index: ["logs-threat.*"],
    threat_query: "*:*",
    threat_mapping: [
      { entries: [{ field: "destination.ip", type: "mapping", value: "threat.indicator.ip" }] },
    ],
  };
  const engine = start({ aliases }, matching);
  const count = (more: JsonObject) => engine.process({ document: { ...event, ...more } }).length;
  const destination = { ip: "192.0.2.1" };
  expect(count({ threat: { indicator: { ip: "192.0.2.1" } } })).toBe(0);
  expect(count({ destination })).toBe(0);
  expect(count({ destination, container: { id: "c1" } })).toBe(1);
});
