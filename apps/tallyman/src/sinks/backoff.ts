export interface BackoffSettings {
  /** The mean of the first wait, in milliseconds. */
  readonly firstMs: number;
  /** No wait is longer, in milliseconds, unless the receiver asks for it. */
  readonly maxMs: number;
}

/** A receiver may ask for a longer wait than `maxMs`, up to this. */
const askedMsMax = 5 * 60_000;

/**
 * How long to wait before the next attempt. The waits double, and each lies at random between half and one and a half of that, so that many senders do
 * not come back in the same moment.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #random: () => number;
  #failures = 0;

  /** @param random Gives numbers from 0 up to 1. */
  constructor(settings: BackoffSettings, random: () => number = Math.random) {
    this.#settings = settings;
    this.#random = random;
  }

  /** The wait after one more failure, in milliseconds; no less than the receiver has asked for. */
  next(askedMs = 0): number {
    const { firstMs, maxMs } = this.#settings;
    // Beyond 2^30 of them nothing grows any more.
    const mean = Math.min(maxMs, firstMs * 2 ** Math.min(30, this.#failures));
    this.#failures += 1;
    const wait = Math.min(maxMs, mean * (0.5 + this.#random()));
    return Math.round(Math.max(wait, Math.min(askedMs, askedMsMax)));
  }

  reset(): void {
    this.#failures = 0;
  }
}
