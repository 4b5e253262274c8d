const nothing = Buffer.alloc(0);

/**
 * Looks ahead in a stream of chunks and takes from it as many bytes as a decoder wants. What it shows is valid until it is asked for
 * more.
 */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #buffered: Buffer = nothing;
  #ended = false;
  #offset = 0;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The position of the next byte, counted from the start. */
  get offset(): number {
    return this.#offset;
  }

  /** What comes next and is at hand, without taking it: at least `count` bytes, or fewer when the stream ends before. */
  async peek(count: number): Promise<Buffer> {
    while (this.#buffered.length < count && !this.#ended) {
      // The memory of the last chunk may be used again for the next.
      const kept = Buffer.from(this.#buffered);
      const { value, done } = await this.#chunks.next();
      if (done) {
        this.#ended = true;
        this.#buffered = kept;
      } else this.#buffered = kept.length === 0 ? value : Buffer.concat([kept, value]);
    }
    return this.#buffered;
  }

  /** Takes `count` bytes of those that `peek` has shown. */
  skip(count: number): void {
    this.#buffered = this.#buffered.subarray(count);
    this.#offset += count;
  }

  /** Takes all the rest, chunk by chunk; each is valid until the next. */
  async *rest(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const bytes = await this.peek(1);
        if (bytes.length === 0) return;
        this.skip(bytes.length);
        yield bytes;
      }
    } finally {
      await this.#chunks.return?.();
    }
  }
}
