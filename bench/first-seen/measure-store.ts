import { performance } from "node:perf_hooks";
import { MemoryFirstSeenStore } from "../../packages/engine/src/first-seen/memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "../../packages/engine/src/first-seen/store-file.ts";
import { termKey } from "../../packages/engine/src/first-seen/term-key.ts";
import {
  fractionOf,
  hashKey,
  historyMs,
  measureTerms,
  million,
  randomBelow,
  startMs,
  type TermCost,
  type TermWork,
} from "./terms.ts";

/** What a store with many terms costs. */
export interface StoreCost extends SavingCost {
  readonly bytesPerTerm: number;
  readonly insert: TermCost;
  readonly hit: TermCost;
  /** A hit in two steps, as rules take them: asked first and then recorded. */
  readonly askedAndRecorded: TermCost;
  readonly miss: TermCost;
  readonly missOfTwoFields: TermCost;
}

export interface SavingCost {
  readonly saveMs: number;
  /** Of the pieces that it is saved in: for so long nothing else happens. */
  readonly longestPieceMs: number;
  readonly pieces: number;
  readonly bytes: number;
  readonly restoreMs: number;
}

/** Fills a store with so many terms of so many rules, asks it, saves and restores it. */
export function measureStore(termCount: number, ruleCount: number): StoreCost {
  const store = new MemoryFirstSeenStore(hashKey, { termsMax: 2 * termCount });
  const tables = Array.from({ length: ruleCount }, (_, i) => store.table(`rule-${i}`, "", historyMs));
  // Some rules have far more terms than others.
  const tableOf = (number: number) =>
    tables[Math.floor(ruleCount * fractionOf(number) ** 2)] as (typeof tables)[number];
  const upsert: TermWork = (term, number) =>
    tableOf(number).observe(termKey([term]), startMs + number, startMs) === "known";
  const ask: TermWork = (term, number) => tableOf(number).seen(termKey([term]), startMs);
  const askAndRecord: TermWork = (term, number) => {
    const key = termKey([term]);
    const isSeen = tableOf(number).seen(key, startMs);
    tableOf(number).record(key, startMs + number);
    return isSeen;
  };
  const askTwoFields: TermWork = (term, number) =>
    tableOf(number).seen(termKey([term.slice(0, 12), term.slice(12)]), startMs);

  const insert = measureTerms(termCount, upsert, (i) => i);
  const bytes = store.usage().reduce((sum, usage) => sum + usage.bytes, 0);
  const sample = Math.min(termCount, 2 * million);
  const seenBefore = randomBelow(termCount);
  const never = (): number => termCount + seenBefore();
  return {
    bytesPerTerm: bytes / termCount,
    insert,
    hit: measureTerms(sample, upsert, seenBefore),
    askedAndRecorded: measureTerms(sample, askAndRecord, seenBefore),
    miss: measureTerms(sample, ask, never),
    missOfTwoFields: measureTerms(sample, askTwoFields, never),
    ...measureSaving(store),
  };
}

function measureSaving(store: MemoryFirstSeenStore): SavingCost {
  const pieces: Uint8Array[] = [];
  let saveMs = 0;
  let longestPieceMs = 0;
  let from = performance.now();
  for (const piece of saveFirstSeen(store)) {
    const took = performance.now() - from;
    saveMs += took;
    longestPieceMs = Math.max(longestPieceMs, took);
    pieces.push(piece);
    from = performance.now();
  }
  from = performance.now();
  const restored = restoreFirstSeen(pieces, { termsMax: store.termsMax });
  const restoreMs = performance.now() - from;
  if ("problem" in restored) throw new Error(restored.problem);
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  return { saveMs, longestPieceMs, pieces: pieces.length, bytes, restoreMs };
}
