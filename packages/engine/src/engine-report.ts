import type { Rule } from "@tallyman/rules";

/** What an engine has done so far: every event is accounted for, and whatever was held back or cut off is counted. */
export interface EngineReport {
  /** Events processed, those below included. */
  readonly events: number;
  /** Events that were only learned from. */
  readonly learned: number;
  /** Events that name no data stream, so that no rule could select them. */
  readonly unrouted: number;
  /** Events of data streams that no running rule selects. */
  readonly unselected: number;
  /** Events without a usable `@timestamp`. */
  readonly withoutTimestamp: number;
  /** Findings that had been found before: the same rule and the same event. */
  readonly duplicates: number;
  /** Alerts that rules over alerts were not shown, since one event raised too many. */
  readonly notFedBack: number;
  /** Processes whose ancestors were forgotten, because there were too many. */
  readonly processesDropped: number;
  /** In the order of the rules. */
  readonly rules: readonly RuleReport[];
}

export interface RuleReport {
  readonly rule: Rule;
  /** Of a sequence the one that stands for it counts, not its building blocks. */
  readonly alerts: number;
  /** Events that exceptions have taken out, those included that were only learned from. */
  readonly excepted: number;
  /** Alerts that were not raised but counted in an earlier one. */
  readonly suppressed: number;
  /** Alerts whose counting was ended early, since there were too many to count in. */
  readonly groupsDropped: number;
  /** Alerts that `max_signals` refused. */
  readonly cut: number;
  /** New terms that alerted nobody, since the history was still young. */
  readonly muted: number;
  /** Combinations of terms, of join keys, or of values that alerts are grouped by, beyond what one event may bring. */
  readonly termsCut: number;
  /** Open sequences that were given up because there were too many. */
  readonly sequencesDropped: number;
  /** Processes that the rule forgot because there were too many, and events whose process has more ancestors than are looked at. */
  readonly processesCut: number;
}
