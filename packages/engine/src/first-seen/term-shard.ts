/** Bytes of a slot: the high half of a term's hash at 0, the low half at 4, the time of its last sighting at 8, all little-endian. */
export const slotBytes = 14;

/** The latest time that a slot can hold, in epoch milliseconds: 48 bits, the year 10889. */
export const timeMax = 2 ** 48 - 1;

/** How full a shard gets. Up to there a term is found within three slots in the mean, which lie side by side. */
const loadMax = 0.8;

/** How much more room than its terms need a new shard has. */
const spare = 1.25;

const capacityMin = 8;

/**
 * A hash table of terms and the times of their last sightings, in one piece of memory without an object per term. It is a piece of a larger
 * table, small enough to be copied in a fraction of a millisecond, which is how it grows and how terms leave it.
 *
 * Open addressing: a term stands in the first free slot at or after its home, around the end if need be. A slot is free when the high half of
 * its hash is 0. Homes are proportional to the high half, so slots lie nearly in the order of their hashes, and a copy runs through the memory of
 * both shards from front to back. For the same reason terms must not be added to a small shard in the order of their hashes: they would
 * pile up at its beginning.
 */
export class TermShard {
  /** How many terms there are. */
  size = 0;
  /** No term was last seen before this. It is not raised when the oldest is seen again, so it may be too early. */
  oldestMs = Number.POSITIVE_INFINITY;
  readonly #slots: DataView;
  readonly #capacity: number;
  /** The size of the memory in bytes. */
  readonly #end: number;

  /** An empty shard with room for a number of terms and some more. */
  constructor(terms: number) {
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
    const grown = new TermShard(this.size);
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
    const clear = new TermShard(this.size - setCount);
    const set = new TermShard(setCount);
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (this.#isUsed(at)) (isSet(at) ? set : clear).#add(this.#slots, at);
    }
    return [clear, set];
  }

  /** The terms last seen at or after a time: this shard when that is all of them, else a new one. */
  since(ms: number): TermShard {
    if (this.oldestMs >= ms) return this;
    const times = this.#times();
    this.oldestMs = times.reduce((oldest, time) => Math.min(oldest, time), Number.POSITIVE_INFINITY);
    if (this.oldestMs >= ms) return this;
    const kept = new TermShard(times.reduce((count, time) => (time >= ms ? count + 1 : count), 0));
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (this.#isUsed(at) && this.#timeAt(at) >= ms) kept.#add(this.#slots, at);
    }
    return kept;
  }

  /** All terms but a number of those last seen longest ago, in a new shard. */
  withoutOldest(count: number): TermShard {
    const times = this.#times().sort();
    const lastOutMs = times[count - 1] as number;
    // Of terms last seen at the same moment some may have to go while others stay.
    let tied = count - times.indexOf(lastOutMs);
    const kept = new TermShard(this.size - count);
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (!this.#isUsed(at)) continue;
      const lastMs = this.#timeAt(at);
      if (lastMs > lastOutMs || (lastMs === lastOutMs && --tied < 0)) kept.#add(this.#slots, at);
    }
    return kept;
  }

  /** The slots in use, one after the other; `unpackSlots` reads them. */
  packed(): Uint8Array {
    const packed = new DataView(new ArrayBuffer(this.size * slotBytes));
    let to = 0;
    for (let at = 0; at < this.#end; at += slotBytes) {
      if (!this.#isUsed(at)) continue;
      for (let i = 0; i < 12; i += 4) packed.setInt32(to + i, this.#slots.getInt32(at + i, true), true);
      packed.setUint16(to + 12, this.#slots.getUint16(at + 12, true), true);
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

  /** Adds the term in a slot of another shard; it must not be there yet. */
  #add(from: DataView, fromAt: number): void {
    const high = from.getInt32(fromAt, true);
    let at = this.#home(high);
    while (this.#isUsed(at)) at = this.#after(at);
    this.#fill(at, from.getInt32(fromAt + 4, true), high, timeAt(from, fromAt));
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

function timeAt(slots: DataView, at: number): number {
  return slots.getUint32(at + 8, true) + slots.getUint16(at + 12, true) * 2 ** 32;
}
