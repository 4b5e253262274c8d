import type { Transform } from "node:stream";

/** Options for a stream of `node:zlib` that a `PieceDecoder` drives: few, large pieces of output, and no waiting for a reader. */
export const pieceDecoderOptions = { chunkSize: 1 << 17, highWaterMark: 1 << 30 };

/**
 * Drives one of Node's decompressing streams a piece at a time. Read as a stream, those lose what they have decoded but not yet
 * handed over when an error follows; here each piece's output is complete before the next piece goes in. The output of one piece
 * is held at once, so pieces must be small enough for the worst ratio of the format.
 */
export class PieceDecoder {
  readonly #stream: Transform & { readonly bytesWritten: number };
  #output: Buffer[] = [];
  #fail: (error: Error) => void = () => {};

  constructor(stream: Transform & { readonly bytesWritten: number }) {
    this.#stream = stream;
    // An error need not reach the callback of the write that caused it: that of zstd data does not.
    stream.on("error", (error) => this.#fail(error));
    stream.on("data", (chunk: Buffer) => this.#output.push(chunk));
  }

  /** How many bytes it has used of those written. It uses none behind the end of the compressed data. */
  get usedBytes(): number {
    return this.#stream.bytesWritten;
  }

  /** The decoded bytes of a piece. Rejects with Node's error when the data are damaged. */
  write(piece: Buffer): Promise<Buffer[]> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#stream.write(piece, (error) => {
        const output = this.#output;
        this.#output = [];
        if (error) reject(error);
        else resolve(output);
      });
    });
  }

  close(): void {
    this.#stream.destroy();
  }
}
