import { compareTimestamps, type Timestamp } from "@tallyman/ecs";
import { EventSequence } from "./event-sequence.ts";
import type { InputEvent } from "./input-event.ts";
import { DecodedEvent, type PendingEvent } from "./pending-event.ts";
import { SortingQueue } from "./sorting-queue.ts";

/** How far events may be out of order. */
export interface ReorderLimits {
  /** An event is held until one has come that is this much later, in milliseconds of event time. */
  readonly latenessMs: number;
  /** How many events are held at most. Beyond that, the oldest is given away early. */
  readonly eventCountMax: number;
  /** How many bytes of input the held events may have taken. */
  readonly byteCountMax: number;
}

/** A leap in time is believed when this many events in a row are beyond it. */
const leapEvents = 8;
const leapMs = 3_600_000;

/** How many events of one time are put in order of their sequence together, since all of them are looked into for that. */
const sameTimeMax = 256;

interface Held {
  readonly event: PendingEvent;
  readonly timestamp: Timestamp;
  readonly arrival: number;
}

/**
 * Puts events in order of time that come nearly in order. Nothing is lost, whatever comes: an event that is older than one given
 * away already passes at once, marked as late, and so does one without time, unmarked. Events of the same time are in the order of
 * `event.sequence`, by which an agent numbers its events, those without one first; otherwise in the order in which they came.
 *
 * How long an event is held depends on the newest time seen. One event from the future must not end the sorting of all that follow,
 * so a leap of more than an hour counts only when several events in a row agree on it.
 */
export class ReorderBuffer {
  readonly #limits: ReorderLimits;
  readonly #sequence = new EventSequence();
  readonly #held = new SortingQueue<Held>(isBefore);
  #heldBytes = 0;
  #arrivals = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  /** How many events in a row are a leap ahead, and the earliest time among them. */
  #aheadCount = 0;
  #aheadMs = 0;
  #lastReleased: Timestamp | undefined;
  #releasedEarly = 0;
  /** Events to be given away, from `#outAt` on. */
  #out: InputEvent[] = [];
  #outAt = 0;

  constructor(limits: ReorderLimits) {
    this.#limits = limits;
  }

  /** How many events were given away early because the buffer was full. */
  get releasedEarly(): number {
    return this.#releasedEarly;
  }

  add(event: PendingEvent): void {
    const { timestamp } = event;
    if (timestamp === undefined || this.#isLate(timestamp)) {
      this.#decode(event);
      return;
    }
    this.#held.push({ event, timestamp, arrival: this.#arrivals });
    this.#arrivals += 1;
    this.#heldBytes += event.byteCount;
    this.#follow(timestamp.ms);
  }

  /** Gives away the next event that need not wait any longer; undefined when all that are held must. */
  nextDue(): InputEvent | undefined {
    const dueMs = this.#newestMs - this.#limits.latenessMs;
    while (this.#outAt === this.#out.length) {
      const first = this.#held.first;
      if (first === undefined) return undefined;
      if (first.timestamp.ms <= dueMs) this.#release(sameTimeMax);
      else if (this.#isOverfull()) {
        this.#release(1);
        this.#releasedEarly += 1;
      } else return undefined;
    }
    return this.#takeOut();
  }

  /** Gives away the next event, due or not; undefined when none is held. */
  nextHeld(): InputEvent | undefined {
    while (this.#outAt === this.#out.length) {
      if (this.#held.size === 0) return undefined;
      this.#release(sameTimeMax);
    }
    return this.#takeOut();
  }

  /** Decodes the oldest events, as far as they are of one time and no more than so many, to be given away. */
  #release(countMax: number): void {
    const timestamp = this.#held.first?.timestamp;
    let count = 0;
    for (let held = this.#held.first; held !== undefined && count < countMax; held = this.#held.first) {
      if (!isSameTime(held.timestamp, timestamp)) break;
      this.#held.pop();
      this.#heldBytes -= held.event.byteCount;
      this.#decode(held.event);
      count += 1;
    }
    if (count > 1) this.#sortBySequence();
  }

  #sortBySequence(): void {
    const numbered = this.#out.map((event) => ({ event, sequence: this.#sequence.of(event) }));
    this.#out = numbered.sort((a, b) => a.sequence - b.sequence).map(({ event }) => event);
  }

  #decode(pending: PendingEvent): void {
    const event = pending.decode();
    if (event === undefined) return;
    if (!isSameTime(event.timestamp, pending.timestamp)) {
      // Its document gives it another time than its text did at a glance.
      this.add(new DecodedEvent(event));
      return;
    }
    if (event.timestamp !== undefined) {
      event.late = this.#isLate(event.timestamp);
      if (!event.late) this.#lastReleased = event.timestamp;
    }
    this.#out.push(event);
  }

  #takeOut(): InputEvent | undefined {
    const event = this.#out[this.#outAt];
    this.#outAt += 1;
    if (this.#outAt === this.#out.length) {
      this.#out = [];
      this.#outAt = 0;
    }
    return event;
  }

  #isLate(timestamp: Timestamp): boolean {
    return this.#lastReleased !== undefined && compareTimestamps(timestamp, this.#lastReleased) < 0;
  }

  #isOverfull(): boolean {
    return this.#held.size > this.#limits.eventCountMax || this.#heldBytes > this.#limits.byteCountMax;
  }

  /** Moves the newest time. */
  #follow(ms: number): void {
    if (ms <= this.#newestMs + leapMs) {
      this.#newestMs = Math.max(this.#newestMs, ms);
      this.#aheadCount = 0;
      return;
    }
    this.#aheadMs = this.#aheadCount === 0 ? ms : Math.min(this.#aheadMs, ms);
    this.#aheadCount += 1;
    if (this.#aheadCount < leapEvents) return;
    this.#newestMs = this.#aheadMs;
    this.#aheadCount = 0;
  }
}

function isBefore(a: Held, b: Held): boolean {
  const byTime = compareTimestamps(a.timestamp, b.timestamp);
  return byTime === 0 ? a.arrival < b.arrival : byTime < 0;
}

function isSameTime(a: Timestamp | undefined, b: Timestamp | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareTimestamps(a, b) === 0;
}
