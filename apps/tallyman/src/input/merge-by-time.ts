import { compareTimestamps, type Timestamp } from "@tallyman/ecs";
import { BinaryHeap } from "./binary-heap.ts";
import type { InputEvent } from "./input-event.ts";
import type { PendingEvent } from "./pending-event.ts";
import type { ReorderBuffer } from "./reorder-buffer.ts";

/** One of the streams to be merged. */
export interface EventStream {
  /** Batches that are not empty. It is not asked for the first before its turn. */
  readonly batches: AsyncIterator<PendingEvent[]>;
  /** True when a batch may be long in coming: a pipe or a terminal. */
  readonly mayFallSilent: boolean;
  /** The time of its first event, where that is known before it is opened. It is not opened before the merge has come there. */
  readonly startsAt: Timestamp | undefined;
}

export interface MergeLimits {
  /** How many streams are open at once at most. When there are more at a time, some are opened too late, and their events are late. */
  readonly openMax: number;
  /** How long a stream that may fall silent is waited for, in milliseconds of real time. */
  readonly silentMs: number;
  /** How many events are handed over together at most. */
  readonly batchEvents: number;
  /** How much of the input they may have taken together before no more are added. */
  readonly batchBytes: number;
}

/**
 * Merges streams by time: always takes the stream whose next event is the earliest, one without time before all others, and puts
 * the events through the buffer. Yields batches that are not empty.
 *
 * A stream that has fallen silent is left out until it speaks again, so that it does not hold up the others; when all have, the
 * buffer gives away what it holds. What the silent stream then says may be late.
 */
export async function* mergeByTime(
  streams: readonly EventStream[],
  buffer: ReorderBuffer,
  limits: MergeLimits,
): AsyncGenerator<InputEvent[]> {
  const merge = new Merge(streams, limits);
  let isFlushing = false;
  let batch: InputEvent[] = [];
  let batchBytes = 0;
  for (;;) {
    const event = isFlushing ? buffer.nextHeld() : buffer.nextDue();
    if (event !== undefined) {
      batch.push(event);
      batchBytes += event.byteCount;
      if (batch.length < limits.batchEvents && batchBytes < limits.batchBytes) continue;
      yield batch;
      batch = [];
      batchBytes = 0;
      continue;
    }
    const pending = merge.next();
    if (pending !== undefined) {
      buffer.add(pending);
      continue;
    }
    if (batch.length > 0 && (isFlushing || merge.mayWait)) {
      yield batch;
      batch = [];
      batchBytes = 0;
    }
    if (isFlushing) {
      if (merge.hasEnded) return;
      await merge.waitForAny();
    }
    await merge.fetchHeads();
    isFlushing = !merge.hasHeads;
  }
}

/** A stream that was opened, with the batch that is being taken from it. */
class Lane {
  readonly stream: EventStream;
  /** Where the stream stands among those opened. */
  readonly number: number;
  /** Set while the stream is asked for its next batch. */
  asked: Promise<void> | undefined;
  #batch: readonly PendingEvent[] = [];
  #at = 0;

  constructor(stream: EventStream, number: number) {
    this.stream = stream;
    this.number = number;
  }

  /** The next event; undefined when the batch is used up, and for ever when the stream has ended. */
  get head(): PendingEvent | undefined {
    return this.#batch[this.#at];
  }

  drop(): void {
    this.#at += 1;
  }

  ask(onAnswer: () => void): void {
    this.asked = this.stream.batches.next().then(({ value, done }) => {
      this.#batch = done ? [] : value;
      this.#at = 0;
      this.asked = undefined;
      onAnswer();
    });
  }
}

class Merge {
  readonly #limits: MergeLimits;
  /** Streams not opened yet, the next one last. */
  readonly #unopened: EventStream[];
  /** Lanes with a head. */
  readonly #ready = new BinaryHeap<Lane>(hasEarlierHead);
  /** Lanes that were asked for a batch and will be waited for. */
  #asked: Lane[] = [];
  /** Lanes that were waited for in vain. */
  readonly #silent = new Set<Lane>();
  #openedCount = 0;
  #onAnswer = (): void => {};

  constructor(streams: readonly EventStream[], limits: MergeLimits) {
    this.#limits = limits;
    this.#unopened = [...streams].sort((a, b) => compareStarts(a.startsAt, b.startsAt)).reverse();
  }

  get hasHeads(): boolean {
    return this.#ready.size > 0;
  }

  get hasEnded(): boolean {
    return this.#ready.size + this.#asked.length + this.#silent.size + this.#unopened.length === 0;
  }

  /** True when `fetchHeads` may take its time. */
  get mayWait(): boolean {
    return this.#asked.some((lane) => lane.stream.mayFallSilent);
  }

  /** Opens the streams whose turn it is, and waits until each open one has a head, has ended or has fallen silent. */
  async fetchHeads(): Promise<void> {
    for (const lane of this.#silent) {
      if (lane.asked !== undefined) continue;
      this.#silent.delete(lane);
      if (lane.head !== undefined) this.#ready.push(lane);
    }
    for (;;) {
      while (this.#isOneDue()) this.#open(this.#unopened.pop() as EventStream);
      if (this.#asked.length === 0) return;
      await Promise.all(this.#asked.map((lane) => this.#waitFor(lane)));
      for (const lane of this.#asked) {
        if (lane.asked !== undefined) this.#silent.add(lane);
        else if (lane.head !== undefined) this.#ready.push(lane);
      }
      this.#asked = [];
    }
  }

  /** Takes the earliest event; undefined when heads must be fetched first. */
  next(): PendingEvent | undefined {
    if (this.#asked.length > 0 || this.#isOneDue()) return undefined;
    const lane = this.#ready.first;
    const event = lane?.head;
    if (lane === undefined || event === undefined) return undefined;
    lane.drop();
    if (lane.head === undefined) {
      this.#ready.pop();
      this.#ask(lane);
    } else if (this.#ready.size > 1) this.#ready.reorderFirst();
    return event;
  }

  /** Waits until one of the silent streams speaks or ends. */
  async waitForAny(): Promise<void> {
    // Not by Promise.race: each would leave something behind in the promise of a stream that stays silent.
    for (const lane of this.#silent) if (lane.asked === undefined) return;
    await new Promise<void>((resolve) => {
      this.#onAnswer = resolve;
    });
  }

  #isOneDue(): boolean {
    const next = this.#unopened.at(-1);
    if (next === undefined) return false;
    if (this.#ready.size + this.#asked.length + this.#silent.size >= this.#limits.openMax) return false;
    if (next.startsAt === undefined) return true;
    const first = this.#ready.first?.head;
    if (first === undefined) return this.#asked.length === 0;
    return compareStarts(next.startsAt, first.timestamp) <= 0;
  }

  #open(stream: EventStream): void {
    this.#ask(new Lane(stream, this.#openedCount));
    this.#openedCount += 1;
  }

  #ask(lane: Lane): void {
    lane.ask(() => this.#onAnswer());
    this.#asked.push(lane);
  }

  async #waitFor({ stream, asked }: Lane): Promise<void> {
    if (!stream.mayFallSilent || asked === undefined) return asked;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#limits.silentMs);
      const answer = (): void => {
        clearTimeout(timer);
        resolve();
      };
      asked.then(answer, answer);
    });
  }
}

function hasEarlierHead(a: Lane, b: Lane): boolean {
  const byTime = compareStarts(a.head?.timestamp, b.head?.timestamp);
  return byTime === 0 ? a.number < b.number : byTime < 0;
}

/** No time comes before any time. */
function compareStarts(a: Timestamp | undefined, b: Timestamp | undefined): number {
  if (a === undefined) return b === undefined ? 0 : -1;
  return b === undefined ? 1 : compareTimestamps(a, b);
}
