import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, JsonObject } from "@tallyman/ecs";
import { eventTimeOf } from "@tallyman/engine";
import { afterAll, expect, test } from "vitest";
import type { Judges } from "../workers/judge-ahead.ts";
import { InputPositions } from "./input-position.ts";
import { readEvents } from "./read-events.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-foreign-records-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recording = new URL(
  "../../../../packages/telemetry/src/testing/recordings/falco.ndjson",
  import.meta.url,
);
const started = readFileSync(recording, "utf8")
  .split("\n")
  .find((line) => line.includes('"execve"')) as string;
const firstMs = Date.UTC(2026, 10, 24);
const firstPid = 100_000;

/** A record of a process that starts, each millisecond one. */
function recordAt(i: number): string {
  const record = JSON.parse(started) as { time: string; output_fields: Record<string, Json> };
  const ns = (firstMs + i) * 1_000_000;
  const pid = firstPid + i;
  const output_fields = {
    ...record.output_fields,
    "evt.time.iso8601": ns,
    "proc.pid": pid,
    "proc.pid.ts": ns,
    "proc.sid": pid,
  };
  return JSON.stringify({ ...record, time: new Date(firstMs + i).toISOString(), output_fields });
}

const pidOf = ({ process }: JsonObject) => (process as JsonObject)["pid"] as number;

/** Reads on from a position, processes so many events, and gives those and where it got to. */
async function process(path: string, saved: Json | undefined, countMax: number, judges: Judges | undefined) {
  const positions = new InputPositions([path], saved);
  const input = readEvents([path], { timestampOf: eventTimeOf, isLazy: true, positions, judges });
  const pids: number[] = [];
  for await (const batch of input) {
    if (pids.length >= countMax) break;
    for (const event of batch) {
      if (event.document !== undefined) pids.push(pidOf(event.document));
      positions.done(event);
    }
  }
  return { pids, saved: JSON.parse(JSON.stringify(positions.save())) as Json };
}

const judgesFor = (batchesMax: number, ms: number): Judges => ({
  batchesMax,
  judge: () => new Promise((resolve) => setTimeout(resolve, ms, [])),
});

test.for([
  ["none", undefined],
  ["some", judgesFor(3, 1)],
  // Long enough to have read more than count as unprocessed in any case.
  ["many", judgesFor(192, 500)],
] as const)(
  "cut off at any time, with %s of the batches judged ahead, no event of a record is missing, and few are read twice",
  async ([name, judges]) => {
    const count = 20_000;
    const path = join(folder, `falco-${name}.ndjson`);
    writeFileSync(path, Array.from({ length: count }, (_, i) => `${recordAt(i)}\n`).join(""));
    const seen: number[] = [];
    let saved: Json | undefined;
    const cuts = [1, 5000, 300, 9000];
    for (const countMax of [...cuts, Number.POSITIVE_INFINITY]) {
      const part = await process(path, saved, countMax, judges);
      seen.push(...part.pids);
      saved = part.saved;
    }
    expect(new Set(seen).size).toBe(count);
    expect(seen.length).toBeLessThan(count + cuts.length * 5000);
    expect((await process(path, saved, Number.POSITIVE_INFINITY, judges)).pids).toEqual([]);
  },
);
