import type { FoundValues } from "./found-values.ts";

/** In bytes; a multiple of 4. What is longer is seldom the same twice, and costs less to read anew, compared with its length. */
export const rememberedLengthMax = 64;
const wordsMax = rememberedLengthMax / 4;
/** A power of two. */
const placeCount = 4096;

/**
 * Remembers what values of events mean by the bytes they are written in, on which nothing else has a bearing. Most values of events come again and
 * again; who asks for one then gets the same string as before, whose hash is known, and whose other readings may be known too.
 *
 * Each text has one place, from which it pushes what is there.
 */
export class RecentValues {
  readonly #values: (FoundValues | undefined)[] = new Array(placeCount).fill(undefined);
  readonly #lengths = new Uint8Array(placeCount);
  readonly #words = new Int32Array(placeCount * wordsMax);
  /** Where `find` looked last. */
  #place = 0;

  /** What is remembered of the bytes from `start` to `end`, which are no more than `rememberedLengthMax`. */
  find(view: DataView, start: number, end: number): FoundValues | undefined {
    const place = placeOf(view, start, end);
    this.#place = place;
    if (this.#lengths[place] !== end - start) return undefined;
    const words = this.#words;
    let word = place * wordsMax;
    for (let at = start; at + 4 < end; at += 4) {
      if (view.getInt32(at, true) !== words[word]) return undefined;
      word += 1;
    }
    return lastWord(view, start, end) === words[word] ? this.#values[place] : undefined;
  }

  /** Remembers the values of the bytes for which `find` was called last. */
  remember(view: DataView, start: number, end: number, values: FoundValues): void {
    const place = this.#place;
    this.#values[place] = values;
    this.#lengths[place] = end - start;
    let word = place * wordsMax;
    for (let at = start; at + 4 < end; at += 4) {
      this.#words[word] = view.getInt32(at, true);
      word += 1;
    }
    this.#words[word] = lastWord(view, start, end);
  }
}

/** The last four bytes; of fewer, those there are. In an event a name and a colon stand before any value. */
function lastWord(view: DataView, start: number, end: number): number {
  const word = view.getInt32(end - 4, true);
  return end - start < 4 ? word >>> (8 * (4 - (end - start))) : word;
}

/** Long texts that differ only in what is not looked at take the place of each other, no more. */
function placeOf(view: DataView, start: number, end: number): number {
  const length = end - start;
  const last = lastWord(view, start, end);
  const middle = length > 8 ? view.getInt32(start + (length >> 1) - 2, true) : 0;
  const first = length > 4 ? view.getInt32(start, true) : 0;
  let hash =
    Math.imul(last ^ length, 0x9e3779b1) ^ Math.imul(middle, 0x85ebca6b) ^ Math.imul(first, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) & (placeCount - 1);
}
