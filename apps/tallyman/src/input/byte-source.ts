import { ByteReader } from "./byte-reader.ts";
import { type FileFormat, identifyFormat } from "./file-format.ts";
import { gunzip } from "./gunzip.ts";
import { type InputFailure, type InputFailureCode, inputFailure, UnreadableInput } from "./input-failure.ts";
import { readAhead } from "./read-ahead.ts";
import { openStoredInput, type StoredInput } from "./stored-input.ts";
import { unzstd } from "./unzstd.ts";

/**
 * The text of one input as chunks of bytes: decompressed by what the bytes are, whatever the name says, and without UTF-8 mark. A
 * chunk is valid until the next is asked for. Iterating never throws: where it cannot go on it ends, after all that was read before,
 * and `failure` says why.
 */
export class ByteSource implements AsyncIterable<Buffer> {
  readonly file: string;
  /** Bytes read so far, as stored. */
  storedBytes = 0;
  /** How many bytes there are as stored, where that is known. */
  sizeBytes: number | undefined;
  /** Bytes of text handed out so far. */
  textBytes = 0;
  failure: InputFailure | undefined;
  /** True when all was read. */
  isComplete = false;
  readonly #chunkBytes: number;
  #stored: StoredInput | undefined;
  #isClosed = false;

  /**
   * @param file A path, or `-` for standard input. Named pipes and devices are read like files.
   * @param chunkBytes How much to read at a time.
   */
  constructor(file: string, chunkBytes: number) {
    this.file = file;
    this.#chunkBytes = chunkBytes;
  }

  /** Ends the reading, also where it waits for a pipe that stays silent. */
  close(): void {
    this.#isClosed = true;
    this.#stored?.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const stored = this.#storedChunks();
    try {
      for await (const chunk of textOf(new ByteReader(stored), this.file)) {
        this.textBytes += chunk.length;
        yield chunk;
      }
      this.isComplete = !this.#isClosed;
    } catch (error) {
      // What is cut off because it was closed is not damaged.
      if (!this.#isClosed) this.failure = inputFailure(this.file, error);
    } finally {
      this.close();
      await stored.return(undefined);
    }
  }

  async *#storedChunks(): AsyncGenerator<Buffer> {
    if (this.#isClosed) return;
    this.#stored = await openStoredInput(this.file, this.#chunkBytes);
    this.sizeBytes = this.#stored.sizeBytes;
    if (this.#isClosed) this.#stored.close();
    for await (const chunk of this.#stored.chunks) {
      this.storedBytes += chunk.length;
      yield chunk;
    }
  }
}

/** What the bytes are as text. Throws `UnreadableInput` for formats that are not read. */
async function* textOf(reader: ByteReader, file: string, within?: FileFormat): AsyncGenerator<Buffer> {
  const format = await identifyFormat(reader);
  switch (format.kind) {
    case "utf-8 mark":
      reader.skip(3);
      yield* reader.rest();
      return;
    case "text":
      yield* reader.rest();
      return;
    case "gzip":
    case "zstd": {
      // Once only: data can be made that decompress to themselves.
      if (within !== undefined) throw unsupported("is compressed twice", within.remedy, file);
      const chunks = format.kind === "gzip" ? gunzip(reader) : unzstd(reader);
      yield* textOf(new ByteReader(readAhead(chunks)), file, format);
      return;
    }
    case "utf-16":
      throw unsupported("is UTF-16 text, and JSON is UTF-8", format.remedy, file, "utf-16");
    case "foreign":
      throw unsupported(`is ${format.name}, which is not supported`, format.remedy, file);
  }
}

function unsupported(
  predicate: string,
  remedy: string | undefined,
  file: string,
  code: InputFailureCode = "unknown-format",
): UnreadableInput {
  const hint = remedy && `read it from a pipe, as '-': ${remedy}${file === "-" ? "" : ` ${quoted(file)}`}`;
  return new UnreadableInput(code, predicate, hint);
}

/** A path as it is written in a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
