import { AgeList, type Aging } from "./age-list.ts";

/** Key, last time, the time before that. */
export type SavedMark = readonly [key: string, ms: number, beforeMs: number | null];

/**
 * When an event of a leading `![ ]` last came, by join key. The time before is kept as well, since an event at the very instant
 * at which a sequence starts does not stand before it.
 */
export class LeadingMarks {
  readonly #byKey = new Map<string, Mark>();
  readonly #byAge = new AgeList<Mark>();

  get size(): number {
    return this.#byAge.size;
  }

  note(key: string, ms: number): void {
    const mark = this.#byKey.get(key);
    if (mark === undefined) {
      this.#add({ key, ms, beforeMs: undefined, older: undefined, newer: undefined });
    } else if (ms > mark.ms) {
      mark.beforeMs = mark.ms;
      mark.ms = ms;
      this.#byAge.remove(mark);
      this.#byAge.append(mark);
    } else if (ms < mark.ms && ms > (mark.beforeMs ?? Number.NEGATIVE_INFINITY)) {
      mark.beforeMs = ms;
    }
  }

  /** The last time before `ms`, exclusive; undefined when none is known. */
  lastBefore(key: string, ms: number): number | undefined {
    const mark = this.#byKey.get(key);
    if (mark === undefined) return undefined;
    if (mark.ms < ms) return mark.ms;
    return mark.beforeMs !== undefined && mark.beforeMs < ms ? mark.beforeMs : undefined;
  }

  forgetBefore(ms: number): void {
    for (let mark = this.#byAge.oldest; mark !== undefined && mark.ms < ms; mark = this.#byAge.oldest) {
      this.#forget(mark);
    }
  }

  forgetOldest(): void {
    if (this.#byAge.oldest !== undefined) this.#forget(this.#byAge.oldest);
  }

  save(): readonly SavedMark[] {
    return Array.from(this.#byAge, ({ key, ms, beforeMs }) => [key, ms, beforeMs ?? null]);
  }

  restore(marks: readonly SavedMark[]): void {
    for (const [key, ms, beforeMs] of marks) {
      this.#add({ key, ms, beforeMs: beforeMs ?? undefined, older: undefined, newer: undefined });
    }
  }

  #add(mark: Mark): void {
    this.#byKey.set(mark.key, mark);
    this.#byAge.append(mark);
  }

  #forget(mark: Mark): void {
    this.#byKey.delete(mark.key);
    this.#byAge.remove(mark);
  }
}

interface Mark extends Aging<Mark> {
  readonly key: string;
  ms: number;
  beforeMs: number | undefined;
}
