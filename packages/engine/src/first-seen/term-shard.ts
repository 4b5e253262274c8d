/** Bytes of a slot: the high half of a term's hash at 0, the low half at 4, the time of its last sighting at 8, all little-endian. */
export const slotBytes = 14;

/** The latest time that a slot can hold, in epoch milliseconds: 48 bits, the year 10889. */
export const timeMax = 2 ** 48 - 1;

/** How full a shard gets. Up to there a term is found within three slots in the mean, which lie side by side. */
const loadMax = 0.8;

/** How much more room than its terms need a new shard has. The cube is above 2, so a shard that doubles before it is split grows only twice. */
const spare = 1.28;

const capacityMin = 8;

/** How many times are sorted at most to tell which terms were last seen longest ago. */
const sampleMax = 1024;

/**
 * A hash table of terms and the times of their last sightings, in one piece of memory without an object per term. It is a piece of a larger
 * table, small enough to be copied in about a millisecond, which is how it grows and how terms leave it.
 *
 * Open addressing: a term stands in the first free slot at or after its home, around the end if need be. A slot is free when the high half of
 * its hash is 0. Homes are proportional to the high half, so slots lie nearly in the order of their hashes, and a copy runs through the memory of
 * both shards from front to back. For the same reason terms must not be added to a small shard in the order of their hashes: they would
 * pile up at its beginning.
 */
export class TermShard {
  /** How many terms there are. */
  size = 0;
  /** No term was last seen before this; the oldest may be younger. */
  oldestMs: number;
  readonly #slots: DataView;
  readonly #capacity: number;
  /** The size of the memory in bytes. */
  readonly #end: number;

  /** An empty shard with room for a number of terms and some more. */
  constructor(terms: number, oldestMs = Number.POSITIVE_INFINITY) {
    this.oldestMs = oldestMs;
    this.#capacity = Math.max(capacityMin, Math.ceil((terms * spare) / loadMax));
    this.#end = this.#capacity * slotBytes;
    this.#slots = new DataView(new ArrayBuffer(this.#end));
  }

  get bytes(): number {
    return this.#end;
  }

  /** True when further terms would make the shard slow. */
  get isFull(): boolean {
    return this.size >= Math.floor(this.#capacity * loadMax);
  }

  /** True when the term was last seen at or after a time. */
  seen(low: number, high: number, startMs: number): boolean {
    const at = this.#find(low, high);
    return this.#isUsed(at) && this.#timeAt(at) >= startMs;
  }

  /** The same, then takes note of a sighting. A term that is not there is added; the shard must not be full. */
  observe(low: number, high: number, ms: number, startMs: number): boolean {
    const at = this.#find(low, high);
    if (!this.#isUsed(at)) {
      this.#fill(at, low, high, ms);
      return false;
    }
    const lastMs = this.#timeAt(at);
    if (ms > lastMs) this.#setTimeAt(at, ms);
    return lastMs >= startMs;
  }

  /** The same terms in a new shard with more room. */
  grown(): TermShard {
    const grown = new TermShard(this.size, this.oldestMs);
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (this.#isUsed(at)) grown.#add(this.#slots, at);
    }
    return grown;
  }

  /** The terms in two new shards: those whose low half has a bit clear, and those that have it set. */
  split(bit: number): readonly [clear: TermShard, set: TermShard] {
    const isSet = (at: number) => (this.#slots.getInt32(at + 4, true) & bit) !== 0;
    let setCount = 0;
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (this.#isUsed(at) && isSet(at)) setCount += 1;
    }
    const clear = new TermShard(this.size - setCount, this.oldestMs);
    const set = new TermShard(setCount, this.oldestMs);
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (this.#isUsed(at)) (isSet(at) ? set : clear).#add(this.#slots, at);
    }
    return [clear, set];
  }

  /** The terms last seen at or after a time: this shard when that is all of them, else a new one. */
  since(ms: number): TermShard {
    if (this.oldestMs >= ms) return this;
    const times = this.#times();
    let count = 0;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const time of times) {
      if (time >= ms) count += 1;
      if (time < oldestMs) oldestMs = time;
    }
    this.oldestMs = oldestMs;
    if (count === this.size) return this;
    const kept = new TermShard(count, ms);
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (this.#isUsed(at) && this.#timeAt(at) >= ms) kept.#add(this.#slots, at);
    }
    return kept;
  }

  /**
   * All terms but a part of those last seen longest ago, in a new shard. In a large shard, a sample decides how long ago that is, so the part
   * is not met exactly; at least one term goes.
   */
  withoutOldest(part: number): TermShard {
    const times = this.#times();
    const lastOutMs = quantile(times, part);
    let older = 0;
    let tied = 0;
    for (const time of times) {
      if (time < lastOutMs) older += 1;
      else if (time === lastOutMs) tied += 1;
    }
    // Of terms last seen at that very moment some may have to go while others stay.
    let tiedOut = Math.min(tied, Math.max(0, Math.ceil(this.size * part) - older));
    const kept = new TermShard(this.size - older - tiedOut, lastOutMs);
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (!this.#isUsed(at)) continue;
      const lastMs = this.#timeAt(at);
      if (lastMs > lastOutMs || (lastMs === lastOutMs && --tiedOut < 0)) kept.#add(this.#slots, at);
    }
    return kept;
  }

  /** The slots in use, one after the other; `unpackSlots` reads them. */
  packed(): Uint8Array {
    const packed = new DataView(new ArrayBuffer(this.size * slotBytes));
    let to = 0;
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (!this.#isUsed(at)) continue;
      copySlot(this.#slots, at, packed, to);
      to += slotBytes;
    }
    return new Uint8Array(packed.buffer);
  }

  /** The slot of a term, or the free one where it would go. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    let at = this.#home(high);
    for (;;) {
      const found = slots.getInt32(at, true);
      if (found === 0 || (found === high && slots.getInt32(at + 4, true) === low)) return at;
      at = this.#after(at);
    }
  }

  #home(high: number): number {
    return (((high >>> 0) * this.#capacity * 2 ** -32) | 0) * slotBytes;
  }

  #after(at: number): number {
    const next = at + slotBytes;
    return next === this.#end ? 0 : next;
  }

  #isUsed(at: number): boolean {
    return this.#slots.getInt32(at, true) !== 0;
  }

  #timeAt(at: number): number {
    return timeAt(this.#slots, at);
  }

  #setTimeAt(at: number, ms: number): void {
    // The setters keep the low bits of the whole part of what they are given.
    this.#slots.setUint32(at + 8, ms, true);
    this.#slots.setUint16(at + 12, ms / 2 ** 32, true);
  }

  #fill(at: number, low: number, high: number, ms: number): void {
    this.#slots.setInt32(at, high, true);
    this.#slots.setInt32(at + 4, low, true);
    this.#setTimeAt(at, ms);
    this.size += 1;
    if (ms < this.oldestMs) this.oldestMs = ms;
  }

  /** Adds the term in a slot of another shard, which must not be there yet; `oldestMs` must allow for it. */
  #add(from: DataView, fromAt: number): void {
    let at = this.#home(from.getInt32(fromAt, true));
    while (this.#isUsed(at)) at = this.#after(at);
    copySlot(from, fromAt, this.#slots, at);
    this.size += 1;
  }

  /** The times of all terms. */
  #times(): Float64Array {
    const times = new Float64Array(this.size);
    let index = 0;
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (this.#isUsed(at)) times[index++] = this.#timeAt(at);
    }
    return times;
  }
}

/** The number that a part of some numbers do not exceed; there must be numbers. Of many, a sample is asked. */
function quantile(numbers: Float64Array, part: number): number {
  const sample = new Float64Array(Math.min(numbers.length, sampleMax));
  const step = numbers.length / sample.length;
  for (let i = 0; i < sample.length; i++) sample[i] = numbers[Math.floor(i * step)] as number;
  sample.sort();
  return sample[Math.ceil(sample.length * part) - 1] as number;
}

/** Calls `add` for each slot that `packed` gave; false when it is something else. */
export function unpackSlots(
  packed: Uint8Array,
  add: (low: number, high: number, ms: number) => void,
): boolean {
  if (packed.length % slotBytes !== 0) return false;
  const slots = new DataView(packed.buffer, packed.byteOffset, packed.length);
  for (let at = 0; at < packed.length; at += slotBytes) {
    const high = slots.getInt32(at, true);
    if (high === 0) return false;
    add(slots.getInt32(at + 4, true), high, timeAt(slots, at));
  }
  return true;
}

function copySlot(from: DataView, fromAt: number, to: DataView, toAt: number): void {
  to.setInt32(toAt, from.getInt32(fromAt, true), true);
  to.setInt32(toAt + 4, from.getInt32(fromAt + 4, true), true);
  to.setInt32(toAt + 8, from.getInt32(fromAt + 8, true), true);
  to.setUint16(toAt + 12, from.getUint16(fromAt + 12, true), true);
}

function timeAt(slots: DataView, at: number): number {
  return slots.getUint32(at + 8, true) + slots.getUint16(at + 12, true) * 2 ** 32;
}
