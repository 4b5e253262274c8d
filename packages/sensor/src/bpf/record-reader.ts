import { posix } from "node:path";
import { formatIp } from "@tallyman/ecs";
import { listOfTexts } from "../text-list.ts";
import type { Field } from "./layout.ts";

/** The fixed fields of one record. */
export class RecordReader {
  readonly #bytes: Buffer;
  readonly #start: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  number({ offset, size }: Field): number {
    const at = this.#start + offset;
    return size === 2 ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt32LE(at);
  }

  long({ offset }: Field): bigint {
    return this.#bytes.readBigUInt64LE(this.#start + offset);
  }

  port({ offset }: Field): number {
    return this.#bytes.readUInt16BE(this.#start + offset);
  }

  address({ offset, size }: Field, isIpv4: boolean): string {
    const at = this.#start + offset;
    const text = this.#bytes.toString("latin1", at, at + (isIpv4 ? 4 : size));
    return formatIp(isIpv4 ? `${ipv4InIpv6}${text}` : text);
  }

  /** The bytes of several fields that lie together, as a text to look up. */
  bytesFrom(first: Field, last: Field): string {
    return this.#bytes.toString("latin1", this.#start + first.offset, this.#start + last.offset + last.size);
  }

  fixedText({ offset, size }: Field): string {
    const at = this.#start + offset;
    const end = this.#bytes.indexOf(0, at);
    return this.#bytes.toString("utf8", at, Math.min(end < 0 ? at + size : end, at + size));
  }

  texts(fixedBytes: number): TextReader {
    return new TextReader(this.#bytes, this, this.#start + fixedBytes);
  }
}

const ipv4InIpv6 = `${"\0".repeat(10)}\xff\xff`;

/** The texts behind the fixed fields, read one after the other. */
class TextReader {
  readonly #bytes: Buffer;
  readonly #record: RecordReader;
  #at: number;

  constructor(bytes: Buffer, record: RecordReader, at: number) {
    this.#bytes = bytes;
    this.#record = record;
    this.#at = at;
  }

  bytes(length: Field): Buffer {
    const from = this.#at;
    this.#at += this.#record.number(length);
    return this.#bytes.subarray(from, this.#at);
  }

  /** Without its NUL; undefined when the program could not read it. */
  text(length: Field): string | undefined {
    const bytes = this.bytes(length);
    return bytes.length === 0 ? undefined : bytes.toString("utf8", 0, bytes.length - 1);
  }

  /** A path from the names that lead up to the root; undefined when the first ones are missing. */
  path(length: Field, cut: Field): string | undefined {
    const names = listOfTexts(this.bytes(length)).reverse().join("/");
    return this.#record.number(cut) === 1 ? undefined : `/${names}`;
  }

  /** The normal form of the path that a name stands for in a directory. A directory whose beginning is missing is marked, and begins with `…`. */
  absolute(name: Field | undefined, length: Field, cut: Field): { path: string; pathTruncated?: true } {
    const given = name === undefined ? "" : (this.text(name) ?? "");
    const names = listOfTexts(this.bytes(length)).reverse().join("/");
    const isCut = this.#record.number(cut) === 1;
    const path = posix.resolve(isCut ? `/…/${names}` : `/${names}`, given);
    return isCut ? { path, pathTruncated: true } : { path };
  }
}
