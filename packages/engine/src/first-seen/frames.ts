import { crc32 } from "./crc32.ts";

// A file of frames: eight bytes of magic, the version of the format, then the frames. A frame is its kind, the length of its content, the content,
// and the CRC-32 of the whole file up to there but for the sums of earlier frames, so that a frame which is missing, doubled or out of
// place is noticed like a damaged one. The last frame is of kind 0. Numbers are 32 bits, little-endian.

export interface Frame {
  /** Above 0; the reader gives undefined in place of the last frame. */
  readonly kind: number;
  readonly content: Uint8Array;
}

/** Why a file cannot be read, as a sentence. */
export class UnreadableFile extends Error {}

const lastKind = 0;

/** No content is longer, so that a damaged length does not make the reader ask for memory. */
const contentBytesMax = 2 ** 24;

/** Makes the pieces of such a file, to be put one after the other: `start`, frames, `end`. */
export class FrameWriter {
  #crc = 0;

  /** The magic must be eight ASCII characters. */
  start(magic: string, version: number): Uint8Array {
    const start = concat(asciiBytes(magic), numberBytes(version));
    this.#crc = crc32(start);
    return start;
  }

  frame(kind: number, ...content: readonly Uint8Array[]): Uint8Array {
    const length = content.reduce((sum, part) => sum + part.length, 0);
    const frame = concat(numberBytes(kind), numberBytes(length), ...content, numberBytes(0));
    const sumAt = frame.length - 4;
    this.#crc = crc32(frame.subarray(0, sumAt), this.#crc);
    frame.set(numberBytes(this.#crc), sumAt);
    return frame;
  }

  end(): Uint8Array {
    return this.frame(lastKind);
  }
}

/** Reads such a file from pieces of any length; a piece is no longer looked at once the next has been asked for. */
export class FrameReader {
  readonly #bytes: ByteReader;
  #crc = 0;

  constructor(pieces: Iterable<Uint8Array>) {
    this.#bytes = new ByteReader(pieces);
  }

  /** Passes over the start. Throws `UnreadableFile` when it is another one. */
  start(magic: string, version: number): void {
    const start = this.#bytes.take(magic.length + 4);
    if (start === undefined || asciiText(start.subarray(0, magic.length)) !== magic) {
      throw new UnreadableFile("this is another kind of file");
    }
    const found = numberAt(start, magic.length);
    if (found > version) throw new UnreadableFile(`it was written by a newer version, in format ${found}`);
    if (found < version) throw new UnreadableFile(`its format, ${found}, is no longer read`);
    this.#crc = crc32(start);
  }

  /** The next frame, undefined after the last. Throws `UnreadableFile` when the file is damaged or ends early. */
  next(): Frame | undefined {
    const head = this.#take(8);
    const kind = numberAt(head, 0);
    const length = numberAt(head, 4);
    if (length > contentBytesMax) throw damaged();
    this.#crc = crc32(head, this.#crc);
    const body = this.#take(length + 4);
    const content = body.subarray(0, length);
    this.#crc = crc32(content, this.#crc);
    if (numberAt(body, length) !== this.#crc >>> 0) throw damaged();
    if (kind !== lastKind) return { kind, content };
    if (length > 0 || this.#bytes.take(1) !== undefined) throw damaged();
    return undefined;
  }

  #take(count: number): Uint8Array {
    const bytes = this.#bytes.take(count);
    if (bytes === undefined) throw new UnreadableFile("it ends early");
    return bytes;
  }
}

export function damaged(): UnreadableFile {
  return new UnreadableFile("it is damaged");
}

/** The unsigned number at an offset. */
export function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true);
}

export function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The text whose characters are the bytes. */
export function asciiText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

class ByteReader {
  readonly #pieces: Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** The next bytes, valid until the next call; undefined when there are not so many. */
  take(count: number): Uint8Array | undefined {
    if (count <= this.#rest.length) {
      const taken = this.#rest.subarray(0, count);
      this.#rest = this.#rest.subarray(count);
      return taken;
    }
    const taken = new Uint8Array(count);
    let filled = 0;
    for (;;) {
      const part = this.#rest.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
      if (filled === count) return taken;
      const next = this.#pieces.next();
      if (next.done) return undefined;
      this.#rest = next.value;
    }
  }
}
