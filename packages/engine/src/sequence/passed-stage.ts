import type { OpenSequence } from "./open-sequence.ts";
import { compareOrdinals } from "./ordinal.ts";

/** The sequences that have passed a stage and wait for an event of the next. */
export interface PassedStage<E> {
  /** Adds a sequence; gives the one that has to go for it, which may be itself. */
  put(sequence: OpenSequence<E>): OpenSequence<E> | undefined;
  /**
   * Takes the latest sequence of a key that an event may continue. Older ones that it may continue too are used up by it and go to
   * `onUsedUp`.
   */
  take(
    key: string,
    mayContinue: (sequence: OpenSequence<E>) => boolean,
    onUsedUp: (sequence: OpenSequence<E>) => void,
  ): OpenSequence<E> | undefined;
  /** Whether there are any of a key. */
  has(key: string): boolean;
  /** Those of a key, the latest last; they may be removed meanwhile. */
  of(key: string): readonly OpenSequence<E>[];
  remove(sequence: OpenSequence<E>): void;
}

/** One for each key: a newer one takes the place of an older one. */
export class LatestPassed<E> implements PassedStage<E> {
  readonly #byKey = new Map<string, OpenSequence<E>>();

  put(sequence: OpenSequence<E>): OpenSequence<E> | undefined {
    const other = this.#byKey.get(sequence.key);
    if (other !== undefined && compareOrdinals(other.last, sequence.last) > 0) return sequence;
    this.#byKey.set(sequence.key, sequence);
    return other;
  }

  take(key: string, mayContinue: (sequence: OpenSequence<E>) => boolean): OpenSequence<E> | undefined {
    const sequence = this.#byKey.get(key);
    if (sequence === undefined || !mayContinue(sequence)) return undefined;
    this.#byKey.delete(key);
    return sequence;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  of(key: string): readonly OpenSequence<E>[] {
    const sequence = this.#byKey.get(key);
    return sequence === undefined ? [] : [sequence];
  }

  remove(sequence: OpenSequence<E>): void {
    if (this.#byKey.get(sequence.key) === sequence) this.#byKey.delete(sequence.key);
  }
}

/**
 * All of them, up to a number for each key, since the next stage looks at what their events hold, and so may continue any. An event looks at
 * those of its key one by one; the number bounds what it costs.
 */
export class AllPassed<E> implements PassedStage<E> {
  readonly #byKey = new Map<string, OpenSequence<E>[]>();
  readonly #perKeyMax: number;

  constructor(perKeyMax: number) {
    this.#perKeyMax = perKeyMax;
  }

  put(sequence: OpenSequence<E>): OpenSequence<E> | undefined {
    const sequences = this.#byKey.get(sequence.key) ?? [];
    if (sequences.length === 0) this.#byKey.set(sequence.key, sequences);
    // Nearly always the last place.
    let at = sequences.length;
    while (at > 0 && compareOrdinals((sequences[at - 1] as OpenSequence<E>).last, sequence.last) > 0) at -= 1;
    sequences.splice(at, 0, sequence);
    return sequences.length > this.#perKeyMax ? sequences.shift() : undefined;
  }

  take(
    key: string,
    mayContinue: (sequence: OpenSequence<E>) => boolean,
    onUsedUp: (sequence: OpenSequence<E>) => void,
  ): OpenSequence<E> | undefined {
    const sequences = this.#byKey.get(key) ?? [];
    const fitting = sequences.filter(mayContinue);
    const taken = fitting.pop();
    if (taken === undefined) return undefined;
    for (const older of fitting) onUsedUp(older);
    const gone = new Set([taken, ...fitting]);
    this.#keep(
      key,
      sequences.filter((sequence) => !gone.has(sequence)),
    );
    return taken;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  of(key: string): readonly OpenSequence<E>[] {
    return this.#byKey.get(key)?.slice() ?? [];
  }

  remove(sequence: OpenSequence<E>): void {
    const sequences = this.#byKey.get(sequence.key);
    const at = sequences?.indexOf(sequence) ?? -1;
    if (sequences === undefined || at < 0) return;
    sequences.splice(at, 1);
    this.#keep(sequence.key, sequences);
  }

  #keep(key: string, sequences: OpenSequence<E>[]): void {
    if (sequences.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, sequences);
  }
}
