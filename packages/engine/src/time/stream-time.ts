/** What comes later than this is from another time, and not late. */
const latenessMs = 86_400_000;

/** So many events in a row from an earlier time say that it is the present one. */
const witnesses = 100;

/**
 * How far time has come by the events of a stream, in epoch milliseconds. A late event does not turn it back. An event from the far future does
 * carry it along, since nothing tells it from one after a long silence; when all that follow are from before, it comes back.
 */
export class StreamTime {
  #nowMs: number;
  #earlier = 0;

  constructor(nowMs = 0) {
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Takes note of an event's time; true when that has turned time back. */
  moveTo(ms: number): boolean {
    if (ms >= this.#nowMs - latenessMs) {
      this.#nowMs = Math.max(this.#nowMs, ms);
      this.#earlier = 0;
      return false;
    }
    this.#earlier += 1;
    if (this.#earlier < witnesses) return false;
    this.#nowMs = ms;
    this.#earlier = 0;
    return true;
  }
}
