// Terms are texts of 28 characters. They are made in batches outside the measured time, since the values of an event are fresh in the cache when
// they are looked up. Each time includes the key of the term and its hash. Means are processor time, pauses are wall time; on a shared
// machine only the ratios of paired rounds carry over to others.

import { performance } from "node:perf_hooks";

/** What is done for one term; true when the term was known. */
export type TermWork = (term: string, number: number) => boolean;

export const million = 1_000_000;
export const batchSize = 1024;
export const historyMs = 14 * 86_400_000;
export const startMs = Date.UTC(2026, 0, 1);
export const hashKey = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;
const termBuffer = Buffer.from("/usr/local/bin/aaaa000000000", "latin1");

export interface TermCost {
  /** Processor time for each, in nanoseconds. */
  readonly meanNs: number;
  /** Wall time of batches, in milliseconds: what 99.9 % of them keep below, and the slowest. */
  readonly usualMs: number;
  readonly longestMs: number;
}

/** Does the work for `count` terms, whose numbers `next` gives. */
export function measureTerms(count: number, work: TermWork, next: (i: number) => number): TermCost {
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
    meanNs: (total * 1e3) / count,
    usualMs: walls[Math.floor(walls.length * 0.999)] as number,
    longestMs: walls.at(-1) as number,
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
export function randomBelow(limit: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** A number from 0 to below 1 for each number, spread evenly. */
export function fractionOf(number: number): number {
  return (Math.imul(number + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
}
