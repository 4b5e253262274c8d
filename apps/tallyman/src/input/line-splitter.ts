import { GatheredBytes } from "./gathered-bytes.ts";
import { type RawRecord, type Splitter, trimBlanks } from "./raw-record.ts";

const nothing = Buffer.alloc(0);
const lineFeed = 0x0a;

/** One record a line, whatever it holds; blank lines are none. The last line needs no line feed. */
export class LineSplitter implements Splitter {
  #chunk: Buffer = nothing;
  #at = 0;
  /** The position of the chunk in the text. */
  #chunkOffset = 0;
  /** A line that began in an earlier chunk. */
  readonly #begun: GatheredBytes;
  #line = 1;
  #hasEnded = false;

  constructor(recordBytesMax: number) {
    this.#begun = new GatheredBytes(recordBytesMax);
  }

  push(chunk: Buffer): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
  }

  end(): void {
    this.#hasEnded = true;
  }

  next(): RawRecord | undefined {
    for (;;) {
      const lineEnd = this.#chunk.indexOf(lineFeed, this.#at);
      if (lineEnd < 0) break;
      const record = this.#record(lineEnd);
      this.#at = lineEnd + 1;
      this.#line += 1;
      if (record !== undefined) return record;
    }
    if (this.#hasEnded) {
      const record = this.#record(this.#chunk.length);
      this.#at = this.#chunk.length;
      return record;
    }
    this.#begun.add(this.#chunk.subarray(this.#at));
    this.#at = this.#chunk.length;
    return undefined;
  }

  /** What the line that ends here holds; undefined when that is nothing. */
  #record(lineEnd: number): RawRecord | undefined {
    const offset = this.#chunkOffset + this.#at - this.#begun.count;
    const byteCount = this.#begun.count + lineEnd - this.#at;
    const bytes = this.#begun.finish(this.#chunk.subarray(this.#at, lineEnd));
    return trimBlanks({ bytes, byteCount, line: this.#line, column: 1, offset });
  }
}
