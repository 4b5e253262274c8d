// Whether `tallyman watch` needs more memory the longer it runs. Run as root with `npx tsx bench/watch-memory.ts`; `--minutes` says for how long, in place of
// 10, and `--rate` how many programs a second are run meanwhile, in place of 100, each with a file and a connection over loopback (testing/steady.c of
// the sensor). No two have the same arguments, paths or processes, so that what rules remember has something to grow by.
//
// It runs with all of Elastic's public rules that load, where they lie beside the repository, and a rule that alerts on one program in a hundred. Each
// minute it prints the resident memory, on average and at most; what V8 still has in use after it was made to collect its garbage, with what is resident
// then; and what the program says of its tables. Memory counts as flat when after a collection, in the last third, at most a twentieth more is in use than in the
// middle one, and a tenth more is resident. What is resident in between is what V8 has not returned yet, and goes by what else happens on the host.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compile } from "../packages/sensor/src/testing/compile.ts";
import { root } from "../tools/repository.ts";
import { parseFlags, usageError, wholeNumber } from "./flags.ts";
import { corpusFolder } from "./rules/rule-set.ts";
import { type WatchedHost, watchHost } from "./watch/watched-host.ts";

const { values } = parseFlags(
  { minutes: { type: "string", default: "10" }, rate: { type: "string", default: "100" } },
  "watch-memory.ts [--minutes N] [--rate N]",
);
const minutes = wholeNumber(values.minutes, "--minutes");
const rate = wholeNumber(values.rate, "--rate");
if (minutes < 3 || rate < 1) usageError("at least 3 minutes, for three thirds, and one program a second");

const rule = `[rule]
rule_id = "bench"
name = "Bench"
description = "Of the benchmark."
risk_score = 1
severity = "low"
type = "query"
index = ["logs-*"]
max_signals = 1000000
query = '''event.action:exec and process.args:tag-steady-*00'''
`;

/** After a collection, in bytes. */
interface Minute {
  readonly inUse: number;
  readonly resident: number;
}

const folder = mkdtempSync(join(tmpdir(), "tallyman-bench-"));
try {
  writeFileSync(join(folder, "bench.toml"), rule);
  mkdirSync(join(folder, "files"));
  process.exitCode = isFlat(await measure(corpusFolder ?? join(root, "rules"))) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(rules: string): Promise<readonly Minute[]> {
  let alerts = 0;
  const host = await watchHost(
    ["--rules", rules, "--rules", join(folder, "bench.toml"), "--state", join(folder, "state")],
    () => {
      alerts += 1;
    },
  );
  const load = spawn(
    compile("steady", folder),
    [String(rate), String(minutes * 60 + 10), join(folder, "files")],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  process.stdout.write(
    `${rate} programs, files and connections a second at most, with the rules in ${rules === corpusFolder ? "Elastic's public set" : "the built-in pack"}\n`,
  );
  const each: Minute[] = [];
  const beginMs = performance.now();
  for (let number = 1; number <= minutes; number++) {
    const resident: number[] = [];
    for (const untilMs = beginMs + number * 60_000; performance.now() < untilMs; await sleep(1000))
      resident.push(host.residentBytes());
    const { external, heapUsed, rss } = await host.memoryInUse();
    each.push({ inUse: heapUsed + external, resident: rss });
    const of = `resident ${megabytes(mean(resident))}, at most ${megabytes(Math.max(...resident))}`;
    const after = `in use ${megabytes(heapUsed)} of heap, ${megabytes(external)} beside it, resident then ${megabytes(rss)}`;
    process.stdout.write(
      `  ${number} min: ${of}; ${after}; ${alerts} alerts; ${await tableOf(host)}; load ${loadavg()[0]?.toFixed(1)}\n`,
    );
  }
  load.kill();
  await once(load, "exit");
  process.stdout.write(`${await host.stop()}\n`);
  return each;
}

/** What the program says of its table when it is asked how it is doing: on loss as well. */
async function tableOf(host: WatchedHost): Promise<string> {
  const before = host.said().length;
  host.child.kill("SIGUSR2");
  for (;;) {
    await sleep(100);
    const found = /^ *table +(.+(?:\n {4,}.+)*)\n/m.exec(host.said().slice(before));
    if (found !== null) return (found[1] as string).replace(/\s+/g, " ");
  }
}

function isFlat(each: readonly Minute[]): boolean {
  const third = Math.floor(each.length / 3);
  const ratioOf = (name: keyof Minute) => {
    const all = each.map((minute) => minute[name]);
    return mean(all.slice(-third)) / mean(all.slice(third, -third));
  };
  const [inUse, resident] = [ratioOf("inUse"), ratioOf("resident")];
  const flat = inUse <= 1.05 && resident <= 1.1;
  process.stdout.write(
    `after collections, last third to middle third: in use ${inUse.toFixed(3)}, resident ${resident.toFixed(3)}: memory is ${flat ? "flat" : "not flat"}\n`,
  );
  return flat;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
