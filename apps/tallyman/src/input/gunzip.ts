import zlib from "node:zlib";
import type { ByteReader } from "./byte-reader.ts";
import { UnreadableInput } from "./input-failure.ts";
import { PieceDecoder, pieceDecoderOptions } from "./piece-decoder.ts";

/** Deflate gives at most 1,032 bytes for one, so a piece never becomes more than 33 MB. */
const pieceBytesMax = 32 * 1024;
const pieceBytesMin = 16;

/**
 * Decompresses gzip data of any number of members. Rejects with `UnreadableInput` where they end too early or are damaged, after
 * yielding what could be decoded before. Zeros behind the last member are padding; anything else there is damage.
 *
 * The members are taken apart here, not by Node's own gunzip: that fails as a whole, with the loss of good data before it, on a
 * wrong checksum or on bytes behind the last member.
 */
export async function* gunzip(reader: ByteReader): AsyncGenerator<Buffer> {
  await skipHeader(reader);
  for (;;) {
    yield* member(reader);
    if (!(await skipPadding(reader))) return;
    const next = reader.offset;
    const magic = await reader.peek(2);
    if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
      throw new UnreadableInput("corrupt", `holds something else behind its gzip data, from byte ${next} on`);
    }
    await skipHeader(reader);
  }
}

/** One member behind its header: the compressed data and the trailer with checksum and length. */
async function* member(reader: ByteReader): AsyncGenerator<Buffer> {
  const decoder = new PieceDecoder(zlib.createInflateRaw(pieceDecoderOptions));
  let checksum = 0;
  let length = 0;
  try {
    for (let used = 0; ; ) {
      const bytes = await reader.peek(1);
      if (bytes.length === 0) throw truncated(reader);
      // What a damaged piece would have decoded to is lost with it. Pieces that grow with the position keep that loss small.
      const piece = bytes.subarray(0, Math.min(Math.max(used >> 4, pieceBytesMin), pieceBytesMax));
      let output: Buffer[];
      try {
        output = await decoder.write(piece);
      } catch {
        throw corrupt(reader.offset);
      }
      const taken = decoder.usedBytes - used;
      used += taken;
      reader.skip(taken);
      for (const chunk of output) {
        checksum = zlib.crc32(chunk, checksum);
        length = (length + chunk.length) >>> 0;
        yield chunk;
      }
      if (taken < piece.length) break;
    }
  } finally {
    decoder.close();
  }
  const trailer = await reader.peek(8);
  if (trailer.length < 8) {
    reader.skip(trailer.length);
    throw truncated(reader);
  }
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== length) {
    throw new UnreadableInput(
      "corrupt",
      `holds damaged gzip data: the checksum before byte ${reader.offset} is wrong`,
    );
  }
  reader.skip(8);
}

/** Source: RFC 1952, 2.3. */
async function skipHeader(reader: ByteReader): Promise<void> {
  const start = reader.offset;
  const fixed = await take(reader, 10);
  const flags = fixed[3] as number;
  if (fixed[2] !== 8 || (flags & 0xe0) !== 0) throw corrupt(start);
  if (flags & 0x04) await take(reader, (await take(reader, 2)).readUInt16LE(0));
  if (flags & 0x08) await skipName(reader);
  if (flags & 0x10) await skipName(reader);
  if (flags & 0x02) await take(reader, 2);
}

/** A file name or comment: bytes up to a zero. */
async function skipName(reader: ByteReader): Promise<void> {
  for (;;) {
    const bytes = await reader.peek(1);
    if (bytes.length === 0) throw truncated(reader);
    const end = bytes.indexOf(0);
    reader.skip(end < 0 ? bytes.length : end + 1);
    if (end >= 0) return;
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

/** Skips zeros; false when nothing follows them. */
async function skipPadding(reader: ByteReader): Promise<boolean> {
  for (;;) {
    const bytes = await reader.peek(1);
    if (bytes.length === 0) return false;
    let zeros = 0;
    while (bytes[zeros] === 0) zeros += 1;
    reader.skip(zeros);
    if (zeros < bytes.length) return true;
  }
}

function truncated(reader: ByteReader): UnreadableInput {
  return new UnreadableInput("truncated", `ends too early: its gzip data stop after ${reader.offset} bytes`);
}

function corrupt(offset: number): UnreadableInput {
  return new UnreadableInput("corrupt", `holds damaged gzip data near byte ${offset}`);
}
