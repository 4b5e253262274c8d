import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";

// A segment is a file of records, one after the other. A record is the length of its content and the CRC-32 of its content as 32-bit numbers, low byte
// first, and the content. The file's name is the sequence number of its first record, so that the others are counted.

/** How many bytes of a record stand before its content. */
const recordHeadBytes = 8;

/** No content is longer, so that a damaged length does not make the reader ask for memory. An event has at most 32 MiB. */
const recordBytesMax = 128 * 2 ** 20;

/** A record's content with what stands before it. */
export function encodeRecord(content: Buffer): Buffer {
  const record = Buffer.allocUnsafe(recordHeadBytes + content.length);
  record.writeUInt32LE(content.length, 0);
  record.writeUInt32LE(crc32(content), 4);
  content.copy(record, recordHeadBytes);
  return record;
}

/** The name of the segment whose first record has this number. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, "0")}.alerts`;
}

/** The number of the first record of a segment; undefined for the name of another file. */
export function firstOfSegment(name: string): number | undefined {
  return /^\d{16}\.alerts$/.test(name) ? Number(name.slice(0, 16)) : undefined;
}

/** What reading records from an offset gives: whole ones, and whether something is wrong after them. */
export interface ReadRecords {
  readonly contents: readonly Buffer[];
  /** Where the first record begins that was not read. */
  readonly end: number;
  /** `torn` when the file ends within a record, `damaged` when a record's bytes are not those that were written. */
  readonly fault: "torn" | "damaged" | undefined;
}

/** Reads whole records from an offset, up to an offset and as many bytes as are asked for, but at least one. Fails as the system does. */
export function readRecords(path: string, from: number, to: number, bytesMax: number): ReadRecords {
  const fd = openSync(path, "r");
  try {
    const fileEnd = Math.min(to, fstatSync(fd).size);
    const contents: Buffer[] = [];
    let at = from;
    let window = readWindow(fd, at, Math.min(fileEnd - at, bytesMax));
    let windowAt = at;
    while (at < fileEnd && (at - from < bytesMax || contents.length === 0)) {
      if (fileEnd - at < recordHeadBytes) return { contents, end: at, fault: "torn" };
      if (at + recordHeadBytes > windowAt + window.length) {
        if (contents.length > 0) break;
        window = readWindow(fd, at, recordHeadBytes);
        windowAt = at;
      }
      const length = window.readUInt32LE(at - windowAt);
      const sum = window.readUInt32LE(at - windowAt + 4);
      // What a failing machine leaves of a file is often zeros, which would be empty records with a good sum.
      if (length === 0 || length > recordBytesMax) return { contents, end: at, fault: "damaged" };
      const end = at + recordHeadBytes + length;
      if (end > fileEnd) return { contents, end: at, fault: "torn" };
      if (end > windowAt + window.length) {
        if (contents.length > 0) break;
        window = readWindow(fd, at, recordHeadBytes + length);
        windowAt = at;
      }
      const content = window.subarray(at - windowAt + recordHeadBytes, end - windowAt);
      if (crc32(content) !== sum) return { contents, end: at, fault: "damaged" };
      contents.push(content);
      at = end;
    }
    return { contents, end: at, fault: undefined };
  } finally {
    closeSync(fd);
  }
}

function readWindow(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, length));
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, from + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
