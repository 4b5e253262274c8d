import { ecsCatalogue, type Json, type JsonObject } from "@tallyman/ecs";
import { loadRules, type Rule } from "@tallyman/rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Alert } from "../alerts/alert.ts";
import { SignalBudget } from "../alerts/signal-budget.ts";
import { suppressionPlan } from "./suppression-plan.ts";
import { Suppressor } from "./suppressor.ts";

function ruleWith(more: JsonObject): Rule {
  const rule = {
    rule_id: "r",
    name: "n",
    description: "d",
    risk_score: 1,
    severity: "low",
    type: "query",
    query: "a:b",
    ...more,
  };
  const [loaded] = loadRules([{ path: "r.json", text: JSON.stringify(rule) }]).rules;
  if (loaded === undefined) throw new Error("the rule is not whole");
  return loaded;
}

const minute = 60_000;
const suppression = { group_by: ["host.name"], duration: { value: 1, unit: "m" } };
const byHost = ruleWith({ alert_suppression: suppression });

function start(rule = byHost, max?: number, budgetMax = Number.POSITIVE_INFINITY): Suppressor {
  const plan = suppressionPlan(rule, ecsCatalogue());
  if (plan === undefined) throw new Error("the rule suppresses nothing");
  return new Suppressor(rule.rule_id, plan, new SignalBudget(budgetMax, minute), max);
}

function alertOf(id: string, document: JsonObject): Alert {
  return {
    id,
    ruleId: "r",
    ruleName: "n",
    severity: "low",
    riskScore: 1,
    eventTimeMs: 0,
    reason: "",
    document: { ...document, "kibana.alert.uuid": id },
  };
}

function take(suppressor: Suppressor, id: number, document: JsonObject, ms: number): readonly Alert[] {
  const ended = suppressor.endBefore(ms);
  return [...ended, ...suppressor.take({ alerts: [alertOf(String(id), document)], document, timeMs: ms })];
}

const on = (name: Json): JsonObject => ({ host: { name } });
const counted = (alerts: readonly Alert[]) =>
  alerts.map(({ document, isUpdate = false }) => [document["kibana.alert.suppression.docs_count"], isUpdate]);

test("an absent field is null among the terms", () => {
  const [alert] = take(start(), 1, {}, 0);
  expect(alert?.document["kibana.alert.suppression.terms"]).toEqual([{ field: "host.name", value: null }]);
});

test("the same values give the same instance, whatever the alert", () => {
  const instanceOf = (id: number, name: string) =>
    take(start(), id, on(name), 0)[0]?.document["kibana.alert.instance.id"];
  expect(instanceOf(1, "a")).toBe(instanceOf(2, "a"));
  expect(instanceOf(1, "a")).not.toBe(instanceOf(1, "b"));
});

test("text and numbers of a keyword field are one value", () => {
  const suppressor = start();
  take(suppressor, 1, on("5"), 0);
  expect(take(suppressor, 2, on(5), 0)).toEqual([]);
});

test("beyond the limit the oldest group is ended, told and counted", () => {
  const suppressor = start(byHost, 2);
  take(suppressor, 1, on("a"), 0);
  take(suppressor, 2, on("a"), 1);
  take(suppressor, 3, on("b"), 2);
  expect(counted(take(suppressor, 4, on("c"), 3))).toEqual([
    [1, true],
    [0, false],
  ]);
  expect(suppressor.dropped).toBe(1);
  expect(counted(take(suppressor, 5, on("a"), 4))).toEqual([[0, false]]);
});

test("what was told is not told again until something changes", () => {
  const suppressor = start();
  take(suppressor, 1, on("a"), 0);
  expect(suppressor.flush()).toEqual([]);
  take(suppressor, 2, on("a"), 1);
  expect(counted(suppressor.flush())).toEqual([[1, true]]);
  expect(suppressor.flush()).toEqual([]);
  take(suppressor, 3, on("a"), 2);
  expect(counted(suppressor.endBefore(minute + 1))).toEqual([[2, true]]);
  expect(suppressor.endBefore(minute + 1)).toEqual([]);
});

test("a threshold rule is grouped by the fields that it counts by", () => {
  const rule = ruleWith({
    type: "threshold",
    threshold: { field: ["user.name"], value: 3 },
    alert_suppression: { duration: { value: 1, unit: "h" } },
  });
  const [alert] = take(start(rule), 1, { user: { name: "u" } }, 0);
  expect(alert?.document["kibana.alert.suppression.terms"]).toEqual([{ field: "user.name", value: "u" }]);
});

test("one document has a hundred groups at most", () => {
  const names = Array.from({ length: 200 }, (_, i) => `h${i}`);
  expect(take(start(), 1, on(names), 0).length).toBe(100);
});

test("what of a document is cut off is counted", () => {
  const suppressor = start();
  take(suppressor, 1, on(Array.from({ length: 130 }, (_, i) => `h${i}`)), 0);
  expect(suppressor.cut).toBe(30);
});

test("an event from the far future does not count all that follow in its groups for ever", () => {
  const suppressor = start();
  const future = Date.UTC(9999, 0);
  take(suppressor, 0, on("a"), 0);
  take(suppressor, 1, on("a"), future);
  const alerts = Array.from({ length: 300 }, (_, i) => take(suppressor, 2 + i, on("a"), 1000 * i)).flat();
  expect(counted(alerts)).toEqual([
    // After a hundred such events the time is theirs, and what was open ends.
    [99, true],
    [0, false],
    [60, true],
    [0, false],
    [60, true],
    [0, false],
    [60, true],
    [0, false],
  ]);
});

test("alerts that are not grouped are charged to max_signals all the same", () => {
  const strict = ruleWith({
    alert_suppression: { group_by: ["host.name"], missing_fields_strategy: "doNotSuppress" },
  });
  const suppressor = start(strict, undefined, 1);
  expect([1, 2].map((id) => take(suppressor, id, {}, 0).length)).toEqual([1, 0]);
});

test("of a document in several groups each has an alert with an id of its own", () => {
  const alerts = take(start(), 1, on(["a", "b"]), 0);
  const idsOf = (name: string) => alerts.map(({ document }) => document[name]);
  expect(new Set(alerts.map(({ id }) => id)).size).toBe(2);
  expect(idsOf("kibana.alert.uuid")).toEqual(alerts.map(({ id }) => id));
  expect(new Set(idsOf("kibana.alert.instance.id")).size).toBe(2);
});

test("the same values of another rule are another instance", () => {
  const other = ruleWith({ rule_id: "other", alert_suppression: suppression });
  const [first, second] = [byHost, other].map((rule) => take(start(rule), 1, on("a"), 0)[0]?.document);
  expect(first?.["kibana.alert.suppression.terms"]).toEqual(second?.["kibana.alert.suppression.terms"]);
  expect(first?.["kibana.alert.instance.id"]).not.toBe(second?.["kibana.alert.instance.id"]);
});

test.for<[about: string, type: JsonObject, groups: number]>([
  ["query: each element", {}, 2],
  ["eql: the array in any order", { type: "eql", language: "eql", query: "any where true" }, 1],
  [
    "new_terms: the same",
    { type: "new_terms", new_terms_fields: ["user.name"], history_window_start: "now-7d" },
    1,
  ],
])("what an array is to rules of type %s", ([, type, groups]) => {
  const suppressor = start(ruleWith({ ...type, alert_suppression: suppression }));
  expect(take(suppressor, 1, on(["b", "a"]), 0).length).toBe(groups);
  expect(take(suppressor, 2, on(["a", "b"]), 1)).toEqual([]);
});

test("in a sequence the order of an array counts, and its building blocks go with it", () => {
  const suppressor = start(
    ruleWith({
      type: "eql",
      language: "eql",
      query: "sequence [any where true] [any where true]",
      alert_suppression: suppression,
    }),
  );
  const found = (id: number, names: readonly string[]) => {
    const alerts = [`${id}-1`, `${id}-2`, `${id}`].map((each) => alertOf(each, on(names)));
    return suppressor.take({ alerts, document: on(names), timeMs: id }).map((alert) => alert.id);
  };
  expect(found(1, ["a", "b"])).toEqual(["1-1", "1-2", "1"]);
  expect(found(2, ["b", "a"])).toEqual(["2-1", "2-2", "2"]);
  expect(found(3, ["b", "a"])).toEqual([]);
});

test.for([
  ["s", 1000],
  ["m", minute],
  ["h", 60 * minute],
] as const)("a duration in %s", ([unit, ms]) => {
  const suppressor = start(
    ruleWith({ alert_suppression: { group_by: ["host.name"], duration: { value: 2, unit } } }),
  );
  take(suppressor, 1, on("a"), 0);
  expect(take(suppressor, 2, on("a"), 2 * ms)).toEqual([]);
  expect(counted(take(suppressor, 3, on("a"), 2 * ms + 1))).toEqual([
    [1, true],
    [0, false],
  ]);
});

test("what is not of the form of a state is not taken up", () => {
  const states: Json[] = [null, {}, [], "x", { nowMs: 1, groups: [1] }, { nowMs: 1, groups: [{ key: "k" }] }];
  for (const saved of states) expect(start().restore(saved)).toBe(false);
  expect(start().restore({ nowMs: 1, groups: [] })).toBe(true);
});

interface Step {
  readonly host: number;
  readonly gapMs: number;
}

const steps = fc.array(
  fc.record<Step>({
    host: fc.integer({ min: 0, max: 3 }),
    gapMs: fc.integer({ min: -20_000, max: 70_000 }),
  }),
  { maxLength: 40 },
);

test("every alert is raised or counted in one of its host that was raised no longer ago than the duration", () => {
  fc.assert(
    fc.property(steps, (given) => {
      const suppressor = start();
      const raisedAt = new Map<number, number>();
      let at = 0;
      let ms = 0;
      let raised = 0;
      for (const [i, { gapMs, host }] of given.entries()) {
        at = Math.max(0, at + gapMs);
        // The latest time so far is the present, whatever comes late.
        ms = Math.max(ms, at);
        suppressor.endBefore(at);
        const news = take(suppressor, i, on(`h${host}`), at).filter(({ isUpdate }) => !isUpdate);
        const before = raisedAt.get(host);
        if (before === undefined || ms > before + minute) {
          expect(news.length).toBe(1);
          raisedAt.set(host, ms);
          raised += 1;
        } else expect(news).toEqual([]);
      }
      expect(raised + suppressor.suppressed).toBe(given.length);
    }),
  );
});

test("a restart anywhere changes nothing", () => {
  fc.assert(
    fc.property(steps, fc.nat(), (given, cut) => {
      const through = (restartAt: number): unknown[] => {
        let suppressor = start(byHost, 3);
        let ms = 0;
        const found: unknown[] = [];
        for (const [i, { gapMs, host }] of given.entries()) {
          if (i === restartAt) {
            const saved = JSON.parse(JSON.stringify(suppressor.save())) as Json;
            suppressor = start(byHost, 3);
            expect(suppressor.restore(saved)).toBe(true);
          }
          ms += gapMs;
          found.push(...suppressor.endBefore(ms), ...take(suppressor, i, on(`h${host}`), ms));
        }
        return [...found, ...suppressor.flush()];
      };
      expect(through(cut % (given.length + 1))).toEqual(through(-1));
    }),
  );
});
