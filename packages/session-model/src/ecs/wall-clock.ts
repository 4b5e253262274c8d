/** Turns times since boot into the text of wall-clock times, in UTC. */
export class WallClock {
  readonly #bootTimeNs: () => bigint;
  #second = Number.NaN;
  #secondText = "";

  constructor(bootTimeNs: () => bigint) {
    this.#bootTimeNs = bootTimeNs;
  }

  /** To the nanosecond: `2026-11-24T04:52:41.930152800Z`. */
  exact(sinceBootNs: bigint): string {
    const epochNs = this.#bootTimeNs() + sinceBootNs;
    const second = Number(epochNs / 1_000_000_000n);
    const nanos = Number(epochNs % 1_000_000_000n);
    return `${this.#prefix(second)}${String(1_000_000_000 + nanos).slice(1)}Z`;
  }

  /** To the hundredth of a second, the precision of start times: `2026-11-24T04:52:41.93Z`. */
  tick(sinceBootNs: bigint): string {
    const hundredths = (this.#bootTimeNs() + sinceBootNs) / 10_000_000n;
    return `${this.#prefix(Number(hundredths / 100n))}${String(100 + Number(hundredths % 100n)).slice(1)}Z`;
  }

  /** Date and time with the point, of which neighbouring events share most. */
  #prefix(second: number): string {
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().slice(0, 20);
    }
    return this.#secondText;
  }
}
