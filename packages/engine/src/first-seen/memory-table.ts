import type { FirstSeenTable } from "./first-seen-state.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import { slotBytes, TermShard, timeMax, unpackSlots } from "./term-shard.ts";

/** The part of a shard's terms that one eviction takes. */
const evictedPart = 1 / 8;

/** What the tables of a store share. */
export interface TableHost {
  readonly hash: KeyedHash;
  /** How far time has come; minus infinity when nobody has said. */
  readonly nowMs: number;
  /** How many terms a shard holds in the mean; those that wait to be split hold up to twice as many. */
  readonly shardTerms: number;
  /** Called when a table has gained or lost terms. */
  resized(by: number): void;
}

/**
 * A first-seen history in memory, about 20 bytes a term. It keeps a hash of each term in place of the term: among ten million terms, a new one is
 * taken for one of them with a chance of 1 in 10^12, and without the hash key nobody can bring that about.
 *
 * Terms lie in shards, chosen by the low half of the hash. The table grows by linear hashing: when it has one shard too few, the next in turn is
 * split in two by one more bit. So a small table is one small shard, and a large one is never copied as a whole.
 * Times before 1970 count as its beginning.
 */
export class MemoryFirstSeenTable implements FirstSeenTable {
  readonly ruleId: string;
  readonly fingerprint: string;
  learnedSinceMs: number | undefined;
  #host: TableHost;
  #historyMs: number;
  #shards = [new TermShard(0)];
  /** One less than the number of shards rounded up to a power of two. */
  #mask = 0;
  #size = 0;
  #expired = 0;
  #evicted = 0;
  #evictNext = 0;

  constructor(host: TableHost, ruleId: string, fingerprint: string, historyMs: number) {
    this.#host = host;
    this.ruleId = ruleId;
    this.fingerprint = fingerprint;
    this.#historyMs = historyMs;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.bytes, 0);
  }

  get expired(): number {
    return this.#expired;
  }

  get evicted(): number {
    return this.#evicted;
  }

  get historyMs(): number {
    return this.#historyMs;
  }

  /** A longer window begins where the shorter one did, since what lay before may be gone. */
  set historyMs(historyMs: number) {
    if (historyMs > this.#historyMs && this.learnedSinceMs !== undefined) {
      this.learnedSinceMs = Math.max(this.learnedSinceMs, this.windowStartMs);
    }
    this.#historyMs = historyMs;
  }

  /** Sightings before this can no longer make a difference. */
  get windowStartMs(): number {
    return this.#host.nowMs - this.#historyMs;
  }

  seen(term: string, historyStartMs: number): boolean {
    const { hash } = this.#host;
    hash.hash(term);
    return this.#shard(this.#indexOf(hash.low)).seen(hash.low, hash.high, historyStartMs);
  }

  record(term: string, ms: number): void {
    this.observe(term, ms, ms);
  }

  observe(term: string, ms: number, historyStartMs: number): "known" | "new" {
    const { hash } = this.#host;
    hash.hash(term);
    return this.#observe(hash.low, hash.high, ms, historyStartMs) ? "known" : "new";
  }

  expire(beforeMs: number, enough = Number.POSITIVE_INFINITY): number {
    let dropped = 0;
    for (let i = 0; i < this.#shards.length && dropped < enough; i++) dropped += this.#expire(i, beforeMs);
    return dropped;
  }

  /**
   * Drops some of the terms last seen longest ago; there must be terms. They come from one shard, whose terms are a random sample of all, and the
   * next time from the next shard, so that nobody has to wait for long.
   */
  evict(): void {
    while (this.#shard(this.#evictNext % this.#shards.length).size === 0) this.#evictNext += 1;
    const index = this.#evictNext % this.#shards.length;
    this.#evictNext = index + 1;
    const shard = this.#shard(index);
    this.#evicted += this.#replace(index, shard.withoutOldest(evictedPart));
  }

  /** Leaves the store, which no longer counts the terms. */
  leave(): void {
    const { hash, nowMs, shardTerms } = this.#host;
    this.#host = { hash, nowMs, shardTerms, resized: () => {} };
  }

  /**
   * The terms in the window, in pieces. The table may be used between two of them: a shard that is split meanwhile leaves part of its terms to
   * one that is still to come, so what was there from the start is in some piece.
   */
  *packed(): Generator<Uint8Array> {
    for (let i = 0; i < this.#shards.length; i++) {
      this.#expire(i, this.windowStartMs);
      if (this.#shard(i).size > 0) yield this.#shard(i).packed();
    }
  }

  /** Makes the shards for a number of terms; the table must be empty. */
  reserve(terms: number): void {
    const count = Math.max(1, Math.ceil(terms / this.#host.shardTerms));
    this.#shards = Array.from({ length: count }, () => new TermShard(0));
    this.#mask = 2 ** Math.ceil(Math.log2(count)) - 1;
  }

  /** Adds the terms of a piece that `packed` gave; false when it is something else. */
  unpack(piece: Uint8Array): boolean {
    const count = Math.min(piece.length / slotBytes, 3 * this.#host.shardTerms);
    return unpackSlots(piece, (low, high, ms) => {
      // Pieces are shards, and their terms come in the order of their hashes: they need a shard of the right size.
      const index = this.#indexOf(low);
      if (this.#shard(index).size === 0) this.#shards[index] = new TermShard(count);
      this.#observe(low, high, ms, ms);
    });
  }

  /** True when the term was seen in the window. */
  #observe(low: number, high: number, ms: number, historyStartMs: number): boolean {
    const index = this.#indexOf(low);
    const shard = this.#shard(index);
    const { size } = shard;
    // What is not a number becomes 0 as well.
    const isSeen = shard.observe(low, high, ms > 0 ? Math.min(ms, timeMax) : 0, historyStartMs);
    if (shard.size > size) this.#added(index);
    return isSeen;
  }

  #indexOf(low: number): number {
    const index = low & this.#mask;
    return index < this.#shards.length ? index : index & (this.#mask >>> 1);
  }

  #shard(index: number): TermShard {
    return this.#shards[index] as TermShard;
  }

  #added(index: number): void {
    this.#size += 1;
    if (this.#shard(index).isFull) {
      this.#expire(index, this.windowStartMs);
      if (this.#shard(index).isFull) this.#shards[index] = this.#shard(index).grown();
    }
    if (this.#size > this.#shards.length * this.#host.shardTerms) this.#split();
    this.#host.resized(1);
  }

  #split(): void {
    const added = this.#shards.length;
    if (added > this.#mask) this.#mask = 2 * this.#mask + 1;
    const bit = (this.#mask + 1) / 2;
    const [clear, set] = this.#shard(added - bit).split(bit);
    this.#shards[added - bit] = clear;
    this.#shards.push(set);
  }

  #expire(index: number, beforeMs: number): number {
    const dropped = this.#replace(index, this.#shard(index).since(beforeMs));
    this.#expired += dropped;
    return dropped;
  }

  /** Puts a shard in the place of another that holds all its terms, and says how many more that had. */
  #replace(index: number, shard: TermShard): number {
    const dropped = this.#shard(index).size - shard.size;
    this.#shards[index] = shard;
    this.#size -= dropped;
    this.#host.resized(-dropped);
    return dropped;
  }
}
