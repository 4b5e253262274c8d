import type { Json } from "@tallyman/ecs";

/** So many intervals are remembered at most. */
const intervalsMax = 64;

/**
 * Counts a rule's alerts against `max_signals`: so many per interval of the rule, counted from the epoch. What is refused is counted and
 * nothing else happens to it. (Elastic counts per run, which is the same length of time.)
 */
export class SignalBudget {
  readonly #signalsMax: number;
  readonly #intervalMs: number;
  /** By interval, in the order in which they began: how many it has had. A time far from the others, which is wrong, takes nothing from them. */
  readonly #taken = new Map<number, number>();
  #cut = 0;

  constructor(signalsMax: number, intervalMs: number) {
    this.#signalsMax = signalsMax;
    this.#intervalMs = Math.max(1, intervalMs);
  }

  /** How many alerts were refused so far. */
  get cut(): number {
    return this.#cut;
  }

  /** The intervals and what each has had; undefined before the first alert. */
  save(): Json | undefined {
    return this.#taken.size === 0 ? undefined : [...this.#taken];
  }

  /** Takes up what was saved; of what is not of that form, nothing. */
  restore(saved: Json): void {
    if (!Array.isArray(saved)) return;
    for (const entry of saved.slice(-intervalsMax)) {
      const [interval, taken] = Array.isArray(entry) ? entry : [];
      if (typeof interval === "number" && typeof taken === "number") this.#taken.set(interval, taken);
    }
  }

  /** Takes one alert at a time of the rule, in epoch milliseconds; false when the interval has had all of its own. */
  take(timeMs: number): boolean {
    const interval = Math.floor(timeMs / this.#intervalMs);
    const taken = this.#taken.get(interval) ?? 0;
    if (taken >= this.#signalsMax) {
      this.#cut += 1;
      return false;
    }
    this.#taken.set(interval, taken + 1);
    if (this.#taken.size > intervalsMax) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#taken.keys();
    if (oldest !== undefined) this.#taken.delete(oldest);
  }
}
