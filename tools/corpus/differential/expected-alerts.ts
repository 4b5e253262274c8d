import { ecsCatalogue, FieldSlots, parseTimestamp, readFirst } from "@tallyman/ecs";
import { Engine, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import type { Rule } from "@tallyman/rules";
import type { PlainEvaluation } from "../../../bench/plain/plain-evaluation.ts";
import { type AlertLine, alertLine } from "./alert-line.ts";
import type { TestEvent } from "./test-events.ts";

/** What plain evaluation says of an event: the ids of the conditions that it fulfils, as `singleConditions` makes them. */
export interface JudgedEvent {
  readonly event: TestEvent;
  readonly fulfils: readonly string[];
}

export function judge(plain: PlainEvaluation, events: Iterable<TestEvent>): readonly JudgedEvent[] {
  return Array.from(events, (event) => ({
    event,
    fulfils: plain.matching(event.document, event.index).map(({ rule }) => rule.rule_id),
  }));
}

/** The alerts of conditions by themselves. */
export function expectedMatches(events: readonly JudgedEvent[]): readonly AlertLine[] {
  return events.flatMap(({ event, fulfils }) => fulfils.map((id): AlertLine => `${id} ${event.id ?? ""}`));
}

/**
 * The alerts of whole rules, with all that they remember. Each rule is in an engine of its own, which is only given the events that by plain
 * evaluation fulfil one of its conditions; so no alert can come of what an index of many rules, or of their conditions, decides.
 */
export function expectedAlerts(rules: readonly Rule[], events: readonly JudgedEvent[]): readonly AlertLine[] {
  const engines = rules.flatMap((rule) => {
    const prepared = prepareRules([rule], ecsCatalogue(), new FieldSlots());
    if (prepared.ready.length === 0) return [];
    const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
    return [{ engine, ruleId: rule.rule_id }];
  });
  const lines: AlertLine[] = [];
  let nowMs = 0;
  for (const { event, fulfils } of events) {
    nowMs = parseTimestamp(readFirst(event.document, "@timestamp", "scalar"))?.ms ?? nowMs;
    // A rule may wait for something not to happen.
    for (const { engine } of engines)
      for (const alert of engine.advance(nowMs)) lines.push(alertLine(alert.document));
    const fulfilled = new Set(fulfils.map((id) => id.split("/")[0]));
    for (const { engine, ruleId } of engines) {
      if (!fulfilled.has(ruleId)) continue;
      for (const alert of engine.process(event)) lines.push(alertLine(alert.document));
    }
  }
  return lines;
}
