import { readFileSync } from "node:fs";
import type { CountedEvents, MatchCounts } from "./count-matches.ts";

/** Where the counts are kept that `bench/match-counts.ts` writes. */
export const pinnedPath = new URL("../match-counts.json", import.meta.url);

/** For each set of rules which events were counted, and what was found. */
export type PinnedCounts = Record<"own" | "public", CountedEvents & { readonly counts: MatchCounts }>;

export function pinnedCounts(): PinnedCounts {
  return JSON.parse(readFileSync(pinnedPath, "utf8"));
}
