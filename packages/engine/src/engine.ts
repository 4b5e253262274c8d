import {
  type FieldSlots,
  isJsonObject,
  type Json,
  type JsonObject,
  ParsedEvent,
  readFirst,
} from "@tallyman/ecs";
import { compileIndexPatterns, type Rule } from "@tallyman/rules";
import type { Alert } from "./alerts/alert.ts";
import { digest, digestOf } from "./alerts/alert-id.ts";
import { ancestryOf } from "./alerts/ancestry.ts";
import { type AlertTemplate, alertTemplate, buildAlert, descendsFrom } from "./alerts/build-alert.ts";
import { buildGroupAlerts } from "./alerts/build-group-alerts.ts";
import { RecentIds } from "./alerts/recent-ids.ts";
import { SignalBudget } from "./alerts/signal-budget.ts";
import type { EngineReport } from "./engine-report.ts";
import type { FirstSeenStore } from "./first-seen/first-seen-state.ts";
import type { IncomingEvent } from "./incoming-event.ts";
import type { Indicator } from "./indicators/indicator.ts";
import { IndicatorStore } from "./indicators/indicator-store.ts";
import type { Clock } from "./ports/clock.ts";
import type { PreparedRules, ReadyRule } from "./prepare-rules.ts";
import { indexNameOf } from "./routing/data-stream.ts";
import { Router } from "./routing/router.ts";
import type { RuleEvent } from "./rule-event.ts";
import { type Detector, type Finding, nothing } from "./rule-types/rule-type.ts";
import { eventTimeOf } from "./time/event-time.ts";
import { ruleTimeOf } from "./time/rule-time.ts";

export interface EngineOptions {
  /** What the rules of type new_terms have seen. */
  readonly firstSeen: FirstSeenStore;
  /**
   * The clock of a live source: alerts are stamped by it, and events that lack `event.ingested` get it. Without one the events are a recording,
   * and each is handled as if it had just happened.
   */
  readonly liveClock?: Clock;
  /** Under which name index patterns select the events, in place of what the events say. */
  readonly indexName?: string;
  /** How old a first-seen history must be before new terms alert, in milliseconds. Default 0. */
  readonly learnForMs?: number;
}

interface RunningRule {
  readonly rule: Rule;
  readonly detector: Detector;
  readonly budget: SignalBudget;
  readonly counters: ReadyRule["counters"];
  readonly template: AlertTemplate;
  readonly timeOf: (event: RuleEvent) => number | undefined;
  readonly selects: (indexName: string) => boolean;
  alerts: number;
}

/** Rules at work: takes events one by one, in the order in which they are to be understood, and gives alerts. */
export class Engine {
  readonly #prepared: PreparedRules;
  readonly #options: EngineOptions;
  readonly #rules: readonly RunningRule[];
  /** Those that wait for something not to happen. */
  readonly #waiting: readonly RunningRule[];
  readonly #router: Router<RunningRule>;
  readonly #recentIds = new RecentIds();
  readonly #indicators = new IndicatorStore();
  /** How far time has come: by the clock of a live source, else by the last event. */
  #lastMs = 0;
  /** Counts events across restarts. */
  #arrival = 0;
  #events = 0;
  #learned = 0;
  #unrouted = 0;
  #unselected = 0;
  #withoutTimestamp = 0;
  #duplicates = 0;

  constructor(prepared: PreparedRules, options: EngineOptions) {
    this.#prepared = prepared;
    this.#options = options;
    this.#rules = prepared.ready.map((ready) => startRule(ready, prepared.slots, options, this.#indicators));
    this.#waiting = this.#rules.filter(({ detector }) => detector.advanceTo !== undefined);
    this.#router = new Router(
      this.#rules.map((running) => ({
        target: running,
        selects: running.selects,
      })),
    );
  }

  /** The alerts that an event raises, in the order of the rules; first those that its time decides. */
  process(incoming: IncomingEvent): readonly Alert[] {
    this.#events += 1;
    const event = this.#receive(incoming);
    const alerts: Alert[] = [];
    this.#advance(this.#lastMs, alerts);
    if (event === undefined) return alerts;
    for (const running of this.#selected(event)) {
      const timeMs = running.timeOf(event);
      if (timeMs !== undefined) this.#raise(running, running.detector.onEvent(event, timeMs), timeMs, alerts);
    }
    return alerts;
  }

  /**
   * The alerts of rules that wait for something not to happen, now that time has come to `ms`. Events tell the time by themselves; a live
   * source must also call this when nothing happens.
   */
  advance(ms: number): readonly Alert[] {
    const alerts: Alert[] = [];
    this.#advance(ms, alerts);
    return alerts;
  }

  /** Lets the rules take note of an event from the past without alerting. */
  learn(incoming: IncomingEvent): void {
    this.#learned += 1;
    const event = this.#receive(incoming);
    if (event === undefined) return;
    for (const running of this.#selected(event)) {
      const timeMs = running.timeOf(event);
      if (timeMs !== undefined) running.detector.learn(event, timeMs);
    }
  }

  /** Makes indicators known to the rules; says how many of them are of no use to any. */
  addIndicators(given: Iterable<Indicator>): number {
    let useless = 0;
    for (const indicator of given) {
      const number = this.#indicators.addGiven(indicator);
      if (number === undefined || this.#offer(number)) continue;
      this.#indicators.removeLastGiven();
      useless += 1;
    }
    return useless;
  }

  /**
   * What the rules hold of the events so far, other than what was first seen: open sequences with their events, counts, and indicators that came as
   * events.
   */
  save(): Json {
    const rules: Record<string, Json> = {};
    for (const { detector, rule } of this.#rules) {
      const state = detector.save?.();
      if (state !== undefined) rules[rule.rule_id] = { fingerprint: fingerprintOf(rule), state };
    }
    return { arrival: this.#arrival, rules, indicators: this.#indicators.save() };
  }

  /**
   * Takes up what was saved, before the first event. Rules that have changed since begin anew; how many those are is given, and undefined when
   * this is nothing that an engine saved.
   */
  restore(saved: Json): number | undefined {
    if (!isJsonObject(saved) || typeof saved["arrival"] !== "number" || !isJsonObject(saved["rules"]))
      return undefined;
    const indicators = this.#indicators.restore(saved["indicators"] ?? []);
    if (indicators === undefined) return undefined;
    for (const number of indicators) this.#offer(number);
    this.#arrival = saved["arrival"];
    let changed = 0;
    for (const { detector, rule } of this.#rules) {
      const entry = saved["rules"][rule.rule_id];
      if (detector.restore === undefined || !isJsonObject(entry)) continue;
      const isSame = entry["fingerprint"] === fingerprintOf(rule);
      if (!isSame || !detector.restore(entry["state"] ?? null)) changed += 1;
    }
    return changed;
  }

  report(): EngineReport {
    return {
      events: this.#events,
      learned: this.#learned,
      unrouted: this.#unrouted,
      unselected: this.#unselected,
      withoutTimestamp: this.#withoutTimestamp,
      duplicates: this.#duplicates,
      indicators: this.#indicators.givenCount + this.#indicators.seenCount,
      indicatorsDropped: this.#indicators.dropped,
      rules: this.#rules.map(({ alerts, budget, counters, detector, rule }) => {
        const { groupsDropped = 0, muted = 0, sequencesDropped = 0, termsCut = 0 } = detector.counts();
        const cutOff = termsCut + counters.combinationsExceeded;
        return { rule, alerts, cut: budget.cut, muted, termsCut: cutOff, sequencesDropped, groupsDropped };
      }),
    };
  }

  /** True when a rule has use for the indicator. */
  #offer(number: number): boolean {
    let isOfUse = false;
    for (const { detector } of this.#rules) {
      if (detector.takeIndicator?.(number) === true) isOfUse = true;
    }
    return isOfUse;
  }

  #advance(ms: number, alerts: Alert[]): void {
    for (const running of this.#waiting)
      this.#raise(running, running.detector.advanceTo?.(ms) ?? nothing, ms, alerts);
  }

  #raise(running: RunningRule, findings: readonly Finding[], timeMs: number, alerts: Alert[]): void {
    for (const finding of findings) {
      const { catalogue } = this.#prepared;
      const found =
        finding.kind === "event"
          ? [buildAlert(running.template, finding, timeMs, catalogue)]
          : buildGroupAlerts(running.template, finding, timeMs, catalogue);
      // Of a group the last alert stands for all.
      if (this.#recentIds.add((found.at(-1) as Alert).id)) {
        running.alerts += 1;
        alerts.push(...found);
      } else this.#duplicates += 1;
    }
  }

  #receive(incoming: IncomingEvent): RuleEvent | undefined {
    const { indexName, liveClock } = this.#options;
    const timestampMs = eventTimeOf(incoming.document)?.ms;
    if (timestampMs === undefined) this.#withoutTimestamp += 1;
    this.#lastMs = liveClock?.nowMs() ?? timestampMs ?? this.#lastMs;
    const document =
      liveClock === undefined ? incoming.document : stampIngested(incoming.document, this.#lastMs);
    const index = indexNameOf(document, incoming.index, indexName);
    if (index === undefined) {
      this.#unrouted += 1;
      return undefined;
    }
    let id = incoming.id;
    this.#arrival += 1;
    return {
      view: new ParsedEvent(document, this.#prepared.slots),
      document,
      index,
      id() {
        id ??= digest(JSON.stringify(incoming.document));
        return id;
      },
      timestampMs,
      nowMs: this.#lastMs,
      arrival: this.#arrival,
    };
  }

  #selected(event: RuleEvent): readonly RunningRule[] {
    const selected = this.#router.select(event.index);
    if (selected.length === 0) this.#unselected += 1;
    const { ancestors, depth } = isAlert(event.document)
      ? ancestryOf(event.document, { id: "", index: "" })
      : noAncestry;
    return depth < 2 ? selected : selected.filter(({ rule }) => !descendsFrom(ancestors, rule.rule_id));
  }
}

/** Changes with whatever decides which events a rule holds. */
function fingerprintOf(rule: Rule): string {
  const { event_category_override, filters, index, language, query, tiebreaker_field, timestamp_field } =
    rule.parameters;
  const parts = [
    event_category_override,
    filters,
    index,
    language,
    query,
    tiebreaker_field,
    timestamp_field,
    rule.from,
    rule.parameters["threshold"],
  ];
  return digestOf(parts.map((part) => part ?? null));
}

const noAncestry = { depth: 0, ancestors: [] } as const;

function isAlert(document: JsonObject): boolean {
  return document["kibana"] !== undefined || document["kibana.alert.uuid"] !== undefined;
}

function startRule(
  { counters, rule, plan }: ReadyRule,
  slots: FieldSlots,
  options: EngineOptions,
  indicators: IndicatorStore,
): RunningRule {
  const budget = new SignalBudget(rule.max_signals, rule.intervalMs);
  const services = { budget, firstSeen: options.firstSeen, learnForMs: options.learnForMs ?? 0, indicators };
  return {
    rule,
    budget,
    counters,
    detector: plan.start(services),
    template: alertTemplate(rule),
    timeOf: ruleTimeOf(rule, slots),
    selects: plan.selects ?? compileIndexPatterns(rule.index ?? ["*"]),
    alerts: 0,
  };
}

/** Most rules place events by `event.ingested`, which an ingest pipeline sets for Elastic; here the arrival is the moment. */
function stampIngested(document: JsonObject, nowMs: number): JsonObject {
  if (readFirst(document, "event.ingested", "keyword") !== undefined) return document;
  const event = document["event"];
  const ingested = new Date(nowMs).toISOString();
  return isJsonObject(event) || event === undefined
    ? { ...document, event: { ...event, ingested } }
    : { ...document, "event.ingested": ingested };
}
