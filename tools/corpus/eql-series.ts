import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JoinKey } from "../../packages/engine/src/sequence/join-key.ts";
import { SequenceMatcher, type StageMatch } from "../../packages/engine/src/sequence/sequence-matcher.ts";

/**
 * Runs the series of `conformance/eql-series.json` in a folder of test data: for each, the events of every stage with time and key,
 * and the sequences that come out of them, in order. Gives how many agree, and for each other what was found.
 */
export function checkEqlSeries(dataFolder: string): {
  readonly passed: number;
  readonly failed: readonly string[];
} {
  const path = join(dataFolder, "conformance", "eql-series.json");
  const all: readonly Series[] = JSON.parse(readFileSync(path, "utf8"));
  const failed = all.flatMap((series) => {
    const found = JSON.stringify(sequencesOf(series));
    return found === JSON.stringify(series.expected) ? [] : [`${series.name}: found ${found}`];
  });
  return { passed: all.length - failed.length, failed };
}

interface Series {
  readonly name: string;
  readonly stages: readonly (readonly {
    readonly event: string;
    readonly ts: number;
    readonly key: string | null;
  }[])[];
  readonly expected: readonly FoundSequence[];
}

interface FoundSequence {
  readonly key: JoinKey[number] | undefined;
  readonly events: readonly (string | undefined)[];
}

function sequencesOf({ stages }: Series): readonly FoundSequence[] {
  const plan = { stages: stages.map(() => ({ isMissing: false, runs: 1 })), maxSpanMs: undefined };
  const matcher = new SequenceMatcher<string>(plan);
  const stream = stages
    .flatMap((events, stage) =>
      events.map(({ event, key, ts }) => ({
        event,
        ts,
        matches: [{ stage, keys: [[key]] }] satisfies StageMatch[],
      })),
    )
    .sort((a, b) => a.ts - b.ts);
  return stream
    .flatMap(({ event, matches, ts }, arrival) =>
      matcher.onEvent(event, { ms: ts, nanos: 0, arrival }, matches),
    )
    .map(({ events, joinKey }) => ({ key: joinKey[0], events }));
}
