import type { FieldCatalogue, FieldSlots, Json, JsonObject, Scalar } from "@tallyman/ecs";
import type { EvaluationCounters, LocatedDiagnostic } from "@tallyman/languages";
import type { Rule } from "@tallyman/rules";
import type { SignalBudget } from "../alerts/signal-budget.ts";
import type { ConditionList } from "../conditions/condition.ts";
import type { FirstSeenStore } from "../first-seen/first-seen-state.ts";
import type { IndicatorStore } from "../indicators/indicator-store.ts";
import type { ProcessTree } from "../lineage/process-tree.ts";
import type { AlertSource, RuleEvent } from "../rule-event.ts";

/** What a rule type needs to compile a rule. */
export interface RuleContext {
  readonly catalogue: FieldCatalogue;
  readonly slots: FieldSlots;
  /** Takes what the rule asks of events. */
  readonly conditions: ConditionList;
  /** Where it is counted what of the rule could not be evaluated in full. */
  readonly counters: EvaluationCounters;
}

/** A rule that is ready to be started, or the reasons why it is not. Warnings may stand beside a plan. */
export interface CompiledRule<Plan> {
  /** Undefined when a diagnostic keeps the rule from running. */
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
  /** What must be among the events for the rule to find anything, where that is not a matter of course. */
  readonly needs?: string;
}

/** What a detector is given when it starts. */
export interface DetectorServices {
  readonly budget: SignalBudget;
  readonly firstSeen: FirstSeenStore;
  /** Which process descends from which, by all events so far. It is kept only when a detector says that it uses it. */
  readonly processes: ProcessTree;
  /** How old a first-seen history must be before a new term alerts, in milliseconds. */
  readonly learnForMs: number;
  /** Of all rules, with what is known of threats. */
  readonly indicators: IndicatorStore;
  /** How many sequences, or join keys of samples, a rule holds open at most. */
  readonly openSequencesMax: number;
}

/** Something that a rule found; the engine makes an alert of it. */
export type Finding = EventFinding | GroupFinding;

/** No finding, as for nearly all events: one array for all of them. */
export const nothing: readonly Finding[] = [];

export interface EventFinding {
  readonly kind: "event";
  readonly event: AlertSource;
  /** For new_terms: the values of the rule's fields, in their order. */
  readonly newTerms?: readonly Scalar[];
  /** What the rule's type adds to the alert, under dotted names. */
  readonly alertFields?: JsonObject;
  /** Of what is found in several events: the times of the first and the last of them, in epoch milliseconds. */
  readonly period?: { readonly fromMs: number; readonly toMs: number };
}

/** Events that belong together, as those of an EQL sequence. */
export interface GroupFinding {
  readonly kind: "group";
  /** At least one, in their order. */
  readonly events: readonly AlertSource[];
}

/**
 * A running rule. Of the events that its index patterns select it sees those that fulfil one of its conditions, in time order as far as the source
 * keeps it.
 */
export interface Detector {
  /** True when it asks which process descends from which. */
  readonly usesProcesses?: boolean;
  /** Takes note of when the first event came that its index patterns select, whatever it was. */
  begin?(timeMs: number): void;
  /** What the event made the rule find. `timeMs` is the event's time by the rule. */
  onEvent(event: RuleEvent, timeMs: number): readonly Finding[];
  /** The same without findings: the rule only takes note of what is usual. */
  learn(event: RuleEvent, timeMs: number): void;
  /**
   * What the rule finds because time has come as far as this without something happening. Only rules that wait for that have it; it is called
   * for every event, those included that they do not select.
   */
  advanceTo?(ms: number): readonly Finding[];
  /** Takes note of an indicator in the store, by its number; false when it is of no use to the rule. */
  takeIndicator?(number: number): boolean;
  /** What it remembers of the events so far, for `restore` of a detector with the same plan; only detectors that hold events have it. */
  save?(): Json;
  /** Takes up what was saved; false, and nothing is taken up, when it is of another form. */
  restore?(saved: Json): boolean;
  /** What the detector has counted since it started, by name; only counts above zero need be there. */
  counts(): DetectorCounts;
}

export interface DetectorCounts {
  /** Terms that were new but alerted nobody, since the history was too young. */
  readonly muted?: number;
  /** Combinations of terms, or of join keys, beyond the number that one event may bring. */
  readonly termsCut?: number;
  /** Open sequences that were given up because there were too many. */
  readonly sequencesDropped?: number;
  /** Groups of a threshold rule whose counts were given up because there were too many. */
  readonly countsDropped?: number;
  /** Processes that were forgotten because there were too many, and events whose process has more ancestors than are looked at. */
  readonly processesCut?: number;
}

/** A kind of rule: how its settings become a plan and how a plan runs. */
export interface RuleType<R extends Rule, Plan> {
  compile(rule: R, context: RuleContext): CompiledRule<Plan>;
  /** Lists of index patterns, of which one must select the events that the rule sees, where that is not what its `index` says. */
  patterns?(rule: R): readonly (readonly string[])[];
  start(plan: Plan, services: DetectorServices): Detector;
}
