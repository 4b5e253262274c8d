import { ecsCatalogue, FieldSlots, parseTimestamp, readFirst } from "@tallyman/ecs";
import { type Alert, Engine, type IncomingEvent, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import type { Rule } from "@tallyman/rules";
import type { PlainEvaluation } from "../../../bench/plain/plain-evaluation.ts";
import { alertEvent } from "../../../packages/engine/src/alerts/alert-event.ts";
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

/** The alerts of conditions by themselves, for those of these ids. */
export function expectedMatches(
  events: readonly JudgedEvent[],
  ids: ReadonlySet<string>,
): readonly AlertLine[] {
  return events.flatMap(({ event, fulfils }) =>
    fulfils.filter((id) => ids.has(id)).map((id): AlertLine => `${id} ${event.id ?? ""}`),
  );
}

/**
 * The alerts of whole rules, with all that they remember. Each rule is in an engine of its own, which is only given the events, and alerts of other
 * rules, that by plain evaluation fulfil one of its conditions; so no alert can come of what an index of many rules, or of their conditions, decides.
 */
export function expectedAlerts(
  rules: readonly Rule[],
  events: readonly JudgedEvent[],
  plain: PlainEvaluation,
): readonly AlertLine[] {
  const engines = rules.flatMap((rule) => {
    const prepared = prepareRules([rule], ecsCatalogue(), new FieldSlots());
    if (prepared.ready.length === 0) return [];
    const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
    return [{ engine, ruleId: rule.rule_id }];
  });
  const process = (event: IncomingEvent, fulfils: readonly string[]): readonly Alert[] => {
    const fulfilled = new Set(fulfils.map((id) => id.split("/")[0]));
    return engines.flatMap(({ engine, ruleId }) => (fulfilled.has(ruleId) ? engine.process(event) : []));
  };
  const withAlertsOnAlerts = (alerts: Alert[]): readonly Alert[] => {
    // The list grows meanwhile.
    for (const alert of alerts) {
      if (alert.isUpdate) continue;
      const event = alertEvent(alert);
      const fulfils = plain.matching(event.document, event.index).map(({ rule }) => rule.rule_id);
      alerts.push(...process(event, fulfils));
    }
    return alerts;
  };
  const raised: Alert[] = [];
  let nowMs = 0;
  for (const { event, fulfils } of events) {
    nowMs = parseTimestamp(readFirst(event.document, "@timestamp", "scalar"))?.ms ?? nowMs;
    // A rule may wait for something not to happen.
    const waited = engines.flatMap(({ engine }) => engine.advance(nowMs));
    raised.push(...withAlertsOnAlerts([...waited, ...process(event, fulfils)]));
  }
  // What was counted in an alert until the end.
  raised.push(...engines.flatMap(({ engine }) => engine.flush()));
  return raised.map(({ document }) => alertLine(document));
}
