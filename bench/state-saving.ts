// How long events wait while the state is saved: the longest turn of the event loop with a saving under way, beside the longest without one, and how long
// saving takes. In brackets the processor time of the turn that had most of it, which tells the wait from that for a busy machine. `npx tsx bench/state-saving.ts [terms] [ids] [sequences]`

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject } from "@tallyman/ecs";
import { newStore, StateFolder } from "../apps/tallyman/src/state/state-folder.ts";

const [terms = 1_000_000, ids = 200_000, sequences = 20_000] = process.argv.slice(2).map(Number);

const store = newStore({ termsMax: 1e8 });
const table = store.table("terms", "f", 1e12);
for (let i = 0; i < terms; i++) table.record(`term ${i}`, 1_700_000_000_000 + i);

/** What an engine hands over; a sequence holds one event of a usual size. */
const document = { process: { command_line: "x".repeat(500), name: "bash" }, host: { id: "h" } };
const rules: Record<string, JsonObject> = {};
for (let rule = 0; rule < 20; rule++) {
  const open = Array.from({ length: sequences / 20 }, (_, i) => ({
    key: `k${i}`,
    startMs: i,
    stage: 1,
    document,
  }));
  rules[`rule ${rule}`] = { fingerprint: "f", state: { open } };
}
const engine = {
  arrival: 1,
  lastMs: 1,
  recentIds: Array.from({ length: ids }, (_, i) => `${i}`.padEnd(64, "0")),
  rules,
};
const run = { engine, position: undefined, spoolNext: 0, output: undefined };

const path = mkdtempSync(join(tmpdir(), "tallyman-state-saving-"));
const folder = StateFolder.open(path);
if (typeof folder === "string") throw new Error(folder);

/** The turns of the event loop while something is under way, in milliseconds. */
async function turnsDuring(
  work: () => Promise<unknown>,
): Promise<{ readonly longest: number; readonly busiest: number; readonly whole: number }> {
  let isOver = false;
  const startMs = performance.now();
  const working = work().then(() => {
    isOver = true;
  });
  let longest = 0;
  let busiest = 0;
  let [lastMs, last] = [performance.now(), process.cpuUsage()];
  while (!isOver) {
    await nextTurn();
    const [nowMs, now] = [performance.now(), process.cpuUsage()];
    longest = Math.max(longest, nowMs - lastMs);
    busiest = Math.max(busiest, (now.user - last.user + now.system - last.system) / 1000);
    [lastMs, last] = [nowMs, now];
  }
  await working;
  return { longest, busiest, whole: performance.now() - startMs };
}

for (let round = 0; round < 5; round++) {
  const saving = await turnsDuring(() => folder.save(run, store, async () => {}));
  const idle = await turnsDuring(() => new Promise((resolve) => setTimeout(resolve, saving.whole)));
  const size = statSync(join(path, "state")).size / 1e6;
  const [during, without] = [saving, idle].map(
    ({ busiest, longest }) => `${longest.toFixed(1)} ms (${busiest.toFixed(1)})`,
  );
  console.log(
    `${size.toFixed(0)} MB in ${saving.whole.toFixed(0)} ms, longest turn ${during}; without saving ${without}`,
  );
}
folder.close();
rmSync(path, { recursive: true });
