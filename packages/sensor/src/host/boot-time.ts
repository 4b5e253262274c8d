import { libc } from "../native/libc.ts";

/** For how long an answer holds, in nanoseconds of the boot clock. */
const holdsNs = 1_000_000_000n;
/** The two clocks are read one after the other, so that the difference wavers; what is below this is no change. */
const tolerantNs = 1_000_000n;

/** Clocks, in nanoseconds. */
export interface Clocks {
  bootClockNs(): bigint;
  wallClockNs(): bigint;
}

/** Gives the wall-clock time at which the boot clock was zero. It follows when the wall clock is set, and is otherwise always the same. */
export function bootTime(clocks: Clocks = libc()): () => bigint {
  let known: bigint | undefined;
  let readAgainNs = 0n;
  return () => {
    const nowNs = clocks.bootClockNs();
    if (known !== undefined && nowNs < readAgainNs) return known;
    readAgainNs = nowNs + holdsNs;
    const difference = clocks.wallClockNs() - nowNs;
    if (known === undefined || distance(known, difference) >= tolerantNs) known = difference;
    return known;
  };
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}
