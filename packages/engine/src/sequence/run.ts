import type { OpenSequence } from "./open-sequence.ts";
import type { Ordinal } from "./ordinal.ts";

/**
 * The sequences of one key that are inside a stage `with runs=N`. Every event of the stage carries each of them one event
 * further, so they all share one list of events and differ only in where in it they entered: an event costs the same
 * whatever N is, and N events are held where N stages would hold N²/2.
 */
export class Run<E> {
  /** The events since the oldest sequence entered, fewer than N. */
  readonly events: E[] = [];
  /** For each event the sequence that entered with it, or undefined. The first one is never undefined. */
  readonly entered: (OpenSequence<E> | undefined)[] = [];
  /** The ordinal of the last event. */
  last: Ordinal;

  constructor(last: Ordinal) {
    this.last = last;
  }

  /** Adds an event. Gives the sequence that has all its events by it, and these; it has then left the run. */
  push(
    event: E,
    ordinal: Ordinal,
    runs: number,
  ): { readonly sequence: OpenSequence<E>; readonly events: readonly E[] } | undefined {
    this.events.push(event);
    this.entered.push(undefined);
    this.last = ordinal;
    const sequence = this.entered[0];
    if (sequence === undefined || this.events.length < runs) return undefined;
    const events = this.events.slice();
    this.events.shift();
    this.entered.shift();
    return { sequence, events };
  }

  /** Lets a sequence enter with the last event. */
  enter(sequence: OpenSequence<E>): void {
    this.entered[this.entered.length - 1] = sequence;
  }

  leave(sequence: OpenSequence<E>): void {
    const at = this.entered.indexOf(sequence);
    if (at >= 0) this.entered[at] = undefined;
  }

  /** Forgets the events that no sequence needs. True when none is left. */
  trim(): boolean {
    while (this.events.length > 0 && this.entered[0] === undefined) {
      this.events.shift();
      this.entered.shift();
    }
    return this.events.length === 0;
  }
}
