import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyedHash } from "./keyed-hash.ts";

// The oracle is HalfSipHash as its paper and reference implementation describe it, over bytes, with the numbers of rounds as parameters. Vectors
// are published for 2-4 rounds with both lengths of output, and for 1-3 rounds with 32 bits, but not for 1-3 with 64.

/** The output in hexadecimal, in the order of its bytes. */
function halfSipHash(
  message: Uint8Array,
  key: readonly [number, number],
  rounds: readonly [number, number],
  bits: 32 | 64,
) {
  const v = [key[0], key[1], key[0] ^ 0x6c796765, key[1] ^ 0x74656462] as [number, number, number, number];
  const rotated = (word: number, by: number) => (word << by) | (word >>> (32 - by));
  const mix = (count: number) => {
    for (let i = 0; i < count; i++) {
      v[0] = (v[0] + v[1]) | 0;
      v[1] = rotated(v[1], 5) ^ v[0];
      v[0] = rotated(v[0], 16);
      v[2] = (v[2] + v[3]) | 0;
      v[3] = rotated(v[3], 8) ^ v[2];
      v[0] = (v[0] + v[3]) | 0;
      v[3] = rotated(v[3], 7) ^ v[0];
      v[2] = (v[2] + v[1]) | 0;
      v[1] = rotated(v[1], 13) ^ v[2];
      v[2] = rotated(v[2], 16);
    }
  };
  const padded = new Uint8Array((message.length & ~3) + 4);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  if (bits === 64) v[1] ^= 0xee;
  for (let at = 0; at < padded.length; at += 4) {
    const word = new DataView(padded.buffer).getInt32(at, true);
    v[3] ^= word;
    mix(rounds[0]);
    v[0] ^= word;
  }
  v[2] ^= bits === 64 ? 0xee : 0xff;
  mix(rounds[1]);
  let output = hexadecimal(v[1] ^ v[3]);
  if (bits === 64) {
    v[1] ^= 0xdd;
    mix(rounds[1]);
    output += hexadecimal(v[1] ^ v[3]);
  }
  return output;
}

function hexadecimal(word: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, word, true);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function utf16(text: string): Uint8Array {
  return Uint8Array.from(
    { length: 2 * text.length },
    (_, i) => (text.charCodeAt(i >> 1) >> (8 * (i & 1))) & 0xff,
  );
}

function hashOf(text: string, key: readonly [number, number, number, number]): string {
  const hash = new KeyedHash(key);
  hash.hash(text);
  return hexadecimal(hash.low) + hexadecimal(hash.high);
}

const publishedKey = [0x03020100, 0x07060504] as const;

// Vector n is of the bytes 0 to n-1. Source: vectors.h of the reference implementation; lib/tests/siphash_kunit.c of Linux for 1-3 rounds.
test.for([
  { rounds: [2, 4], bits: 64, length: 0, want: "218d1f59b9b83cc8" },
  { rounds: [2, 4], bits: 64, length: 1, want: "be552412f8387315" },
  { rounds: [2, 4], bits: 64, length: 3, want: "ce0f1a45f7060679" },
  { rounds: [2, 4], bits: 64, length: 8, want: "edfee820bce4858c" },
  { rounds: [2, 4], bits: 64, length: 63, want: "2ea63c71bf326087" },
  { rounds: [2, 4], bits: 32, length: 0, want: "a9359f5b" },
  { rounds: [2, 4], bits: 32, length: 63, want: "59ea4a74" },
  { rounds: [1, 3], bits: 32, length: 0, want: "96c81458" },
  { rounds: [1, 3], bits: 32, length: 1, want: "ca64e8e7" },
  { rounds: [1, 3], bits: 32, length: 2, want: "300e4bbc" },
  { rounds: [1, 3], bits: 32, length: 7, want: "d6d9389d" },
  { rounds: [1, 3], bits: 32, length: 63, want: "04831787" },
] as const)(
  "the oracle gives the published vector of $length bytes, $rounds rounds, $bits bits",
  (vector) => {
    const message = Uint8Array.from({ length: vector.length }, (_, i) => i);
    expect(halfSipHash(message, publishedKey, vector.rounds, vector.bits)).toBe(vector.want);
  },
);

test("with equal halves of the key, the hash is HalfSipHash-1-3 of the text's UTF-16 units", () => {
  const text = fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
    .map((units) => String.fromCharCode(...units));
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(text, word, word, (text, k0, k1) => {
      expect(hashOf(text, [k0, k1, k0, k1])).toBe(halfSipHash(utf16(text), [k0, k1], [1, 3], 64));
    }),
  );
});

test.for([0, 1, 2, 3])("word %i of the key matters", (position) => {
  const key = [1, 2, 3, 4] as const;
  const other = key.map((word, i) => (i === position ? word ^ 0x100 : word)) as [
    number,
    number,
    number,
    number,
  ];
  expect(hashOf("bash", key)).not.toBe(hashOf("bash", other));
});

test("words of the key may be given signed or unsigned", () => {
  expect(hashOf("bash", [0xffffffff, 0x80000000, 0, 1])).toBe(hashOf("bash", [-1, -(2 ** 31), 0, 1]));
});

test("a hash does not depend on the one before it", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (texts) => {
      const hash = new KeyedHash([1, 2, 3, 4]);
      for (const text of texts) hash.hash(text);
      expect(hexadecimal(hash.low) + hexadecimal(hash.high)).toBe(
        hashOf(texts.at(-1) as string, [1, 2, 3, 4]),
      );
    }),
  );
});

test("the high half is never 0 and each bit is set about half of the time", () => {
  const hash = new KeyedHash([1, 2, 3, 4]);
  const set = new Array<number>(64).fill(0);
  for (let i = 0; i < 4000; i++) {
    hash.hash(`/usr/bin/${i}`);
    expect(hash.high).not.toBe(0);
    for (let bit = 0; bit < 32; bit++) {
      set[bit] = (set[bit] as number) + ((hash.low >>> bit) & 1);
      set[32 + bit] = (set[32 + bit] as number) + ((hash.high >>> bit) & 1);
    }
  }
  // Six standard deviations.
  for (const count of set) expect(Math.abs(count - 2000)).toBeLessThan(190);
});
