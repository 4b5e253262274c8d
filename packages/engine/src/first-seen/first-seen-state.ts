/**
 * What `new_terms` rules have seen: per rule, each term with the time of its last sighting. The detector talks to these two interfaces only, so
 * the state may live in memory, on disk or on a cluster. They are synchronous because an event's alerts depend on every event before it; an
 * implementation with slow storage must hold what is asked for often and write behind.
 *
 * All times are epoch milliseconds of event time. A term is a text that stands for the values of the rule's fields, see `term-key.ts`.
 */
export interface FirstSeenStore {
  /**
   * The history of a rule, made when there is none. `fingerprint` must change whenever other events would count as sightings or terms would be
   * written otherwise: query, filters, exceptions, index patterns, fields and their types. A history with another fingerprint is dropped and a
   * new one begun, since what was collected under another query says nothing about this one. `historyMs` is the longest time that the rule's
   * window can reach back; it may change freely.
   */
  table(ruleId: string, fingerprint: string, historyMs: number): FirstSeenTable;
  /** Drops the history of a rule, if there is one. */
  forget(ruleId: string): void;
  /**
   * Says how far time has come; earlier times than before have no effect. Sightings that lie longer ago than their rule's `historyMs` may be
   * dropped from then on. The time must come from a clock that can be trusted, or trail the events: an event's own time is chosen by whoever
   * sent it, and one far in the future would empty every history.
   */
  advance(nowMs: number): void;
  /** What the store holds, in the order in which the rules came. */
  usage(): readonly FirstSeenUsage[];
  /** Histories that were dropped because their rule had changed, the last one of each rule, since the store was opened. */
  dropped(): readonly DroppedHistory[];
}

/** The history of one rule. */
export interface FirstSeenTable {
  /** The event time from which on the rule has been watching without a break; undefined until someone sets it. Saved with the history. */
  learnedSinceMs: number | undefined;
  /** How many terms are remembered. Some may be older than the window and not yet dropped. */
  readonly size: number;
  /**
   * True when the term has a sighting at or after `historyStartMs`. One later than the event that is asked about counts too: then the events came
   * out of order, and the term is not new to whoever reads the alerts.
   */
  seen(term: string, historyStartMs: number): boolean;
  /** Remembers a sighting. A time before the last sighting changes nothing. */
  record(term: string, ms: number): void;
  /** `seen` as of before, and `record`, in one step. */
  observe(term: string, ms: number, historyStartMs: number): "known" | "new";
  /** Drops the terms last seen before a time, and says how many. */
  expire(beforeMs: number): number;
}

export interface FirstSeenUsage {
  readonly ruleId: string;
  readonly terms: number;
  /** Memory or disk space taken by the terms. */
  readonly bytes: number;
  /** Terms dropped since the store was opened because they had left the window: no answer changes by it. */
  readonly expired: number;
  /** Terms dropped since the store was opened because the store was full: they will count as new again. */
  readonly evicted: number;
}

export interface DroppedHistory {
  readonly ruleId: string;
  readonly terms: number;
}
