/**
 * So many alerts may come between one and its repetition in another order: a replay raises them in the same order, save for what pipes and sorting change.
 */
const disorderMax = 20_000;

/**
 * The alerts of a spool that a replay is about to raise again. One that it does not raise is given up when the replay is well past it, since it would
 * otherwise be waited for for ever.
 */
export class ExpectedAlerts {
  /** Their sequence numbers by `alertKey`, the first first. */
  readonly #sequences = new Map<string, number>();

  /** The number of the first that is still expected. */
  get first(): number | undefined {
    for (const sequence of this.#sequences.values()) return sequence;
    return undefined;
  }

  /** To be called in the order of the numbers. */
  add(key: string, sequence: number): void {
    this.#sequences.set(key, sequence);
  }

  /** True when the alert was expected; it is no longer. */
  take(key: string): boolean {
    const sequence = this.#sequences.get(key);
    if (sequence === undefined) return false;
    this.#sequences.delete(key);
    this.passed(sequence);
    return true;
  }

  /** Says that an alert of this number was raised, or a new one got it. */
  passed(sequence: number): void {
    for (const [key, expected] of this.#sequences) {
      if (expected >= sequence - disorderMax) return;
      this.#sequences.delete(key);
    }
  }
}
