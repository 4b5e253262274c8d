import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { Decompress } from "fzstd";
import type { ByteReader } from "./byte-reader.ts";
import { UnreadableInput } from "./input-failure.ts";
import { PieceDecoder, pieceDecoderOptions } from "./piece-decoder.ts";

/** What a decoder keeps of earlier output. The same limit as the `zstd` program has unless told otherwise. */
const windowBytesMax = 128 * 1024 * 1024;
const blockBytesMax = 128 * 1024;
const headerBytesMax = 18;

/** Decodes the frames of one zstd stream, given in pieces that end where a header or a block ends. */
export interface ZstdDecoder {
  write(piece: Buffer, endsFrame: boolean): Promise<Buffer[]>;
  close(): void;
}

/**
 * Decompresses zstd data of any number of frames, skippable ones among them. Rejects with `UnreadableInput` where they end too
 * early or are damaged, after yielding what could be decoded before.
 *
 * Frames and blocks are told apart here (RFC 8878, 3.1.1), and a decoder sees one block at a time. That bounds what a small piece
 * of input can become, tells exactly where data end too early, and keeps clear of two faults: Node's stream drops what follows a
 * frame in the same write, and fzstd keeps hold of every buffer that ends with a block.
 */
export async function* unzstd(reader: ByteReader, decoder = newZstdDecoder()): AsyncGenerator<Buffer> {
  try {
    for (let first = true; ; first = false) {
      const magic = await reader.peek(4);
      if (magic.length === 0 && !first) return;
      if (magic.length < 4) {
        if (first) throw truncated(reader);
        throw trailing(reader);
      }
      const number = magic.readUInt32LE(0);
      if (number >>> 4 === 0x184d2a5) await skipFrame(reader);
      else if (number === 0xfd2fb528) yield* frame(reader, decoder);
      else throw trailing(reader);
    }
  } finally {
    decoder.close();
  }
}

/** The one that comes with Node where it has one (22.15 and later); it is some four times as quick. */
function newZstdDecoder(): ZstdDecoder {
  const { createZstdDecompress } = zlib as {
    createZstdDecompress?: (options: object) => Transform & { readonly bytesWritten: number };
  };
  return createZstdDecompress === undefined
    ? new PlainZstdDecoder()
    : new PieceDecoder(createZstdDecompress(pieceDecoderOptions));
}

/**
 * fzstd behind the interface; for every Node. It does not compare checksums.
 *
 * Each piece is given to it in two parts, because it puts what it is given aside, and lets go of it only when a block ends in another
 * part than it began in.
 */
export class PlainZstdDecoder implements ZstdDecoder {
  #output: Buffer[] = [];
  #decompress: Decompress | undefined;

  async write(piece: Buffer, endsFrame: boolean): Promise<Buffer[]> {
    this.#decompress ??= new Decompress((chunk) => {
      if (chunk.length > 0) this.#output.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    // A copy, since the piece is only there for now.
    const bytes = Buffer.from(piece);
    this.#decompress.push(bytes.subarray(0, -1));
    this.#decompress.push(bytes.subarray(-1), endsFrame);
    if (endsFrame) this.#decompress = undefined;
    const output = this.#output;
    this.#output = [];
    return output;
  }

  close(): void {
    this.#decompress = undefined;
  }
}

async function* frame(reader: ByteReader, decoder: ZstdDecoder): AsyncGenerator<Buffer> {
  const start = reader.offset;
  const header = parseFrameHeader(await reader.peek(headerBytesMax), reader);
  await decode(decoder, await take(reader, header.byteCount), false, start);
  let contentBytes = 0;
  for (let last = false; !last; ) {
    const blockStart = reader.offset;
    const head = await reader.peek(3);
    if (head.length < 3) throw truncated(reader);
    const word = head.readUIntLE(0, 3);
    last = (word & 1) === 1;
    const kind = (word >> 1) & 3;
    const size = word >> 3;
    if (kind === 3 || size > blockBytesMax) throw corrupt(blockStart);
    // A block of the kind 1 is one byte, to be repeated.
    const block = await take(reader, 3 + (kind === 1 ? 1 : size));
    for (const chunk of await decode(decoder, block, last && !header.hasChecksum, blockStart)) {
      contentBytes += chunk.length;
      yield chunk;
    }
  }
  if (header.hasChecksum) {
    for (const chunk of await decode(decoder, await take(reader, 4), true, start)) {
      contentBytes += chunk.length;
      yield chunk;
    }
  }
  if (header.contentBytes !== undefined && header.contentBytes !== contentBytes) throw corrupt(start);
}

async function decode(
  decoder: ZstdDecoder,
  piece: Buffer,
  endsFrame: boolean,
  offset: number,
): Promise<Buffer[]> {
  try {
    return await decoder.write(piece, endsFrame);
  } catch {
    throw corrupt(offset);
  }
}

interface FrameHeader {
  readonly byteCount: number;
  readonly hasChecksum: boolean;
  /** How long the content of the frame is, where that is said. */
  readonly contentBytes: number | undefined;
}

/** Source: RFC 8878, 3.1.1.1. */
function parseFrameHeader(bytes: Buffer, reader: ByteReader): FrameHeader {
  const descriptor = bytes[4];
  if (descriptor === undefined) throw truncated(reader);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  if (bytes.length < sizeAt + sizeBytes) throw truncated(reader);
  if ((descriptor & 0x08) !== 0) throw corrupt(reader.offset);
  if (bytes.subarray(sizeAt - dictionaryBytes, sizeAt).some((byte) => byte !== 0)) {
    throw new UnreadableInput(
      "unknown-format",
      "is compressed with a zstd dictionary, which is not supported",
    );
  }
  const contentBytes = sizeBytes === 0 ? undefined : contentOf(bytes.subarray(sizeAt, sizeAt + sizeBytes));
  const windowBytes =
    contentBytes !== undefined && isSingleSegment ? contentBytes : windowOf(bytes[5] as number);
  if (windowBytes > windowBytesMax) {
    throw new UnreadableInput(
      "unknown-format",
      `needs ${Math.ceil(windowBytes / 2 ** 20)} MiB to be decompressed, more than the ${windowBytesMax / 2 ** 20} MiB allowed`,
      "read it from a pipe, as '-': zstd -dc --long=31",
    );
  }
  return { byteCount: sizeAt + sizeBytes, hasChecksum: (descriptor & 0x04) !== 0, contentBytes };
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function contentOf(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE(0));
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

async function skipFrame(reader: ByteReader): Promise<void> {
  let count = (await take(reader, 8)).readUInt32LE(4);
  while (count > 0) {
    const bytes = await reader.peek(1);
    if (bytes.length === 0) throw truncated(reader);
    const skipped = Math.min(count, bytes.length);
    reader.skip(skipped);
    count -= skipped;
  }
}

async function take(reader: ByteReader, count: number): Promise<Buffer> {
  const bytes = await reader.peek(count);
  if (bytes.length < count) {
    reader.skip(bytes.length);
    throw truncated(reader);
  }
  reader.skip(count);
  return bytes.subarray(0, count);
}

function trailing(reader: ByteReader): UnreadableInput {
  return new UnreadableInput(
    "corrupt",
    `holds something else behind its zstd data, from byte ${reader.offset} on`,
  );
}

function truncated(reader: ByteReader): UnreadableInput {
  return new UnreadableInput("truncated", `ends too early: its zstd data stop after ${reader.offset} bytes`);
}

function corrupt(offset: number): UnreadableInput {
  return new UnreadableInput("corrupt", `holds damaged zstd data near byte ${offset}`);
}
