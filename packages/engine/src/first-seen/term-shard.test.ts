import fc from "fast-check";
import { expect, test } from "vitest";
import { TermShard, unpackSlots } from "./term-shard.ts";

// Hashes are chosen here so that they meet as real ones hardly ever do.

const few = fc.integer({ min: 0, max: 3 });
// Homes at the beginning, in the middle and at the end, where the search goes around.
const high = fc.constantFrom(1, 2, 0x7fffffff, -0x80000000, -2, -1);
const term = fc.record({ low: few, high, ms: fc.integer({ min: 1000, max: 1010 }) });

function shardOf(terms: readonly { low: number; high: number; ms: number }[]): TermShard {
  let shard = new TermShard(0);
  for (const { low, high, ms } of terms) {
    if (shard.isFull) shard = shard.grown();
    shard.observe(low, high, ms, 0);
  }
  return shard;
}

function contentOf(shard: TermShard): string[] {
  const content: string[] = [];
  const add = (low: number, high: number, ms: number) => content.push(`${low} ${high} ${ms}`);
  expect(unpackSlots(shard.packed(), add)).toBe(true);
  expect(content.length).toBe(shard.size);
  return content.sort();
}

function wanted(terms: readonly { low: number; high: number; ms: number }[]): string[] {
  const times = new Map<string, number>();
  for (const { low, high, ms } of terms) {
    times.set(`${low} ${high}`, Math.max(times.get(`${low} ${high}`) ?? 0, ms));
  }
  return [...times].map(([term, ms]) => `${term} ${ms}`).sort();
}

/** Nothing in the shard is older than it says. */
function expectBoundToHold(shard: TermShard): void {
  unpackSlots(shard.packed(), (_low, _high, ms) => expect(ms).toBeGreaterThanOrEqual(shard.oldestMs));
}

test("a term is both halves of its hash", () => {
  const shard = new TermShard(0);
  shard.observe(1, 5, 1000, 0);
  expect(shard.seen(1, 5, 1000)).toBe(true);
  expect(shard.seen(2, 5, 0)).toBe(false);
  expect(shard.seen(1, 6, 0)).toBe(false);
});

test("a shard holds the latest time of each term", () => {
  fc.assert(
    fc.property(fc.array(term, { maxLength: 60 }), (terms) => {
      const shard = shardOf(terms);
      expect(contentOf(shard)).toEqual(wanted(terms));
      expect(contentOf(shard.grown())).toEqual(wanted(terms));
      expectBoundToHold(shard);
      expectBoundToHold(shard.grown());
      for (const { low, high } of terms) expect(shard.seen(low, high, 1000)).toBe(true);
      for (const { low, high } of terms) expect(shard.seen(low + 4, high, 0)).toBe(false);
    }),
  );
});

test("a split gives every term to one of two shards by a bit", () => {
  fc.assert(
    fc.property(fc.array(term, { maxLength: 60 }), fc.constantFrom(1, 2), (terms, bit) => {
      const [clear, set] = shardOf(terms).split(bit);
      expectBoundToHold(clear);
      expectBoundToHold(set);
      expect(contentOf(clear)).toEqual(wanted(terms.filter(({ low }) => (low & bit) === 0)));
      expect(contentOf(set)).toEqual(wanted(terms.filter(({ low }) => (low & bit) !== 0)));
    }),
  );
});

test("the terms since a time are those last seen at it or after it", () => {
  fc.assert(
    fc.property(fc.array(term, { maxLength: 60 }), fc.integer({ min: 999, max: 1011 }), (terms, ms) => {
      const shard = shardOf(terms);
      const kept = shard.since(ms);
      expect(contentOf(kept)).toEqual(wanted(terms).filter((slot) => Number(slot.split(" ")[2]) >= ms));
      expect(kept === shard).toBe(kept.size === shard.size);
      expect(kept.since(ms)).toBe(kept);
      expect(kept.oldestMs).toBeGreaterThanOrEqual(ms);
      expectBoundToHold(kept);
    }),
  );
});

test("a shard stays as it is when its oldest terms have been seen again", () => {
  const shard = new TermShard(0);
  shard.observe(1, 5, 1000, 0);
  shard.observe(1, 5, 1010, 0);
  expect(shard.since(1005)).toBe(shard);
  expect(shard.oldestMs).toBe(1010);
});

test("without the oldest, the bound on the rest still holds", () => {
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 60 }), (terms) => {
      expectBoundToHold(shardOf(terms).withoutOldest(1 / 8));
    }),
  );
});

test("a new shard has room", () => {
  for (let terms = 0; terms < 300; terms++) {
    const shard = new TermShard(terms);
    for (let i = 0; i < terms; i++) shard.observe(0, i + 1, 1000, 0);
    if (shard.isFull) expect.fail(`${terms} terms`);
  }
});
