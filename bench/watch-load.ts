// What `tallyman watch` costs a host, and whether it loses anything. Run as root with `npx tsx bench/watch-load.ts`; a number after it sets how many
// rounds there are, in place of 5, and a second one how many programs each burst runs, in place of 6,000.
//
// A burst runs /bin/true, one time after the other, as a shell script would. Each round times it without and with `tallyman watch`, in turn; on a shared
// machine only the ratio of a pair carries over to others. It runs with all of Elastic's public rules that load, where they lie beside the
// repository. Then the whole program is stopped for two seconds while a burst goes on, which its ring in the kernel has to hold.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compile } from "../packages/sensor/src/testing/compile.ts";
import { root } from "../tools/repository.ts";
import { corpusFolder } from "./rules/rule-set.ts";
import { type WatchedHost, watchHost } from "./watch/watched-host.ts";

const rounds = Number(process.argv[2] ?? 5);
const programs = Number(process.argv[3] ?? 6000);
const rules = corpusFolder ?? join(root, "rules");

const folder = mkdtempSync(join(tmpdir(), "tallyman-bench-"));
const burst = compile("burst", folder);
try {
  process.stdout.write(
    `${programs} times /bin/true, with the rules in ${rules === corpusFolder ? "Elastic's public set" : "the built-in pack"}\n`,
  );
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    const pair = await measure(round % 2 === 0);
    pairs.push(pair);
    process.stdout.write(
      `  alone ${rate(pair.aloneS)}, watched ${rate(pair.watchedS)}: ${ratio(pair).toFixed(2)}×; ${pair.cpuUs.toFixed(0)} µs of processor time per exec; ${pair.loss}\n`,
    );
  }
  const middle = pairs.map(ratio).sort((a, b) => a - b)[rounds >> 1] as number;
  process.stdout.write(`  slow-down ${middle.toFixed(2)}× in the middle round\n`);
  process.stdout.write(`stopped for 2 s during a burst: ${await stall()}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

interface Pair {
  readonly aloneS: number;
  readonly watchedS: number;
  /** Of the program, per exec. */
  readonly cpuUs: number;
  readonly loss: string;
}

async function measure(aloneFirst: boolean): Promise<Pair> {
  const before = aloneFirst ? run() : undefined;
  const host = await start();
  run();
  await settled(host);
  const cpuBefore = host.cpuSeconds();
  const watchedS = run();
  await settled(host);
  const cpuUs = ((host.cpuSeconds() - cpuBefore) / programs) * 1e6;
  const loss = lossIn(await host.stop());
  return { aloneS: before ?? run(), watchedS, cpuUs, loss };
}

async function stall(): Promise<string> {
  const host = await start();
  run();
  await settled(host);
  host.child.kill("SIGSTOP");
  const running = spawn(burst, [String(programs), "/bin/true", "bench"], { stdio: "ignore" });
  const ended = once(running, "exit");
  await sleep(2000);
  host.child.kill("SIGCONT");
  await ended;
  await settled(host);
  return lossIn(await host.stop());
}

function start(): Promise<WatchedHost> {
  return watchHost(["--rules", rules, "--state", join(folder, "state")], () => {});
}

/** Waits until the program has nothing left to do: a second in which it has used little of the processor. */
async function settled(host: WatchedHost): Promise<void> {
  for (let before = host.cpuSeconds(); ; ) {
    await sleep(500);
    const now = host.cpuSeconds();
    if (now - before < 0.1) return;
    before = now;
  }
}

/** In seconds. */
function run(): number {
  const from = performance.now();
  execFileSync(burst, [String(programs), "/bin/true", "bench"]);
  return (performance.now() - from) / 1000;
}

function lossIn(said: string): string {
  return /no event was lost/.test(said) ? "0 lost" : (/^ +lost .*$/m.exec(said)?.[0].trim() ?? said);
}

function rate(seconds: number): string {
  return `${Math.round(programs / seconds)}/s`;
}

function ratio({ aloneS, watchedS }: Pick<Pair, "aloneS" | "watchedS">): number {
  return watchedS / aloneS;
}
