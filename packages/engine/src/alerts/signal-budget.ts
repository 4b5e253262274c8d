/**
 * Counts a rule's alerts against `max_signals`: so many per interval of the rule, counted from the epoch. What is refused is counted and
 * nothing else happens to it. (Elastic counts per run, which is the same length of time.)
 */
export class SignalBudget {
  readonly #signalsMax: number;
  readonly #intervalMs: number;
  #interval = Number.NEGATIVE_INFINITY;
  #taken = 0;
  #cut = 0;

  constructor(signalsMax: number, intervalMs: number) {
    this.#signalsMax = signalsMax;
    this.#intervalMs = Math.max(1, intervalMs);
  }

  /** How many alerts were refused so far. */
  get cut(): number {
    return this.#cut;
  }

  /** The present interval and what it has had; undefined before the first alert. */
  save(): readonly [interval: number, taken: number] | undefined {
    return this.#taken === 0 ? undefined : [this.#interval, this.#taken];
  }

  /** Takes up what was saved. */
  restore(interval: number, taken: number): void {
    this.#interval = interval;
    this.#taken = taken;
  }

  /** Takes one alert at a time of the rule, in epoch milliseconds; false when the interval has had all of its own. */
  take(timeMs: number): boolean {
    const interval = Math.floor(timeMs / this.#intervalMs);
    // A late event is charged to the present interval: going back would open the budget again.
    if (interval > this.#interval) {
      this.#interval = interval;
      this.#taken = 0;
    }
    if (this.#taken >= this.#signalsMax) {
      this.#cut += 1;
      return false;
    }
    this.#taken += 1;
    return true;
  }
}
