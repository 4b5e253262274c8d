import { utf8ToBytes } from "@noble/hashes/utils.js";
import { textOfUtf8 } from "../text/utf8.ts";
import { type AuditFields, bytesOfHex, unquoted } from "./audit-fields.ts";

/** More than this is cut, as it is of execs that come from elsewhere. */
const bytesMax = 12 * 1024;

/**
 * The arguments of a program, from the `EXECVE` records of one event. A long one comes in pieces, `a1[0]`, `a1[1]` and so on, and many arguments over
 * several records; a piece may end in the middle of a character.
 */
export class ExecArguments {
  readonly #bytesOf = new Map<number, number[]>();
  #bytes = 0;
  #isCut = false;

  /** True when not all of them are kept. */
  get isCut(): boolean {
    return this.#isCut;
  }

  add(fields: AuditFields): void {
    for (const [name, value] of fields) {
      if (this.#isCut) return;
      const number = argumentNumber(name);
      if (number !== undefined) this.#addPiece(number, bytesOfValue(value));
    }
  }

  texts(): readonly string[] {
    return [...this.#bytesOf].sort(([a], [b]) => a - b).map(([, bytes]) => textOfUtf8(bytes));
  }

  #addPiece(number: number, bytes: ArrayLike<number> & Iterable<number>): void {
    if (this.#bytes + bytes.length > bytesMax) {
      this.#isCut = true;
      return;
    }
    this.#bytes += bytes.length + 1;
    const known = this.#bytesOf.get(number);
    if (known === undefined) this.#bytesOf.set(number, [...bytes]);
    else for (const byte of bytes) known.push(byte);
  }
}

/** Of `a7`, and of a piece of it, `a7[2]`; undefined for other fields, such as `a7_len`. */
function argumentNumber(name: string): number | undefined {
  const found = /^a(\d{1,7})(?:\[\d{1,7}\])?$/.exec(name);
  return found === null ? undefined : Number(found[1]);
}

function bytesOfValue(value: string): ArrayLike<number> & Iterable<number> {
  if (value.startsWith('"')) return utf8ToBytes(unquoted(value));
  return bytesOfHex(value) ?? utf8ToBytes(value);
}
