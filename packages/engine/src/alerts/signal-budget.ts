import { isJsonObject, type Json } from "@tallyman/ecs";

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

  /** False until an alert was taken. */
  get isTouched(): boolean {
    return this.#taken.size > 0;
  }

  /** What was taken, for `restore`. */
  save(): Json {
    return {
      intervalMs: this.#intervalMs,
      taken: [...this.#taken].map(([interval, count]) => [interval, count]),
    };
  }

  /** Takes up what was saved; nothing of another form, or that was counted by intervals of another length. */
  restore(saved: Json | undefined): void {
    if (saved === undefined || !isJsonObject(saved) || saved["intervalMs"] !== this.#intervalMs) return;
    const { taken } = saved;
    if (!Array.isArray(taken)) return;
    for (const entry of taken.slice(-intervalsMax)) {
      const [interval, count] = Array.isArray(entry) ? entry : [];
      if (typeof interval === "number" && typeof count === "number") this.#taken.set(interval, count);
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#taken.keys();
    if (oldest !== undefined) this.#taken.delete(oldest);
  }
}
