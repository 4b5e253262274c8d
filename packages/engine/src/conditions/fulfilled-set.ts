import type { Condition, Fulfilled } from "./condition.ts";

/** The conditions that one event fulfils, reused from event to event. */
export class FulfilledSet implements Fulfilled {
  readonly numbers: Int32Array;
  count = 0;
  /** For each condition the last event that fulfilled it. */
  readonly #fulfilledBy: Int32Array;
  #event = 0;

  constructor(conditionCount: number) {
    this.numbers = new Int32Array(conditionCount);
    this.#fulfilledBy = new Int32Array(conditionCount);
  }

  /** Begins with the next event, which fulfils nothing yet. */
  clear(): void {
    this.count = 0;
    this.#event = (this.#event + 1) | 0;
    // After four thousand million events the numbers come round again.
    if (this.#event === 0) {
      this.#fulfilledBy.fill(0);
      this.#event = 1;
    }
  }

  /** Takes the conditions of an event from numbers[from, to), ascending, which were found elsewhere. */
  take(numbers: Int32Array, from: number, to: number): void {
    this.clear();
    for (let i = from; i < to; i++) this.add(numbers[i] as number);
  }

  add(number: number): void {
    if (this.#fulfilledBy[number] === this.#event) return;
    this.#fulfilledBy[number] = this.#event;
    this.numbers[this.count] = number;
    this.count += 1;
  }

  hasNumber(number: number): boolean {
    return this.#fulfilledBy[number] === this.#event;
  }

  has({ number }: Condition): boolean {
    return this.#fulfilledBy[number] === this.#event;
  }

  /** Puts the numbers in ascending order. They are few. */
  sort(): void {
    const { count, numbers } = this;
    for (let i = 1; i < count; i++) {
      const number = numbers[i] as number;
      let at = i;
      for (; at > 0 && (numbers[at - 1] as number) > number; at--) numbers[at] = numbers[at - 1] as number;
      numbers[at] = number;
    }
  }
}
