/**
 * A secret of 128 bits as four words of 32 bits, from a source that nobody can guess. It must stay the same as long as hashes made with it are
 * kept.
 */
export type HashKey = readonly [number, number, number, number];

/**
 * HalfSipHash-1-3 with 64 bits of output, over the UTF-16 units of a text, low byte first. Terms are chosen by attackers, and two terms with one
 * hash share one history; without the key nobody knows how to make such a pair, nor many terms that crowd into one place of a table.
 *
 * HalfSipHash has a key of 64 bits, which fills the first half of its state and then the second. Here each half has key bits of its own; a key
 * whose halves are equal gives HalfSipHash as published. SipHash itself, on pairs of 32-bit words, took twice as long.
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF"; reference implementation, github.com/veorq/SipHash.
 */
export class KeyedHash {
  readonly key: HashKey;
  /** Half of the last hash, as a signed integer. */
  low = 0;
  /** The other half. Never 0, so that 0 can mark a free slot of a table: a hash with 0 here gets 1. */
  high = 0;
  #text: string | undefined;
  readonly #v0: number;
  readonly #v1: number;
  readonly #v2: number;
  readonly #v3: number;

  constructor(key: HashKey) {
    const [k0, k1, k2, k3] = key;
    this.key = [k0 | 0, k1 | 0, k2 | 0, k3 | 0];
    this.#v0 = k0 | 0;
    this.#v1 = k1 ^ 0xee;
    this.#v2 = k2 ^ 0x6c796765;
    this.#v3 = k3 ^ 0x74656462;
  }

  /** Sets `low` and `high` to the hash of a text. The same text again costs nothing: callers ask about a term, then record it. */
  hash(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = this.#v2;
    let v3 = this.#v3;
    const length = text.length;
    const pairs = length >>> 1;
    // One round for every two units, one for what is left and the length in bytes, and three for each half of the output.
    for (let i = 0; i < pairs + 7; i++) {
      let word = 0;
      if (i < pairs) word = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 16);
      else if (i === pairs) word = (length << 25) | ((length & 1) === 1 ? text.charCodeAt(length - 1) : 0);
      else if (i === pairs + 1) v2 ^= 0xee;
      else if (i === pairs + 4) {
        this.low = v1 ^ v3;
        v1 ^= 0xdd;
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = v0 ^ ((v1 << 5) | (v1 >>> 27));
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = v2 ^ ((v3 << 8) | (v3 >>> 24));
      v0 = (v0 + v3) | 0;
      v3 = v0 ^ ((v3 << 7) | (v3 >>> 25));
      v2 = (v2 + v1) | 0;
      v1 = v2 ^ ((v1 << 13) | (v1 >>> 19));
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    this.high = v1 ^ v3 || 1;
  }
}
