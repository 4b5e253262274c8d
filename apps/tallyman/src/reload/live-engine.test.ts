import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { MemoryFirstSeenStore, prepareRules, RuleProfiler } from "@tallyman/engine";
import { loadRules } from "@tallyman/rules";
import { expect, test } from "vitest";
import { LiveEngine } from "./live-engine.ts";

const head = (id: string) =>
  `[rule]\nrule_id = "${id}"\nname = "${id}"\ndescription = "x"\nrisk_score = 1\nseverity = "low"\n`;

const texts = {
  query: `${head("q")}type = "query"\nquery = "user.name : eve"\nmax_signals = 3\ninterval = "1h"\n`,
  terms: `${head("n")}type = "new_terms"\nquery = "event.category : process"\nnew_terms_fields = ["process.name"]\nhistory_window_start = "now-14d"\n`,
  sequence: `${head("s")}type = "eql"\nlanguage = "eql"\nquery = 'sequence by host.id with maxspan=1h [process where process.name == "one"] [process where process.name == "two"]'\n`,
};

function prepared(...rules: readonly string[]) {
  const loaded = loadRules(rules.map((text, i) => ({ path: `${i}.toml`, text })));
  expect(loaded.diagnostics).toEqual([]);
  return prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
}

let made = 0;
function eventOf(name: string, user = "ann"): { readonly document: JsonObject } {
  made += 1;
  return {
    document: {
      "@timestamp": new Date(Date.UTC(2026, 0, 5, 8, 0, made)).toISOString(),
      data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
      event: { category: ["process"], type: ["start"], id: `e${made}` },
      host: { id: "h" },
      user: { name: user },
      process: { name, entity_id: `p${made}` },
    },
  };
}

function rulesOf(engine: LiveEngine, event: { readonly document: JsonObject }): string[] {
  return engine
    .process(event)
    .filter(({ document }) => document["kibana.alert.group.index"] === undefined)
    .map(({ ruleId }) => ruleId);
}

function started(...rules: readonly string[]): LiveEngine {
  return new LiveEngine(prepared(...rules), { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
}

test("rules that stay the same go on where they were, whatever happens to others", () => {
  const { query, sequence, terms } = texts;
  const engine = started(query, terms, sequence);
  const again = eventOf("one", "eve");
  expect(rulesOf(engine, again)).toEqual(["q", "n"]);
  expect(engine.replace(prepared(sequence, terms, query, query.replaceAll('"q"', '"q2"'))).restarted).toBe(0);
  // The event was alerted on, the term is known, the sequence is open, and of three alerts an hour some are left: the repeated one took one too.
  expect(rulesOf(engine, again)).toEqual(["q2"]);
  expect(rulesOf(engine, eventOf("two", "eve"))).toEqual(["s", "n", "q", "q2"]);
  expect(rulesOf(engine, eventOf("two", "eve"))).toEqual(["q2"]);
  const { events, rules } = engine.report();
  expect(events).toBe(4);
  expect(Object.fromEntries(rules.map(({ alerts, rule }) => [rule.rule_id, alerts]))).toEqual({
    q: 2,
    n: 2,
    s: 1,
    q2: 3,
  });
});

test("rules that have changed begin anew, and are counted; a rule that is gone keeps its counts", () => {
  const { query, sequence, terms } = texts;
  const engine = started(query, terms, sequence);
  rulesOf(engine, eventOf("one", "eve"));
  const changed = sequence.replace('"two"', '"two" and true');
  expect(engine.replace(prepared(changed, terms.replace("process", "*"))).restarted).toBe(1);
  expect(rulesOf(engine, eventOf("two"))).toEqual(["n"]);
  expect(engine.report().rules.map(({ alerts, rule }) => [rule.rule_id, alerts])).toEqual([
    ["s", 0],
    ["n", 2],
    ["q", 1],
  ]);
});

test("what was counted in alerts is given when rules are replaced, and counting goes on where the rule stays", () => {
  const suppressed = `${texts.query}[rule.alert_suppression]\ngroup_by = ["user.name"]\nduration = { value = 1, unit = "h" }\n`;
  const engine = started(suppressed);
  expect(rulesOf(engine, eventOf("one", "eve"))).toEqual(["q"]);
  expect(rulesOf(engine, eventOf("two", "eve"))).toEqual([]);
  const counts = (alerts: ReturnType<LiveEngine["flush"]>) =>
    alerts.map(({ document, isUpdate }) => [isUpdate, document["kibana.alert.suppression.docs_count"]]);
  expect(counts(engine.replace(prepared(suppressed, texts.terms)).alerts)).toEqual([[true, 1]]);
  expect(rulesOf(engine, eventOf("three", "eve"))).toEqual(["n"]);
  expect(counts(engine.flush())).toEqual([[true, 2]]);
  rulesOf(engine, eventOf("four", "eve"));
  expect(counts(engine.replace(prepared(texts.terms)).alerts)).toEqual([[true, 3]]);
  expect(engine.flush()).toEqual([]);
});

test("indicators that were given stay known when rules change", () => {
  const matching = (id: string) =>
    `${head(id)}type = "threat_match"\nquery = "*"\nthreat_query = "*"\nthreat_index = ["logs-ti_*"]\n[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = "user.name"\nvalue = "threat.indicator.name"\n`;
  const engine = started(matching("t"));
  const indicator = (name: string) => ({
    document: { threat: { indicator: { name } } },
    index: "logs-ti_x-default",
  });
  expect(engine.addIndicators([indicator("eve"), { document: {}, index: "logs-ti_x-default" }])).toBe(1);
  expect(rulesOf(engine, eventOf("one", "eve"))).toEqual(["t"]);
  engine.replace(prepared(texts.query, matching("t"), matching("t2")));
  expect(rulesOf(engine, eventOf("one", "eve"))).toEqual(["q", "t", "t2"]);
  expect(rulesOf(engine, eventOf("one", "ann"))).toEqual([]);
  expect(engine.report().indicators).toBe(1);
});

test("what is counted in the state is counted once, however often rules are replaced", () => {
  const options = { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]), openSequencesMax: 1 };
  const bySequence = texts.sequence.replace("host.id", "user.name");
  const engine = new LiveEngine(prepared(bySequence), options);
  const dropped = () => engine.report().rules.map((rule) => rule.sequencesDropped);
  for (const user of ["ann", "bob", "eve"]) engine.process(eventOf("one", user));
  expect(dropped()).toEqual([2]);
  for (let i = 0; i < 2; i++) engine.replace(prepared(bySequence));
  expect(dropped()).toEqual([2]);
  engine.process(eventOf("one", "dan"));
  expect(dropped()).toEqual([3]);
  engine.replace(prepared(texts.query));
  expect(engine.report().rules.map(({ rule, sequencesDropped }) => [rule.rule_id, sequencesDropped])).toEqual(
    [
      ["q", 0],
      ["s", 3],
    ],
  );
});

test("what rules cost is measured on when others take their place", () => {
  const { query, sequence, terms } = texts;
  const profiler = new RuleProfiler(() => 0);
  const firstSeen = new MemoryFirstSeenStore([1, 2, 3, 4]);
  const engine = new LiveEngine(prepared(query, terms), { firstSeen, profiler });
  engine.process(eventOf("one", "eve"));
  engine.replace(prepared(sequence, query));
  engine.process(eventOf("one", "eve"));
  engine.process(eventOf("two"));
  const { events, rules } = profiler.profile();
  expect(events).toBe(3);
  expect(rules.map(({ matches, rule }) => [rule.rule_id, matches])).toEqual([
    ["s", 2],
    ["q", 2],
    ["n", 1],
  ]);
});
