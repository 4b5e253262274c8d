/** One JSON value as it stands in an input, not yet looked into. */
export interface RawRecord {
  /** A view that holds until more input is pushed; undefined when the record is longer than the limit. */
  readonly bytes: Buffer | undefined;
  readonly byteCount: number;
  /** The line on which it begins, counted from 1. */
  readonly line: number;
  /** Where in that line it begins, in bytes, counted from 1. */
  readonly column: number;
  /** The position of its first byte in the text of the input, counted from 0. */
  readonly offset: number;
}

/**
 * Cuts a text into records. Push a chunk, take records until there is none, push the next; after `end`, take the last. However
 * the text is divided into chunks, the records are the same.
 */
export interface Splitter {
  push(chunk: Buffer): void;
  end(): void;
  next(): RawRecord | undefined;
}

/** What JSON takes for white space: space, tab, line feed, carriage return. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The record without white space around it; undefined when nothing is left. */
export function trimBlanks(record: RawRecord): RawRecord | undefined {
  const { bytes } = record;
  if (bytes === undefined) return record;
  let start = 0;
  let end = bytes.length;
  while (end > 0 && isBlank(bytes[end - 1])) end -= 1;
  if (end === 0) return undefined;
  while (isBlank(bytes[start])) start += 1;
  if (end - start === bytes.length) return record;
  return {
    bytes: bytes.subarray(start, end),
    byteCount: end - start,
    line: record.line,
    column: record.column + start,
    offset: record.offset + start,
  };
}
