import {
  EventScanner,
  type EventView,
  type FieldCatalogue,
  isJsonObject,
  type Json,
  type JsonObject,
  ParsedEvent,
  readFirst,
  type Slot,
} from "@tallyman/ecs";
import { compileIndexPatterns, type Rule } from "@tallyman/rules";
import type { Alert } from "./alerts/alert.ts";
import { alertEvent } from "./alerts/alert-event.ts";
import { digestOf } from "./alerts/alert-id.ts";
import { alertsIndex } from "./alerts/alerts-index.ts";
import { ancestryOf } from "./alerts/ancestry.ts";
import { type AlertTemplate, alertTemplate, buildAlert, descendsFrom } from "./alerts/build-alert.ts";
import { buildGroupAlerts } from "./alerts/build-group-alerts.ts";
import { RecentIds } from "./alerts/recent-ids.ts";
import { SignalBudget } from "./alerts/signal-budget.ts";
import { SourceFields } from "./alerts/source-fields.ts";
import type {
  Condition,
  ConditionEvaluator,
  EvaluationCount,
  Fulfilled,
  Selection,
} from "./conditions/condition.ts";
import { FulfilledSet } from "./conditions/fulfilled-set.ts";
import { IndexedEvaluator } from "./conditions/indexed-evaluator.ts";
import { PlainEvaluator } from "./conditions/plain-evaluator.ts";
import type { EngineReport } from "./engine-report.ts";
import type { FirstSeenStore } from "./first-seen/first-seen-state.ts";
import type { IncomingEvent } from "./incoming-event.ts";
import type { Indicator } from "./indicators/indicator.ts";
import { IndicatorStore } from "./indicators/indicator-store.ts";
import { type ProcessPlace, processPlaceReader } from "./lineage/process-place.ts";
import { ProcessTree } from "./lineage/process-tree.ts";
import type { Clock } from "./ports/clock.ts";
import type { PreparedRules, ReadyRule } from "./prepare-rules.ts";
import type { RuleProfiler } from "./profile/rule-profiler.ts";
import { IndexNames } from "./routing/data-stream.ts";
import { type IndexAlias, readyAlias } from "./routing/index-alias.ts";
import { type Destination, Router } from "./routing/router.ts";
import { type AlertSource, KeptEvent, type RuleEvent } from "./rule-event.ts";
import { type Detector, type DetectorServices, type Finding, nothing } from "./rule-types/rule-type.ts";
import { suppressionPlan } from "./suppression/suppression-plan.ts";
import { Suppressor } from "./suppression/suppressor.ts";
import { EventTimes } from "./time/event-time.ts";
import { ruleTimeOf } from "./time/rule-time.ts";
import type { Verdict } from "./verdicts/verdict.ts";

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
  /** Other names under which index patterns select events. Default none. */
  readonly aliases?: readonly IndexAlias[];
  /** How old a first-seen history must be before new terms alert, in milliseconds. Default 0. */
  readonly learnForMs?: number;
  /** How many sequences, or join keys of samples, a rule holds open at most; beyond that the oldest are given up and counted. Default 100,000. */
  readonly openSequencesMax?: number;
  /** How conditions are evaluated: with an index, or each for each event, which gives the same and takes much longer. Default `indexed`. */
  readonly evaluation?: "indexed" | "plain";
  /**
   * True when events come with verdicts: conditions are then compiled only when one comes without, or an alert is shown to rules over alerts.
   * Default false.
   */
  readonly isJudged?: boolean;
  /** Measures what each rule costs. */
  readonly profiler?: RuleProfiler;
}

/** So many of the alerts that one event raises are shown to rules over alerts. */
const alertsFedBackMax = 1000;

interface RunningRule {
  readonly rule: Rule;
  readonly detector: Detector;
  readonly budget: SignalBudget;
  readonly conditions: readonly Condition[];
  readonly counters: ReadyRule["counters"];
  readonly exceptions: ReadyRule["exceptions"];
  /** Of rules with alert suppression. */
  readonly suppressor: Suppressor | undefined;
  readonly template: AlertTemplate;
  readonly timeOf: (event: RuleEvent) => number | undefined;
  alerts: number;
}

/** Rules at work: takes events one by one, in the order in which they are to be understood, and gives alerts. */
export class Engine {
  /** The fields that it reads of events, other than in conditions: what a verdict must say the places of, or the engine scans the event again. */
  readonly sharedFields: readonly string[];
  readonly #prepared: PreparedRules;
  readonly #options: EngineOptions;
  readonly #rules: readonly RunningRule[];
  /** Those that wait for something not to happen. */
  readonly #waiting: readonly RunningRule[];
  /** Those that hold alerts to count others in. */
  readonly #suppressing: readonly RunningRule[];
  /** By condition: the rule that it is of. */
  readonly #ruleOf: readonly RunningRule[];
  readonly #router: Router<RunningRule>;
  readonly #groups = new Map<Destination<RunningRule>, RuleGroup>();
  /** Whether there are rules over alerts. */
  readonly #readsAlerts: boolean;
  /** Undefined until it is needed. */
  #evaluator: ConditionEvaluator | undefined;
  /** What was found elsewhere. */
  readonly #judged: FulfilledSet;
  readonly #indexNames: IndexNames;
  readonly #scanner: EventScanner;
  readonly #times: EventTimes;
  readonly #kibana: Slot;
  readonly #alertsOf: (running: RunningRule, finding: Finding, timeMs: number) => readonly Alert[];
  readonly #recentIds = new RecentIds();
  readonly #processes = new ProcessTree();
  readonly #indicators = new IndicatorStore();
  /** Undefined when no rule asks which process descends from which. */
  readonly #placeOf: ((event: EventView) => ProcessPlace | undefined) | undefined;
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
  #notFedBack = 0;

  constructor(prepared: PreparedRules, options: EngineOptions) {
    this.#prepared = prepared;
    this.#options = options;
    const { slots } = prepared;
    const { profiler } = options;
    profiler?.begin(prepared);
    const services = { ...options, processes: this.#processes, indicators: this.#indicators };
    this.#rules = prepared.ready.map((ready, place) => {
      const running = startRule(ready, prepared, services);
      return profiler === undefined
        ? running
        : { ...running, detector: profiler.aroundDetector(running.detector, place) };
    });
    this.#suppressing = this.#rules.filter(({ suppressor }) => suppressor !== undefined);
    const usesProcesses = this.#rules.some(({ detector }) => detector.usesProcesses === true);
    this.#placeOf = usesProcesses ? processPlaceReader(slots) : undefined;
    this.#waiting = this.#rules.filter(({ detector }) => detector.advanceTo !== undefined);
    this.#ruleOf = this.#rules.flatMap((running) => running.conditions.map(() => running));
    this.#router = new Router(
      this.#rules.map((running, i) => ({
        target: running,
        patterns: prepared.ready[i]?.plan.patterns ?? [],
      })),
      compileIndexPatterns,
      options.aliases?.map((alias) => readyAlias(alias, prepared.catalogue, slots)),
    );
    this.#readsAlerts = this.#router.destinationOf(alertsIndex).targets.length > 0;
    this.#indexNames = new IndexNames(slots);
    this.#times = new EventTimes(slots);
    this.#kibana = slots.slot("kibana", "scalar");
    // What has a slot by now is read by whatever comes after the conditions.
    this.sharedFields = slots.paths();
    this.#judged = new FulfilledSet(prepared.conditions.length);
    if (options.isJudged !== true) this.#evaluator = this.#compileConditions();
    this.#scanner = new EventScanner(slots);
    this.#scanner.share(this.sharedFields);
    const build = alertBuilder(prepared.catalogue);
    this.#alertsOf = profiler === undefined ? build : profiler.aroundAlerts(build);
  }

  /**
   * The alerts that an event raises, in the order of the rules; first those that its time decides, and last those that rules over alerts raise for
   * these.
   */
  process(incoming: IncomingEvent): readonly Alert[] {
    const event = this.#receive(incoming);
    if (event === undefined) return none;
    this.#events += 1;
    const alerts: Alert[] = [];
    this.#advance(this.#lastMs, alerts);
    this.#eachConcerned(event, (running, timeMs) => {
      this.#raise(running, running.detector.onEvent(event, timeMs), timeMs, alerts);
    });
    this.#feedBack(alerts);
    return alerts;
  }

  /**
   * The alerts of rules that wait for something not to happen, now that time has come to `ms`. Events tell the time by themselves; a live
   * source must also call this when nothing happens.
   */
  advance(ms: number): readonly Alert[] {
    const alerts: Alert[] = [];
    this.#advance(ms, alerts);
    this.#feedBack(alerts);
    return alerts;
  }

  /**
   * The present state of every alert in which others were counted since it was last given: to be called when no event is to follow for long. The
   * counting goes on.
   */
  flush(): readonly Alert[] {
    return this.#suppressing.flatMap(({ suppressor }) => suppressor?.flush() ?? []);
  }

  /** Lets the rules take note of an event from the past without alerting. */
  learn(incoming: IncomingEvent): void {
    const event = this.#receive(incoming);
    if (event === undefined) return;
    this.#learned += 1;
    this.#eachConcerned(event, ({ detector }, timeMs) => detector.learn(event, timeMs));
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

  /** Makes the indicators known that another engine was given and its rules have use for. */
  takeIndicatorsFrom(other: Engine): void {
    for (const held of other.#indicators.given()) {
      const number = this.#indicators.addHeld(held);
      if (number !== undefined && !this.#offer(number)) this.#indicators.removeLastGiven();
    }
  }

  /**
   * Works out what is worked out once for all events of a kind, when the first comes: for a live source, which is to begin with that done. Nothing is raised,
   * remembered or counted of an event that is rehearsed.
   */
  rehearse(incoming: IncomingEvent): void {
    const view = this.#viewOf(incoming);
    const index = view && this.#indexNames.nameOf(view, incoming.index, this.#options.indexName);
    if (view === undefined || index === undefined) return;
    const group = this.#groupOf(this.#router.wayOf(index, view, this.#lastMs).destination);
    if (group.conditions.length > 0) this.#evaluate(group, view, this.#lastMs);
  }

  /** How much work the rules' conditions were so far, verdicts apart. */
  evaluation(): EvaluationCount {
    return this.#evaluator?.count ?? { conditions: this.#prepared.conditions.length, evaluated: 0 };
  }

  /**
   * Everything that decides about the alerts to come, other than what was first seen: open sequences with their events, the alerts of the present
   * intervals and those that others are counted in, the alerts that were raised lately, and indicators that came as events. It shares nothing with the engine, which may go on while it is
   * written.
   */
  save(): Json {
    const rules: Record<string, Json> = {};
    const suppressed: Record<string, Json> = {};
    for (const { budget, detector, rule, suppressor } of this.#rules) {
      const state = detector.save?.();
      const taken = budget.isTouched ? budget.save() : undefined;
      if (state !== undefined || taken !== undefined) {
        rules[rule.rule_id] = {
          fingerprint: fingerprintOf(rule),
          ...(state === undefined ? {} : { state }),
          ...(taken === undefined ? {} : { taken }),
        };
      }
      if (suppressor !== undefined) {
        suppressed[rule.rule_id] = {
          fingerprint: suppressionFingerprintOf(rule),
          state: suppressor.save(),
        };
      }
    }
    return {
      arrival: this.#arrival,
      lastMs: this.#lastMs,
      recentIds: this.#recentIds.save(),
      rules,
      suppressed,
      indicators: this.#indicators.save(),
      ...(this.#placeOf === undefined ? {} : { processes: this.#processes.save() }),
    };
  }

  /**
   * Takes up what was saved, before the first event. Rules that have changed since begin anew; how many those are is given, and undefined when
   * this is nothing that an engine saved.
   */
  restore(saved: Json): number | undefined {
    if (!isJsonObject(saved) || !isJsonObject(saved["rules"])) return undefined;
    const { arrival, lastMs, recentIds } = saved;
    if (typeof arrival !== "number" || typeof lastMs !== "number" || !Array.isArray(recentIds))
      return undefined;
    const { processes } = saved;
    const isWanted = this.#placeOf !== undefined && processes !== undefined;
    if (isWanted && !this.#processes.restore(processes)) return undefined;
    const indicators = this.#indicators.restore(saved["indicators"] ?? []);
    if (indicators === undefined) return undefined;
    for (const number of indicators) this.#offer(number);
    this.#arrival = arrival;
    this.#lastMs = lastMs;
    for (const id of recentIds) if (typeof id === "string") this.#recentIds.add(id);
    const suppressed = isJsonObject(saved["suppressed"]) ? saved["suppressed"] : {};
    let changed = 0;
    for (const { budget, detector, rule, suppressor } of this.#rules) {
      const own = suppressed[rule.rule_id];
      if (suppressor !== undefined && isJsonObject(own)) {
        const isSame = own["fingerprint"] === suppressionFingerprintOf(rule);
        if (!isSame || !suppressor.restore(own["state"])) changed += 1;
      }
      const entry = saved["rules"][rule.rule_id];
      if (!isJsonObject(entry)) continue;
      const { fingerprint, state, taken } = entry;
      budget.restore(taken);
      if (detector.restore === undefined || state === undefined) continue;
      if (fingerprint !== fingerprintOf(rule) || !detector.restore(state)) changed += 1;
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
      notFedBack: this.#notFedBack,
      processesDropped: this.#processes.droppedCount,
      indicators: this.#indicators.givenCount + this.#indicators.seenCount,
      indicatorsDropped: this.#indicators.dropped,
      rules: this.#rules.map(({ alerts, budget, counters, detector, exceptions, rule, suppressor }) => {
        const {
          countsDropped = 0,
          muted = 0,
          processesCut = 0,
          sequencesDropped = 0,
          termsCut = 0,
        } = detector.counts();
        const cutOff = termsCut + counters.combinationsExceeded + (suppressor?.cut ?? 0);
        return {
          rule,
          alerts,
          excepted: exceptions.excepted,
          suppressed: suppressor?.suppressed ?? 0,
          groupsDropped: suppressor?.dropped ?? 0,
          cut: budget.cut,
          muted,
          termsCut: cutOff,
          sequencesDropped,
          countsDropped,
          processesCut,
        };
      }),
    };
  }

  /** True when a rule has use for the indicator. As in Elastic, exceptions are asked about indicators too. */
  #offer(number: number): boolean {
    let view: ParsedEvent | undefined;
    let isOfUse = false;
    for (const { detector, exceptions } of this.#rules) {
      if (detector.takeIndicator === undefined) continue;
      const held = this.#indicators.get(number);
      if (held === undefined) return isOfUse;
      view ??= new ParsedEvent(held.documentAt(held.seenMs), this.#prepared.slots);
      if (!exceptions.takeOut(view, held.seenMs) && detector.takeIndicator(number)) isOfUse = true;
    }
    return isOfUse;
  }

  /** Shows alerts to the rules over alerts, and those that come of it too. It ends, since no rule sees what descends from itself. */
  #feedBack(alerts: Alert[]): void {
    if (alerts.length === 0 || !this.#readsAlerts) return;
    let fed = 0;
    // The list grows meanwhile.
    for (const alert of alerts) {
      if (alert.isUpdate) continue;
      if (fed === alertsFedBackMax) {
        this.#notFedBack += 1;
        continue;
      }
      fed += 1;
      this.#arrival += 1;
      const incoming = alertEvent(alert);
      const view = new ParsedEvent(incoming.document, this.#prepared.slots);
      const timestampMs = this.#times.timeOf(view)?.ms;
      const event = new ReceivedEvent(view, undefined, incoming, timestampMs, this.#lastMs, this.#arrival);
      this.#eachConcernedIn(alertsIndex, event, (running, timeMs) => {
        this.#raise(running, running.detector.onEvent(event, timeMs), timeMs, alerts);
      });
    }
  }

  #advance(ms: number, alerts: Alert[]): void {
    for (const { suppressor } of this.#suppressing) alerts.push(...(suppressor?.endBefore(ms) ?? []));
    for (const running of this.#waiting)
      this.#raise(running, running.detector.advanceTo?.(ms) ?? nothing, ms, alerts);
  }

  #raise(running: RunningRule, findings: readonly Finding[], timeMs: number, alerts: Alert[]): void {
    for (const finding of findings) {
      const found = this.#alertsOf(running, finding, timeMs);
      // Of a group the last alert stands for all.
      const last = found.at(-1) as Alert;
      if (!this.#recentIds.add(last.id)) {
        this.#duplicates += 1;
        continue;
      }
      const { suppressor } = running;
      const document = finding.kind === "event" ? finding.event.document : last.document;
      const period = finding.kind === "event" ? finding.period : undefined;
      const raised = suppressor?.take({ alerts: found, document, timeMs, period }) ?? found;
      running.alerts += raised.filter(isWhole).length;
      alerts.push(...raised);
    }
  }

  #compileConditions(): ConditionEvaluator {
    const { conditions, slots } = this.#prepared;
    const { evaluation, profiler } = this.#options;
    const Evaluator = evaluation === "plain" ? PlainEvaluator : IndexedEvaluator;
    return profiler === undefined
      ? new Evaluator(conditions, slots)
      : profiler.aroundEvaluator(new Evaluator(conditions, slots, profiler.aroundProgram.bind(profiler)));
  }

  /** The conditions of a selection that an event fulfils. */
  #fulfilledBy({ nowMs, verdict, view }: ReceivedEvent, group: RuleGroup): Fulfilled {
    if (verdict === undefined) return this.#evaluate(group, view, nowMs);
    this.#judged.take(verdict.cells, verdict.conditionsFrom, verdict.conditionsTo);
    return this.#judged;
  }

  #evaluate(selection: Selection, view: EventView, nowMs: number): Fulfilled {
    this.#evaluator ??= this.#compileConditions();
    return this.#evaluator.evaluate(selection, view, nowMs);
  }

  #receive(incoming: IncomingEvent): ReceivedEvent | undefined {
    const { liveClock } = this.#options;
    const verdict = this.#verdictOn(incoming);
    const view = verdict === undefined ? this.#viewOf(incoming) : this.#scanner;
    if (view === undefined) return undefined;
    const timestampMs = this.#times.timeOf(view)?.ms;
    if (timestampMs === undefined) this.#withoutTimestamp += 1;
    this.#lastMs = liveClock?.nowMs() ?? timestampMs ?? this.#lastMs;
    this.#arrival += 1;
    const place = this.#placeOf?.(view);
    if (place !== undefined) this.#processes.note(place);
    const received = new ReceivedEvent(view, place, incoming, timestampMs, this.#lastMs, this.#arrival);
    received.verdict = verdict;
    return received;
  }

  /** The verdict on an event by these very rules, if it has one; the scanner is then told where its fields stand. */
  #verdictOn({ bytes, verdict }: IncomingEvent): Verdict | undefined {
    if (verdict === undefined || bytes === undefined || verdict.rules !== this.#prepared) return undefined;
    // A live event is stamped first, and is another one then.
    if (this.#options.liveClock !== undefined) return undefined;
    const { cells, hasNonAscii, placesFrom, placesTo } = verdict;
    this.#scanner.takePlaces(bytes.buffer, bytes.start, bytes.end, hasNonAscii, cells, placesFrom, placesTo);
    return verdict;
  }

  /** The event as it is read: lazily where its text is there, else from its document. */
  #viewOf(incoming: IncomingEvent): EventScanner | ParsedEvent | undefined {
    const { liveClock } = this.#options;
    const { bytes } = incoming;
    // A live event is stamped first, for which it must be parsed.
    if (bytes !== undefined && liveClock === undefined) {
      if (this.#scanner.scan(bytes.buffer, bytes.start, bytes.end)) return this.#scanner;
    }
    const { document } = incoming;
    if (document === undefined) return undefined;
    const stamped = liveClock === undefined ? document : stampIngested(document, liveClock.nowMs());
    return new ParsedEvent(stamped, this.#prepared.slots);
  }

  /**
   * Calls `visit` for each rule with a condition that the event fulfils and no exception that takes it out, in the order of the rules, with the
   * event's time by the rule.
   */
  #eachConcerned(event: ReceivedEvent, visit: (running: RunningRule, timeMs: number) => void): void {
    const index = this.#indexNames.nameOf(event.view, event.storedIn, this.#options.indexName);
    if (index === undefined) {
      this.#unrouted += 1;
      return;
    }
    this.#eachConcernedIn(index, event, visit);
  }

  /** The same for an event of a known index. */
  #eachConcernedIn(
    index: string,
    event: ReceivedEvent,
    visit: (running: RunningRule, timeMs: number) => void,
  ): void {
    const { destination, names } = this.#router.wayOf(index, event.view, event.nowMs);
    event.index = index;
    event.names = names;
    const group = this.#groupOf(destination);
    if (group.conditions.length === 0) {
      this.#unselected += 1;
      return;
    }
    if (group.waitingToBegin.length > 0) beginRules(group, event);
    const fulfilled = this.#fulfilledBy(event, group);
    event.fulfilled = fulfilled;
    if (fulfilled.count === 0) return;
    const excluded = this.#rulesThatMadeIt(event);
    let last: RunningRule | undefined;
    for (let i = 0; i < fulfilled.count; i++) {
      const running = this.#ruleOf[fulfilled.numbers[i] as number] as RunningRule;
      if (running === last) continue;
      last = running;
      if (excluded?.(running) === true) continue;
      const timeMs = running.timeOf(event);
      if (timeMs === undefined || running.exceptions.takeOut(event.view, event.nowMs)) continue;
      visit(running, timeMs);
    }
  }

  #groupOf(destination: Destination<RunningRule>): RuleGroup {
    const known = this.#groups.get(destination);
    if (known !== undefined) return known;
    const group: RuleGroup = {
      number: destination.number,
      conditions: destination.targets.flatMap(({ conditions }) => conditions.map(({ number }) => number)),
      waitingToBegin: destination.targets.filter(({ detector }) => detector.begin !== undefined),
    };
    if (destination.number >= 0) this.#groups.set(destination, group);
    return group;
  }

  /** Which rules an alert descends from, that comes as an event; undefined for all other events. */
  #rulesThatMadeIt({ view }: ReceivedEvent): ((running: RunningRule) => boolean) | undefined {
    if (!view.exists(this.#kibana)) return undefined;
    const { ancestors, depth } = ancestryOf(view.document, { id: "", index: "" });
    return depth < 2 ? undefined : ({ rule }) => descendsFrom(ancestors, rule.rule_id);
  }
}

const none: readonly Alert[] = [];

function alertBuilder(
  catalogue: FieldCatalogue,
): (running: RunningRule, finding: Finding, timeMs: number) => readonly Alert[] {
  const sources = new SourceFields(catalogue);
  return ({ template }, finding, timeMs) =>
    finding.kind === "event"
      ? [buildAlert(template, finding, timeMs, sources)]
      : buildGroupAlerts(template, finding, timeMs, sources);
}

/** True for an alert that is new, and no building block of a sequence. */
function isWhole({ document, isUpdate }: Alert): boolean {
  return isUpdate !== true && document["kibana.alert.group.index"] === undefined;
}

/** Changes with whatever decides which alerts are counted together. */
function suppressionFingerprintOf({ alert_suppression, interval, parameters, type }: Rule): string {
  const fields = type === "threshold" ? (parameters["threshold"] ?? null) : null;
  return digestOf([type, interval, fields, (alert_suppression ?? null) as unknown as Json]);
}

/** The rules whose index patterns select the same indices, as a selection of their conditions. */
interface RuleGroup extends Selection {
  /** The rules that have not seen the time of a first event. */
  waitingToBegin: readonly RunningRule[];
}

function beginRules(group: RuleGroup, event: RuleEvent): void {
  group.waitingToBegin = group.waitingToBegin.filter((running) => {
    const timeMs = running.timeOf(event);
    if (timeMs !== undefined) running.detector.begin?.(timeMs);
    return timeMs === undefined;
  });
}

class ReceivedEvent implements RuleEvent {
  readonly view: EventScanner | ParsedEvent;
  readonly place: ProcessPlace | undefined;
  readonly timestampMs: number | undefined;
  readonly nowMs: number;
  readonly arrival: number;
  index = "";
  names: readonly string[] = [];
  verdict: Verdict | undefined;
  fulfilled: Fulfilled = nothingFulfilled;
  readonly #incoming: IncomingEvent;
  #source: AlertSource | undefined;

  constructor(
    view: EventScanner | ParsedEvent,
    place: ProcessPlace | undefined,
    incoming: IncomingEvent,
    timestampMs: number | undefined,
    nowMs: number,
    arrival: number,
  ) {
    this.view = view;
    this.place = place;
    this.#incoming = incoming;
    this.timestampMs = timestampMs;
    this.nowMs = nowMs;
    this.arrival = arrival;
  }

  get storedIn(): string | undefined {
    return this.#incoming.index;
  }

  fulfils(condition: Condition): boolean {
    return this.fulfilled.has(condition);
  }

  source(): AlertSource {
    const { view } = this;
    this.#source ??= new KeptEvent(
      view instanceof EventScanner
        ? { kind: "text", text: view.text() }
        : { kind: "document", document: view.document },
      this.#incoming.id,
      this,
    );
    return this.#source;
  }
}

const nothingFulfilled: Fulfilled = { count: 0, numbers: new Int32Array(0), has: () => false };

/** Changes with whatever decides which events a rule holds. */
function fingerprintOf(rule: Rule): string {
  const {
    event_category_override,
    filters,
    index,
    language,
    os_list,
    query,
    threshold,
    tiebreaker_field,
    timestamp_field,
  } = rule.parameters;
  const parts = [
    event_category_override,
    filters,
    index,
    language,
    os_list,
    query,
    tiebreaker_field,
    timestamp_field,
    threshold,
    rule.from,
  ];
  return digestOf(parts.map((part) => part ?? null));
}

function startRule(
  { conditions, counters, exceptions, rule, plan }: ReadyRule,
  { catalogue, slots }: PreparedRules,
  {
    firstSeen,
    indicators,
    learnForMs = 0,
    openSequencesMax = 100_000,
    processes,
  }: EngineOptions & Pick<DetectorServices, "indicators" | "processes">,
): RunningRule {
  const budget = new SignalBudget(rule.max_signals, rule.intervalMs);
  const suppression = suppressionPlan(rule, catalogue);
  // What is only counted costs nothing: with suppression, the budget is charged for alerts that are raised.
  const findings =
    suppression === undefined ? budget : new SignalBudget(Number.POSITIVE_INFINITY, rule.intervalMs);
  const services = {
    budget: findings,
    firstSeen,
    indicators,
    processes,
    learnForMs,
    openSequencesMax,
  };
  return {
    rule,
    budget,
    conditions,
    counters,
    exceptions,
    suppressor: suppression && new Suppressor(rule.rule_id, suppression, budget),
    detector: plan.start(services),
    template: alertTemplate(rule),
    timeOf: ruleTimeOf(rule, slots),
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
