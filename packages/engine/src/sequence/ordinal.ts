/** Where an event stands in the order in which sequences see events. */
export interface Ordinal {
  /** Event time in epoch milliseconds. Spans and missing events are measured by this part alone. */
  readonly ms: number;
  /** Nanoseconds below the millisecond, 0 to 999,999. */
  readonly nanos: number;
  /** `event.sequence` or another counter of the source. Of one instant, events without it come after those with it. */
  readonly tiebreaker?: number | undefined;
  /** Counts up as events arrive, across restarts too: no two events share it. */
  readonly arrival: number;
}

/** Negative when `a` comes before `b`, 0 only for the same event. Source: Elasticsearch, EQL ordinals, nulls last. */
export function compareOrdinals(a: Ordinal, b: Ordinal): number {
  return (
    a.ms - b.ms ||
    a.nanos - b.nanos ||
    compareTiebreakers(a.tiebreaker, b.tiebreaker) ||
    a.arrival - b.arrival
  );
}

function compareTiebreakers(a: number | undefined, b: number | undefined): number {
  if (a === undefined) return b === undefined ? 0 : 1;
  return b === undefined ? -1 : a - b;
}
