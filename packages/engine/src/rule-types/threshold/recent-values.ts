import { SlidingHyperLogLog } from "./sliding-hyperloglog.ts";

/** So many different values of a group are counted exactly. Beyond them, a rule that asks for more gets an estimate. */
export const exactMax = 10_000;

/** An estimate takes as much room as this many values. */
const sketchWeight = 10_000;

/** The different values of a group's events with the time of their last sighting, as JSON. */
export type SavedValues =
  | { readonly exact: readonly (readonly [value: string, ms: number])[]; readonly isSorted: boolean }
  | { readonly registers: readonly (readonly number[])[]; readonly estimate: number; readonly added: number };

/**
 * Counts the different values in a sliding window: exactly up to 10,000, which decides every rule that asks for no more, and beyond that by an
 * estimate for rules that do.
 */
export class RecentValues {
  readonly #wanted: number;
  /** In the order in which they were last added, which is that of the times as long as nothing comes late. */
  #exact = new Map<string, number>();
  #isSorted = true;
  #sketch: SlidingHyperLogLog | undefined;
  #estimate = 0;
  #addedSince = 0;

  /** `wanted` is the number of values that matters. */
  constructor(wanted: number, saved?: SavedValues) {
    this.#wanted = wanted;
    if (saved === undefined) return;
    if ("exact" in saved) {
      this.#exact = new Map(saved.exact);
      this.#isSorted = saved.isSorted;
    } else {
      this.#sketch = new SlidingHyperLogLog(saved.registers);
      this.#estimate = saved.estimate;
      this.#addedSince = saved.added;
    }
  }

  /** What it takes of the room that there is for values. */
  get weight(): number {
    return this.#sketch === undefined ? this.#exact.size : sketchWeight;
  }

  add(value: string, ms: number, newestMs: number): void {
    this.#addedSince += 1;
    if (this.#sketch !== undefined) {
      this.#sketch.add(value, ms);
      return;
    }
    const before = this.#exact.get(value);
    if (before !== undefined && before >= ms) return;
    this.#exact.delete(value);
    this.#exact.set(value, ms);
    if (ms < newestMs) this.#isSorted = false;
    if (this.#exact.size <= exactMax) return;
    if (this.#wanted > exactMax) this.#estimateFromHere();
    else this.#dropOldest();
  }

  /** How many were seen at or after a time, which must not go back. Less than what is wanted may be told as something else less than it. */
  countSince(ms: number): number {
    if (this.#sketch !== undefined) return this.#estimateSince(this.#sketch, ms);
    if (this.#exact.size < this.#wanted) return this.#exact.size;
    for (const [value, lastMs] of this.#exact) {
      if (lastMs < ms) this.#exact.delete(value);
      else if (this.#isSorted) break;
    }
    return this.#exact.size;
  }

  save(): SavedValues {
    return this.#sketch === undefined
      ? { exact: [...this.#exact], isSorted: this.#isSorted }
      : { registers: this.#sketch.toArray(), estimate: this.#estimate, added: this.#addedSince };
  }

  #dropOldest(): void {
    if (!this.#isSorted) this.#exact = new Map([...this.#exact].sort(([, a], [, b]) => a - b));
    this.#isSorted = true;
    this.#exact.delete(this.#exact.keys().next().value as string);
  }

  #estimateFromHere(): void {
    this.#sketch = new SlidingHyperLogLog();
    for (const [value, ms] of this.#exact) this.#sketch.add(value, ms);
    this.#exact.clear();
  }

  /** To estimate looks at every register. So many values cannot have come since as to make the difference before this many were added. */
  #estimateSince(sketch: SlidingHyperLogLog, ms: number): number {
    const missing = Math.max(this.#wanted - this.#estimate, this.#wanted / 1000);
    if (this.#estimate >= this.#wanted || this.#addedSince >= missing) {
      this.#estimate = sketch.countSince(ms);
      this.#addedSince = 0;
    }
    return this.#estimate;
  }
}
