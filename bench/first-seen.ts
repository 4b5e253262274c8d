// What the first-seen state of new_terms rules costs. Run with `npx tsx bench/first-seen.ts`; a number after it sets how many million terms the
// large tables get, in place of 10.

import { MemoryFirstSeenStore } from "../packages/engine/src/first-seen/memory-store.ts";
import { termKey } from "../packages/engine/src/first-seen/term-key.ts";
import { measureStore } from "./first-seen/measure-store.ts";
import {
  batchSize,
  hashKey,
  historyMs,
  measureTerms,
  million,
  randomBelow,
  startMs,
  type TermCost,
  type TermWork,
} from "./first-seen/terms.ts";

const largeCount = Number(process.argv[2] ?? 10) * million;

large(1);
large(240);
full();
againstMap();

/** Many terms: fill, ask, save, restore. */
function large(ruleCount: number): void {
  const cost = measureStore(largeCount, ruleCount);
  print(`${largeCount / million} million terms, ${ruleCount === 1 ? "one rule" : `${ruleCount} rules`}`, [
    ["memory", `${cost.bytesPerTerm.toFixed(1)} bytes a term`],
    ["insert", shown(cost.insert)],
    ["hit", shown(cost.hit)],
    ["hit, asked and then recorded", shown(cost.askedAndRecorded)],
    ["miss", shown(cost.miss)],
    ["miss, the term from two fields", shown(cost.missOfTwoFields)],
    ["save", `${cost.saveMs.toFixed(0)} ms, ${(cost.bytes / million).toFixed(0)} MB, ${cost.pieces} pieces`],
    ["save, longest piece", `${cost.longestPieceMs.toFixed(2)} ms`],
    ["restore", `${cost.restoreMs.toFixed(0)} ms`],
  ]);
}

/** A store at its limit that is flooded with new terms, so that each pushes another out. */
function full(): void {
  const store = new MemoryFirstSeenStore(hashKey, { termsMax: million });
  const table = store.table("rule", "", historyMs);
  const upsert: TermWork = (term, number) =>
    table.observe(termKey([term]), startMs + number, startMs) === "known";
  measureTerms(million, upsert, (i) => i);
  print("1 million terms, a full store", [
    ["insert and evict", shown(measureTerms(million, upsert, (i) => million + i))],
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

function contest(upsert: TermWork, ask: TermWork): Contest {
  const seenBefore = randomBelow(million);
  return {
    insert: measureTerms(million, upsert, (i) => i).meanNs,
    hit: measureTerms(million / 2, upsert, seenBefore).meanNs,
    miss: measureTerms(million / 2, ask, () => million + seenBefore()).meanNs,
  };
}

function shown({ longestMs, meanNs, usualMs }: TermCost): string {
  const batch = `${batchSize} in a row: 99.9 % below ${usualMs.toFixed(1)} ms, slowest ${longestMs.toFixed(1)} ms`;
  return `${meanNs.toFixed(0).padStart(4)} ns  (${batch})`;
}

function print(title: string, rows: readonly (readonly [string, string])[]): void {
  console.log(title);
  for (const [what, result] of rows) console.log(`  ${what.padEnd(32)}${result}`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
