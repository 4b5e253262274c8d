import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Alert } from "./alerts/alert.ts";
import { Engine } from "./engine.ts";
import { MemoryFirstSeenStore } from "./first-seen/memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "./first-seen/store-file.ts";
import type { IncomingEvent } from "./incoming-event.ts";
import { prepareEveryRuleType, step, streamOf } from "./testing/every-rule-type.ts";

const rules = prepareEveryRuleType().ready.map(({ rule }) => rule);

function start(firstSeen: MemoryFirstSeenStore): Engine {
  return new Engine(prepareEveryRuleType(), { firstSeen });
}

/** Runs a stream; `isCut` says whether the engine is saved, thrown away and restored before an event. */
function alertsOf(events: readonly IncomingEvent[], isCut: (i: number) => boolean): readonly Alert[] {
  let store = new MemoryFirstSeenStore([1, 2, 3, 4]);
  let engine = start(store);
  const alerts = events.flatMap((incoming, i) => {
    if (isCut(i)) {
      const saved = JSON.parse(JSON.stringify(engine.save())) as Json;
      const restored = restoreFirstSeen([...saveFirstSeen(store)]);
      if ("problem" in restored) throw new Error(restored.problem);
      store = restored.store;
      engine = start(store);
      expect(engine.restore(saved)).toBe(0);
    }
    return engine.process(incoming);
  });
  return [...alerts, ...engine.flush()];
}

test("every rule type is among them", () => {
  const folders = readdirSync(join(import.meta.dirname, "rule-types"), { withFileTypes: true });
  const types = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name.replaceAll("-", "_"));
  expect(types.length).toBeGreaterThan(2);
  expect(types.filter((type) => !rules.some((rule) => rule.type === type))).toEqual([]);
});

/** The rules that have raised alerts. */
const found = new Set<string>();

test("a stream that is cut at every event, and an engine restored there, give the alerts of one that is not", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 30 }), (steps) => {
      const events = streamOf(steps);
      const wanted = alertsOf(events, () => false);
      for (const { ruleId } of wanted) found.add(ruleId);
      expect(alertsOf(events, () => true)).toEqual(wanted);
    }),
    { numRuns: 20 },
  );
});

test("the same, cut at some events only", () => {
  const cuts = fc.array(fc.nat({ max: 100 }), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 100 }), cuts, (steps, at) => {
      const events = streamOf(steps);
      const wanted = alertsOf(events, () => false);
      for (const { ruleId } of wanted) found.add(ruleId);
      expect(alertsOf(events, (i) => at.includes(i))).toEqual(wanted);
    }),
    { numRuns: 20 },
  );
});

test("in these streams every rule has found something", () => {
  expect([...found].sort()).toEqual(rules.map(({ rule_id }) => rule_id).sort());
});

test.each([null, 3, [], {}, { rules: {} }])("%j is nothing that an engine saved", (saved) => {
  expect(start(new MemoryFirstSeenStore([1, 2, 3, 4])).restore(saved)).toBeUndefined();
});
