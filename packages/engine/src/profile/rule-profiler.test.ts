import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { loadRules } from "@tallyman/rules";
import { expect, test } from "vitest";
import { Engine, type EngineOptions } from "../engine.ts";
import { MemoryFirstSeenStore } from "../first-seen/memory-store.ts";
import { prepareRules } from "../prepare-rules.ts";
import { type Profile, RuleProfiler } from "./rule-profiler.ts";

const rules: readonly JsonObject[] = [
  { rule_id: "by name", type: "query", query: "process.name:(nc or sh) and not user.name:root" },
  { rule_id: "by kind", type: "query", query: "event.category:process" },
  { rule_id: "every event", type: "query", query: "not process.name:nc and not user.name:root" },
  {
    rule_id: "sequence",
    type: "eql",
    language: "eql",
    query: 'sequence by host.id [process where process.name == "sh"] [process where process.name == "nc"]',
  },
  {
    rule_id: "new terms",
    type: "new_terms",
    query: "process.name:*",
    new_terms_fields: ["process.name"],
    history_window_start: "now-7d",
  },
].map((rule) => ({ ...rule, name: rule.rule_id, description: "About it.", severity: "low", risk_score: 1 }));

function prepared() {
  const loaded = loadRules([{ path: "rules.json", text: JSON.stringify(rules) }]);
  return prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
}

function eventOf(name: string, user: string, second: number): JsonObject {
  return {
    "@timestamp": `2026-01-01T00:00:0${second}Z`,
    data_stream: { dataset: "x" },
    event: { category: "process" },
    host: { id: "h" },
    process: { name },
    user: { name: user },
  };
}

const events = [
  eventOf("sh", "ann", 0),
  eventOf("nc", "ann", 1),
  eventOf("nc", "root", 2),
  eventOf("ls", "ann", 3),
];

/** Shows no time while the profiler measures what asking costs, and then one millisecond more each time. */
function stopwatch(): () => number {
  let asked = 0;
  return () => Math.max(0, asked++ - 10_000);
}

function profileOf(options: Partial<EngineOptions> = {}): {
  readonly profile: Profile;
  readonly ids: readonly string[];
} {
  const rulesAtWork = prepared();
  const profiler = new RuleProfiler(stopwatch());
  const firstSeen = new MemoryFirstSeenStore([1, 2, 3, 4]);
  const engine = new Engine(rulesAtWork, { firstSeen, profiler, ...options });
  const ids = events.flatMap((document) => engine.process({ document }).map(({ id }) => id));
  return { profile: profiler.profile(), ids };
}

test("each rule has its candidates, evaluations, matches and times", () => {
  const { profile } = profileOf();
  expect(profile.events).toBe(4);
  const counts = profile.rules.map(({ candidates, evaluations, matches, rule }) => {
    return [rule.rule_id, candidates, evaluations, matches];
  });
  expect(counts).toEqual([
    ["by name", 3, 3, 2],
    ["by kind", 4, 0, 4],
    ["every event", 4, 4, 2],
    ["sequence", 3, 3, 3],
    ["new terms", 4, 4, 4],
  ]);
  // The stopwatch shows a millisecond for each thing that is measured.
  for (const { alertsMs, conditionsMs, detectionMs, evaluations, matches } of profile.rules) {
    expect(conditionsMs).toBe(evaluations);
    expect(detectionMs).toBe(matches);
    expect(alertsMs).toBeGreaterThan(0);
  }
});

test("without an index every rule is a candidate for every event", () => {
  const { rules: rows } = profileOf({ evaluation: "plain" }).profile;
  expect(rows.map(({ candidates }) => candidates)).toEqual([4, 4, 4, 4, 4]);
  // Of a sequence each stage.
  expect(rows.map(({ evaluations }) => evaluations)).toEqual([4, 4, 4, 8, 4]);
  expect(rows.map(({ matches }) => matches)).toEqual([2, 4, 2, 3, 4]);
});

test("the alerts are those of an engine that is not watched", () => {
  const engine = new Engine(prepared(), { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
  const ids = events.flatMap((document) => engine.process({ document }).map(({ id }) => id));
  expect(ids.length).toBeGreaterThan(5);
  expect(profileOf().ids).toEqual(ids);
});
