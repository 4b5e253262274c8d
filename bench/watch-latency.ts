// How long it takes from an exec to its alert on standard output of `tallyman watch`. Run as root with `npx tsx bench/watch-latency.ts`; a number after
// it says how many programs are run, in place of 500. The moment of the exec is the kernel's, that of the alert is when another process has read its
// line. Programs are started some 50 ms apart, at moments that do not fall into step with the sensor's timer; the first fifty are not counted, while
// the program reads the processes that are there and is compiled by V8.
//
// It is measured with the built-in rules, and, where Elastic's public rules lie beside the repository, with all of those that load.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../tools/repository.ts";
import { corpusFolder } from "./rules/rule-set.ts";
import { watchHost } from "./watch/watched-host.ts";

const count = Number(process.argv[2] ?? 500);
const warmUp = 50;
const meanPauseMs = 50;

const rule = `[rule]
rule_id = "bench"
name = "Bench"
description = "Of the benchmark."
risk_score = 1
severity = "low"
type = "query"
index = ["logs-*"]
max_signals = 1000000
query = '''event.action:exec and process.args:tag-latency'''
`;

const folder = mkdtempSync(join(tmpdir(), "tallyman-bench-"));
try {
  writeFileSync(join(folder, "bench.toml"), rule);
  await measure("the built-in rules", join(root, "rules"));
  if (corpusFolder !== undefined) await measure("Elastic's public rules", corpusFolder);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(what: string, rules: string): Promise<void> {
  const latenciesMs: number[] = [];
  const args = ["--rules", rules, "--rules", join(folder, "bench.toml"), "--state", join(folder, "state")];
  const host = await watchHost(args, (alert) => {
    if (alert["kibana.alert.rule.name"] !== "Bench") return;
    const { created } = alert["event"] as { readonly created: string };
    latenciesMs.push(performance.timeOrigin + performance.now() - epochMs(created));
  });
  for (let i = 0; i < warmUp + count; i++) {
    await once(spawn("/bin/true", ["tag-latency", String(i)], { stdio: "ignore" }), "exit");
    // Evenly spread between none and twice the mean, without chance.
    await sleep(2 * meanPauseMs * ((i * 0.618034) % 1));
  }
  await sleep(500);
  await host.stop();
  const counted = latenciesMs.slice(warmUp);
  const sorted = counted.toSorted((a, b) => a - b);
  const at = (part: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number).toFixed(1);
  process.stdout.write(
    `${what}: ${sorted.length} of ${count} alerts; from exec to the line read p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms\n`,
  );
  if (sorted.length !== count) process.exitCode = 1;
}

/** With the fraction of a millisecond, which `Date.parse` leaves out. */
function epochMs(time: string): number {
  const nanos = /\.(\d{3})(\d{6})Z$/.exec(time)?.[2] ?? "0";
  return Date.parse(time) + Number(nanos) / 1e6;
}
