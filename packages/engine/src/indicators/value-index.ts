import { KeyedHash } from "../first-seen/keyed-hash.ts";

/** Slots are used up to this part. */
const loadMax = 0.75;

const capacityMin = 16;

/** Whoever finds something looks whether it is right, so a hash that everyone knows does no harm. */
const hash = new KeyedHash([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a]);

/**
 * Finds the numbers of those that have a value, in eight bytes a slot, 11 to 21 bytes an entry, and at the same cost however many there are. Values are told apart by
 * 32 bits of a hash: one look-up in some thousand, with millions of entries, gives a number that does not have the value.
 *
 * Open addressing over pairs of a hash and a number; a slot is free when the number is 0. Entries are not taken out one by one: those whose number has gone
 * are left behind when the table is made anew.
 */
export class ValueIndex {
  readonly #isHeld: (number: number) => boolean;
  readonly #numbersPerValueMax: number;
  #slots = new Int32Array(2 * capacityMin);
  #used = 0;

  /** `isHeld` says whether a number has not gone; of one value at most so many numbers are found, those that came last. */
  constructor(isHeld: (number: number) => boolean, numbersPerValueMax: number) {
    this.#isHeld = isHeld;
    this.#numbersPerValueMax = numbersPerValueMax;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  add(value: string, number: number): void {
    hash.hash(value);
    if (this.#used + 1 > loadMax * this.#capacity) this.#remake();
    this.#insert(hash.low, number);
  }

  /** The numbers that were added with the value and have not gone, in no particular order; with a small chance others. */
  find(value: string): readonly number[] {
    hash.hash(value);
    const { low } = hash;
    const slots = this.#slots;
    let found: number[] | undefined;
    for (let at = this.#home(low); slots[at + 1] !== 0; at = this.#after(at)) {
      const number = slots[at + 1] as number;
      if (slots[at] !== low || !this.#isHeld(number)) continue;
      if (found === undefined) found = [number];
      else found.push(number);
    }
    return found ?? none;
  }

  get #capacity(): number {
    return this.#slots.length / 2;
  }

  #home(low: number): number {
    return 2 * (low & (this.#capacity - 1));
  }

  #after(at: number): number {
    return at + 2 === this.#slots.length ? 0 : at + 2;
  }

  #insert(low: number, number: number): void {
    const slots = this.#slots;
    let same = 0;
    let oldest = -1;
    let at = this.#home(low);
    for (; slots[at + 1] !== 0; at = this.#after(at)) {
      if (slots[at] !== low) continue;
      same += 1;
      if (oldest < 0 || (slots[at + 1] as number) < (slots[oldest + 1] as number)) oldest = at;
    }
    if (same >= this.#numbersPerValueMax) at = oldest;
    else this.#used += 1;
    slots[at] = low;
    slots[at + 1] = number;
  }

  /** With room for twice the entries that are left. */
  #remake(): void {
    const old = this.#slots;
    let held = 0;
    for (let at = 0; at < old.length; at += 2) {
      const number = old[at + 1] as number;
      if (number !== 0 && this.#isHeld(number)) held += 1;
      else old[at + 1] = 0;
    }
    let capacity = capacityMin;
    while (held + 1 > (loadMax / 2) * capacity) capacity *= 2;
    this.#slots = new Int32Array(2 * capacity);
    this.#used = 0;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) this.#insert(old[at] as number, old[at + 1] as number);
    }
  }
}

const none: readonly number[] = [];
