// What the first-seen state of new_terms rules costs. Run with `npx tsx bench/first-seen.ts`; a number after it sets how many million terms the
// large tables get, in place of 10.
//
// Terms are texts of 28 characters. They are made in batches outside the measured time, since the values of an event are fresh in the cache when
// they are looked up. Each time includes the key of the term and its hash. Means are processor time, pauses are wall time; on a shared
// machine only the ratios of the paired rounds carry over to others.

import { performance } from "node:perf_hooks";
import { MemoryFirstSeenStore } from "../packages/engine/src/first-seen/memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "../packages/engine/src/first-seen/store-file.ts";
import { termKey } from "../packages/engine/src/first-seen/term-key.ts";

type Work = (term: string, number: number) => boolean;

const million = 1_000_000;
const largeCount = Number(process.argv[2] ?? 10) * million;
const batchSize = 1024;
const historyMs = 14 * 86_400_000;
const startMs = Date.UTC(2026, 0, 1);
const hashKey = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;
const termBuffer = Buffer.from("/usr/local/bin/aaaa000000000", "latin1");

large(1);
large(240);
full();
againstMap();

/** Many terms: fill, ask, save, restore. */
function large(ruleCount: number): void {
  const store = new MemoryFirstSeenStore(hashKey, { termsMax: 2 * largeCount });
  const tables = Array.from({ length: ruleCount }, (_, i) => store.table(`rule-${i}`, "", historyMs));
  // Some rules have far more terms than others.
  const tableOf = (number: number) =>
    tables[Math.floor(ruleCount * fractionOf(number) ** 2)] as (typeof tables)[number];
  const upsert: Work = (term, number) =>
    tableOf(number).observe(termKey([term]), startMs + number, startMs) === "known";
  const ask: Work = (term, number) => tableOf(number).seen(termKey([term]), startMs);
  const askAndRecord: Work = (term, number) => {
    const key = termKey([term]);
    const isSeen = tableOf(number).seen(key, startMs);
    tableOf(number).record(key, startMs + number);
    return isSeen;
  };
  const askTwoFields: Work = (term, number) =>
    tableOf(number).seen(termKey([term.slice(0, 12), term.slice(12)]), startMs);

  const insert = measure(largeCount, upsert, (i) => i);
  const bytes = store.usage().reduce((sum, usage) => sum + usage.bytes, 0) / largeCount;
  const sample = Math.min(largeCount, 2 * million);
  const seenBefore = randomBelow(largeCount);
  const never = (): number => largeCount + seenBefore();
  print(`${largeCount / million} million terms, ${ruleCount === 1 ? "one rule" : `${ruleCount} rules`}`, [
    ["memory", `${bytes.toFixed(1)} bytes a term`],
    ["insert", shown(insert)],
    ["hit", shown(measure(sample, upsert, seenBefore))],
    ["hit, asked and then recorded", shown(measure(sample, askAndRecord, seenBefore))],
    ["miss", shown(measure(sample, ask, never))],
    ["miss, the term from two fields", shown(measure(sample, askTwoFields, never))],
    ...saveAndRestore(store),
  ]);
}

function saveAndRestore(store: MemoryFirstSeenStore): [string, string][] {
  const pieces: Uint8Array[] = [];
  const times: number[] = [];
  let from = performance.now();
  for (const piece of saveFirstSeen(store)) {
    times.push(performance.now() - from);
    pieces.push(piece);
    from = performance.now();
  }
  from = performance.now();
  const restored = restoreFirstSeen(pieces, { termsMax: store.termsMax });
  const restoring = performance.now() - from;
  if ("problem" in restored) throw new Error(restored.problem);
  const size = sum(pieces.map(({ length }) => length));
  return [
    ["save", `${sum(times).toFixed(0)} ms, ${(size / million).toFixed(0)} MB, ${pieces.length} pieces`],
    ["save, longest piece", `${Math.max(...times).toFixed(2)} ms`],
    ["restore", `${restoring.toFixed(0)} ms`],
  ];
}

/** A store at its limit that is flooded with new terms, so that each pushes another out. */
function full(): void {
  const store = new MemoryFirstSeenStore(hashKey, { termsMax: million });
  const table = store.table("rule", "", historyMs);
  const upsert: Work = (term, number) =>
    table.observe(termKey([term]), startMs + number, startMs) === "known";
  measure(million, upsert, (i) => i);
  print("1 million terms, a full store", [
    ["insert and evict", shown(measure(million, upsert, (i) => million + i))],
  ]);
}

/** The same work for a table and a Map, in turns. */
function againstMap(): void {
  const rounds = Array.from({ length: 5 }, (_, round) => {
    const contenders = [tableContender, mapContender];
    const times = (round % 2 === 0 ? contenders : contenders.reverse()).map((start) => start());
    const [table, map] = round % 2 === 0 ? times : times.reverse();
    return { table: table as Contest, map: map as Contest };
  });
  const rows = (["insert", "hit", "miss"] as const).map((what): [string, string] => {
    const ratio = median(rounds.map(({ table, map }) => table[what] / map[what]));
    const table = median(rounds.map((round) => round.table[what]));
    const map = median(rounds.map((round) => round.map[what]));
    return [what, `${ratio.toFixed(2)} of a Map  (${table.toFixed(0)} against ${map.toFixed(0)} ns)`];
  });
  print("1 million terms, against Map<string, number>, median of 5 paired rounds", rows);
}

type Contest = Record<"insert" | "hit" | "miss", number>;

function tableContender(): Contest {
  const table = new MemoryFirstSeenStore(hashKey).table("rule", "", historyMs);
  return contest(
    (term, number) => table.observe(termKey([term]), startMs + number, startMs) === "known",
    (term) => table.seen(termKey([term]), startMs),
  );
}

function mapContender(): Contest {
  const map = new Map<string, number>();
  return contest(
    (term, number) => {
      const key = termKey([term]);
      const last = map.get(key);
      map.set(key, startMs + number);
      return last !== undefined;
    },
    (term) => map.has(termKey([term])),
  );
}

function contest(upsert: Work, ask: Work): Contest {
  const seenBefore = randomBelow(million);
  return {
    insert: measure(million, upsert, (i) => i).mean,
    hit: measure(million / 2, upsert, seenBefore).mean,
    miss: measure(million / 2, ask, () => million + seenBefore()).mean,
  };
}

interface Measured {
  /** Processor time for each, in nanoseconds. */
  readonly mean: number;
  /** Wall time of batches, in milliseconds: what 99.9 % of them keep below, and the slowest. */
  readonly usual: number;
  readonly longest: number;
}

/** Does the work for `count` terms, whose numbers `next` gives. */
function measure(count: number, work: Work, next: (i: number) => number): Measured {
  const numbers = new Float64Array(batchSize);
  const terms = new Array<string>(batchSize);
  const walls: number[] = [];
  let total = 0;
  let known = 0;
  for (let done = 0; done < count; done += batchSize) {
    for (let i = 0; i < batchSize; i++) {
      numbers[i] = next(done + i);
      terms[i] = termOf(numbers[i] as number);
    }
    const from = performance.now();
    const cpuFrom = process.cpuUsage();
    for (let i = 0; i < batchSize; i++) {
      if (work(terms[i] as string, numbers[i] as number)) known += 1;
    }
    const { user, system } = process.cpuUsage(cpuFrom);
    total += user + system;
    walls.push(performance.now() - from);
  }
  if (known < 0) throw new Error("Only here so that the work is not optimised away");
  walls.sort((a, b) => a - b);
  return {
    mean: (total * 1e3) / count,
    usual: walls[Math.floor(walls.length * 0.999)] as number,
    longest: walls.at(-1) as number,
  };
}

/** The text of a term: 28 characters in one piece, as a parser makes them. */
function termOf(number: number): string {
  let rest = number;
  for (let at = 27; at >= 19; at--) {
    termBuffer[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return termBuffer.toString("latin1");
}

/** The same numbers in each run. */
function randomBelow(limit: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** A number from 0 to below 1 for each number, spread evenly. */
function fractionOf(number: number): number {
  return (Math.imul(number + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
}

function shown({ mean, usual, longest }: Measured): string {
  const batch = `${batchSize} in a row: 99.9 % below ${usual.toFixed(1)} ms, slowest ${longest.toFixed(1)} ms`;
  return `${mean.toFixed(0).padStart(4)} ns  (${batch})`;
}

function print(title: string, rows: readonly (readonly [string, string])[]): void {
  console.log(title);
  for (const [what, result] of rows) console.log(`  ${what.padEnd(32)}${result}`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
