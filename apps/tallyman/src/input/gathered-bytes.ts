const nothing = Buffer.alloc(0);

/**
 * Bytes that arrive in pieces of any size, gathered up to a limit at a cost that is linear in their number. Beyond the limit they
 * are counted but not kept.
 */
export class GatheredBytes {
  readonly #bytesMax: number;
  #buffer: Buffer = nothing;
  #count = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many bytes were added, kept or not. */
  get count(): number {
    return this.#count;
  }

  /** The bytes that are kept, valid until more are added. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#count);
  }

  add(piece: Buffer): void {
    const count = this.#count + piece.length;
    if (count > this.#bytesMax) this.#buffer = nothing;
    else {
      if (count > this.#buffer.length) this.#grow(count);
      piece.copy(this.#buffer, this.#count);
    }
    this.#count = count;
  }

  /** The gathered bytes and a last piece behind them, as one; undefined when they are more than the limit. Starts anew. */
  finish(last: Buffer): Buffer | undefined {
    if (this.#count === 0) return last.length > this.#bytesMax ? undefined : last;
    this.add(last);
    const bytes = this.#count > this.#bytesMax ? undefined : this.view();
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#buffer = nothing;
    this.#count = 0;
  }

  #grow(count: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(count, Math.min(2 * this.#buffer.length, this.#bytesMax)));
    this.#buffer.copy(larger, 0, 0, this.#count);
    this.#buffer = larger;
  }
}
