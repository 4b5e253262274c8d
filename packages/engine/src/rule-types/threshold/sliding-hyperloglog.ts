import { KeyedHash } from "../../first-seen/keyed-hash.ts";

const registerBits = 12;
const registerCount = 2 ** registerBits;

/** The estimate lies within this part of the true count in about two cases of three, and within three times as much in nearly all. */
export const relativeError = 1.04 / Math.sqrt(registerCount);

/** Nothing is looked up by these hashes, so a key that everyone knows does no harm beyond a wrong estimate. */
const hash = new KeyedHash([0x9e3779b9, 0x7f4a7c15, 0xf39cc060, 0x5cedc834]);

/**
 * Estimates how many different values were seen since any time in a sliding window, in memory that does not depend on their number. As in HyperLogLog,
 * 4,096 registers hold the highest rank of a hash; here each holds every rank that is the highest since some time, of which there are but few.
 * Source: Flajolet et al., "HyperLogLog"; Chabchoub and Hébrail, "Sliding HyperLogLog".
 */
export class SlidingHyperLogLog {
  /** For each register the times, ascending, and the ranks, descending, one after the other. */
  readonly #registers: number[][];

  constructor(registers: readonly (readonly number[])[] = []) {
    this.#registers = Array.from({ length: registerCount }, (_, i) => [...(registers[i] ?? [])]);
  }

  add(value: string, ms: number): void {
    hash.hash(value);
    const register = this.#registers[hash.low & (registerCount - 1)] as number[];
    const rank = Math.clz32(hash.high) + 1;
    // Where the entry goes by its time; nearly always at the end.
    let place = register.length;
    while (place > 0 && (register[place - 2] as number) > ms) place -= 2;
    // Those from there on are younger: one that is as high makes this one useless.
    if (place < register.length && (register[place + 1] as number) >= rank) return;
    let from = place;
    while (from > 0 && (register[from - 1] as number) <= rank) from -= 2;
    register.splice(from, place - from, ms, rank);
  }

  /** How many values were seen at or after a time, which must not go back: what lies before is forgotten. */
  countSince(ms: number): number {
    let sum = 0;
    let empty = 0;
    for (const register of this.#registers) {
      let past = 0;
      while (past < register.length && (register[past] as number) < ms) past += 2;
      if (past > 0) register.splice(0, past);
      const rank = register[1];
      if (rank === undefined) empty += 1;
      sum += 2 ** -(rank ?? 0);
    }
    const estimate = ((0.7213 / (1 + 1.079 / registerCount)) * registerCount ** 2) / sum;
    const isSmall = estimate <= 2.5 * registerCount && empty > 0;
    return Math.round(isSmall ? registerCount * Math.log(registerCount / empty) : estimate);
  }

  toArray(): number[][] {
    return this.#registers.map((register) => [...register]);
  }
}
