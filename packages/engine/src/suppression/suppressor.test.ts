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
const byHost = ruleWith({
  alert_suppression: { group_by: ["host.name"], duration: { value: 1, unit: "m" } },
});

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
  return suppressor.take({ alerts: [alertOf(String(id), document)], document, timeMs: ms, nowMs: ms });
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
