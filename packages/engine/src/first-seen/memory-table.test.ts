import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyedHash } from "./keyed-hash.ts";
import { MemoryFirstSeenTable, type TableHost } from "./memory-table.ts";

const now = Date.UTC(2026, 0, 15);
const hour = 3_600_000;

function newHost(shardTerms: number): { -readonly [K in keyof TableHost]: TableHost[K] } {
  const hash = new KeyedHash([1, 2, 3, 4]);
  return { hash, nowMs: Number.NEGATIVE_INFINITY, shardTerms, resized: () => {} };
}

function newTable(shardTerms = 100): MemoryFirstSeenTable {
  return new MemoryFirstSeenTable(newHost(shardTerms), "rule", "query", 24 * hour);
}

test("a table of many shards answers like a Map", () => {
  const table = newTable();
  const times = new Map<string, number>();
  // Numbers that come again and again, at times that go up and down.
  for (let i = 0; i < 40_000; i++) {
    const term = `/usr/bin/${(i * 7919) % 25_000}`;
    const ms = now + ((i * 104_729) % 1000);
    const startMs = now + ((i * 31) % 1000);
    const last = times.get(term);
    const want = last !== undefined && last >= startMs ? "known" : "new";
    if (table.observe(term, ms, startMs) !== want) expect.fail(`${term} is ${want}`);
    times.set(term, Math.max(last ?? 0, ms));
  }
  expect(table.size).toBe(times.size);
  for (const [term, ms] of times) {
    if (!table.seen(term, ms) || table.seen(term, ms + 1)) expect.fail(`${term} has another time`);
  }
});

test("a small table is small and a large one has little to spare", () => {
  const table = newTable(16_384);
  for (let i = 0; i < 10; i++) table.record(`term ${i}`, now);
  expect(table.bytes).toBeLessThan(500);
  for (let size = 10; size < 100_000; size += 1) {
    table.record(`term ${size}`, now);
    if (size > 1000 && table.bytes / size > 24) expect.fail(`${table.bytes} bytes for ${size} terms`);
  }
});

test.for([
  { given: -1, kept: 0 },
  { given: 0, kept: 0 },
  { given: 1.9, kept: 1 },
  { given: 2 ** 31, kept: 2 ** 31 },
  { given: 2 ** 32 - 1, kept: 2 ** 32 - 1 },
  { given: 2 ** 32, kept: 2 ** 32 },
  { given: 2 ** 48 - 1, kept: 2 ** 48 - 1 },
  { given: 2 ** 48, kept: 2 ** 48 - 1 },
  { given: 8.64e15, kept: 2 ** 48 - 1 },
  { given: Number.POSITIVE_INFINITY, kept: 2 ** 48 - 1 },
  { given: Number.NEGATIVE_INFINITY, kept: 0 },
  { given: Number.NaN, kept: 0 },
])("the time $given is kept as $kept", ({ given, kept }) => {
  const table = newTable();
  table.record("bash", given);
  expect(table.seen("bash", kept)).toBe(true);
  expect(table.seen("bash", kept + 1)).toBe(false);
  table.record("sh", 5);
  table.record("sh", given);
  expect(table.seen("sh", Math.max(5, kept))).toBe(true);
  expect(table.seen("sh", Math.max(5, kept) + 1)).toBe(false);
  expect(table.expire(kept + 1)).toBe(kept >= 5 ? 2 : 1);
});

test("an unusual term is a term like any other", () => {
  const table = newTable();
  const terms = ["", "\0", "\0\0", "\ud800", "a".repeat(100_000), `${"a".repeat(99_999)}b`, "__proto__"];
  for (const term of terms) expect(table.observe(term, now, 0)).toBe("new");
  for (const term of terms) expect(table.observe(term, now, 0)).toBe("known");
});

test("dropping terms leaves the others findable and gives memory back", () => {
  const table = newTable();
  for (let i = 0; i < 40_000; i++) table.record(`term ${i}`, now + (i % 1000));
  const { bytes } = table;
  expect(table.expire(now + 900)).toBe(36_000);
  expect(table.size).toBe(4000);
  expect(table.bytes).toBeLessThan(bytes / 4);
  for (let i = 0; i < 40_000; i++) {
    if (table.seen(`term ${i}`, 0) !== i % 1000 >= 900) expect.fail(`term ${i}`);
  }
  for (let i = 0; i < 40_000; i++) table.record(`term ${i}`, now + 1000);
  expect(table.size).toBe(40_000);
});

test("dropping can stop when enough is gone", () => {
  const table = newTable();
  for (let i = 0; i < 40_000; i++) table.record(`term ${i}`, now);
  const dropped = table.expire(now + 1, 10);
  expect(dropped).toBeGreaterThanOrEqual(10);
  expect(table.size).toBe(40_000 - dropped);
  expect(table.size).toBeGreaterThan(20_000);
});

test("a table whose terms keep changing does not grow beyond its window", () => {
  const host = newHost(100);
  const table = new MemoryFirstSeenTable(host, "rule", "query", 5000);
  for (let i = 0; i < 40_000; i++) {
    host.nowMs = now + i;
    table.record(`term ${i}`, now + i);
  }
  expect(table.size).toBeLessThan(10_000);
  expect(table.expired).toBe(40_000 - table.size);
  for (let i = 35_000; i < 40_000; i++) {
    if (!table.seen(`term ${i}`, 0)) expect.fail(`term ${i} is lost`);
  }
});

test("eviction takes the oldest terms of a shard, and no more than it should of those with one time", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }), (times) => {
      const table = newTable();
      times.forEach((time, i) => {
        table.record(`term ${i}`, time);
      });
      table.evict();
      const kept = times.filter((_, i) => table.seen(`term ${i}`, 0));
      const evicted = times.filter((_, i) => !table.seen(`term ${i}`, 0));
      expect(evicted.length).toBe(Math.ceil(times.length / 8));
      expect(table.size).toBe(kept.length);
      expect(table.evicted).toBe(evicted.length);
      expect(Math.max(...evicted)).toBeLessThanOrEqual(Math.min(...kept, 5));
    }),
  );
});

test.for([
  { what: "of different ages", timeOf: (i: number) => now + ((i * 7919) % 10_007) },
  { what: "of two ages", timeOf: (i: number) => now + (i % 2) },
  { what: "of one age", timeOf: () => now },
])(
  "eviction takes about an eighth of many terms $what, none of them younger than one that stays",
  ({ timeOf }) => {
    const table = newTable(16_384);
    const kept: number[] = [];
    const evicted: number[] = [];
    for (let i = 0; i < 10_000; i++) table.record(`term ${i}`, timeOf(i));
    table.evict();
    for (let i = 0; i < 10_000; i++) (table.seen(`term ${i}`, 0) ? kept : evicted).push(timeOf(i));
    expect(evicted.length).toBe(10_000 - table.size);
    expect(evicted.length).toBeGreaterThan(900);
    expect(evicted.length).toBeLessThan(1600);
    const youngest = evicted.reduce((a, b) => Math.max(a, b));
    expect(youngest).toBeLessThanOrEqual(kept.reduce((a, b) => Math.min(a, b)));
  },
);

test("eviction from many shards stays close to the order of time", () => {
  const table = newTable();
  for (let i = 0; i < 20_000; i++) table.record(`term ${i}`, now + i);
  while (table.size > 10_000) table.evict();
  const evictedLate = Array.from({ length: 5000 }, (_, i) => `term ${15_000 + i}`).filter(
    (term) => !table.seen(term, 0),
  );
  expect(evictedLate).toEqual([]);
  expect(table.evicted).toBe(20_000 - table.size);
});

test("pieces made while the table is used hold all that was there, and nothing that was not", () => {
  const table = newTable();
  const isBefore = (i: number) => i < 10_000;
  for (let i = 0; i < 10_000; i++) table.record(`term ${i}`, now);
  let next = 10_000;
  const copy = newTable();
  copy.reserve(table.size);
  for (const piece of table.packed()) {
    expect(copy.unpack(piece)).toBe(true);
    // Enough to split every shard more than once before the end.
    for (let i = 0; i < 1000 && next < 40_000; i++) table.record(`term ${next++}`, now + 1);
  }
  for (let i = 0; i < 50_000; i++) {
    const isThere = copy.seen(`term ${i}`, isBefore(i) ? now : now + 1);
    if (isBefore(i) ? !isThere : isThere && i >= next) expect.fail(`term ${i}`);
  }
  expect(copy.size).toBeLessThanOrEqual(table.size);
});
