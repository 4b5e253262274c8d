import type { DroppedHistory, FirstSeenStore, FirstSeenUsage } from "./first-seen-state.ts";
import { type HashKey, KeyedHash } from "./keyed-hash.ts";
import { MemoryFirstSeenTable } from "./memory-table.ts";
import { timeMax } from "./term-shard.ts";

const termsMaxDefault = 5_000_000;
const shardTermsDefault = 16_384;

/** When less than this part of a full store's terms can go for their age, the largest table must give up some as well: room is made seldom. */
const roomPart = 1 / 4096;

export interface MemoryStoreOptions {
  /** How many terms the histories of all rules may hold together. Default 5 million, about 100 MB. */
  readonly termsMax?: number;
  /**
   * How many terms stand together in the mean. At most about twice as many are moved at once, when a table grows, is saved or loses terms: fewer
   * make the pauses shorter, more make each look-up a little faster. Default 16,384.
   */
  readonly shardTerms?: number;
}

/**
 * The first-seen histories of all rules in memory, under one limit. When it is reached, terms that have left their rule's window go first. When
 * that frees little, the largest table gives up the terms it has not seen for longest, so one noisy rule cannot make the others forget.
 */
export class MemoryFirstSeenStore implements FirstSeenStore {
  readonly termsMax: number;
  readonly shardTerms: number;
  readonly hash: KeyedHash;
  readonly #tables = new Map<string, MemoryFirstSeenTable>();
  readonly #dropped = new Map<string, DroppedHistory>();
  #nowMs = Number.NEGATIVE_INFINITY;
  #size = 0;

  constructor(hashKey: HashKey, options: MemoryStoreOptions = {}) {
    const { termsMax = termsMaxDefault, shardTerms = shardTermsDefault } = options;
    this.hash = new KeyedHash(hashKey);
    this.termsMax = Math.max(1, termsMax);
    this.shardTerms = Math.max(1, shardTerms);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get tables(): readonly MemoryFirstSeenTable[] {
    return [...this.#tables.values()];
  }

  /** A `historyMs` that is not a finite number stands for ever. */
  table(ruleId: string, fingerprint: string, historyMs: number): MemoryFirstSeenTable {
    const windowMs = Number.isFinite(historyMs) ? historyMs : timeMax;
    let table = this.#tables.get(ruleId);
    if (table !== undefined && table.fingerprint !== fingerprint) {
      this.#dropped.set(ruleId, { ruleId, terms: table.size });
      this.forget(ruleId);
      table = undefined;
    }
    if (table === undefined) {
      table = new MemoryFirstSeenTable(this, ruleId, fingerprint, windowMs);
      this.#tables.set(ruleId, table);
    } else table.historyMs = windowMs;
    return table;
  }

  forget(ruleId: string): void {
    const table = this.#tables.get(ruleId);
    if (table === undefined) return;
    this.#tables.delete(ruleId);
    this.#size -= table.size;
    table.leave();
  }

  advance(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  usage(): readonly FirstSeenUsage[] {
    return this.tables.map(({ ruleId, size, bytes, expired, evicted }) => ({
      ruleId,
      terms: size,
      bytes,
      expired,
      evicted,
    }));
  }

  dropped(): readonly DroppedHistory[] {
    return [...this.#dropped.values()];
  }

  /** For the tables, which call it whenever they have gained terms or lost them. */
  resized(by: number): void {
    this.#size += by;
    if (by > 0 && this.#size > this.termsMax) this.#makeRoom();
  }

  #makeRoom(): void {
    let missing = Math.ceil(this.termsMax * roomPart);
    let largest: MemoryFirstSeenTable | undefined;
    for (const table of this.#tables.values()) {
      missing -= table.expire(table.windowStartMs, missing);
      if (missing <= 0) return;
      if (largest === undefined || table.size > largest.size) largest = table;
    }
    largest?.evict();
  }
}
