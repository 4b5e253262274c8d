// What `tallyman watch` costs a host, and whether it loses anything. Run as root with `npx tsx bench/watch-load.ts`; a number after it sets how many
// rounds there are, in place of 7, and a second one how many programs each burst runs, in place of 6,000.
//
// A burst runs /bin/true, one time after the other, as a shell script would. Each round times it without `tallyman watch`, three times with it, when it has
// seen one burst, and once more without: on a shared machine only the ratio carries over to others, and what goes up or down during a round is in both. It
// runs with all of Elastic's public rules that load, where they lie beside the repository. Then the whole program is stopped for two seconds while a
// burst goes on, which its ring in the kernel has to hold; and for as long as it takes to fill the ring, which tells how many programs that holds, with an
// environment of 30 bytes and with one of 4 KiB, of which no more is kept. `bench/sensor.ts` measures the source without all the rest.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compile } from "../packages/sensor/src/testing/compile.ts";
import { root } from "../tools/repository.ts";
import { corpusFolder } from "./rules/rule-set.ts";
import { type WatchedHost, watchHost } from "./watch/watched-host.ts";

const rounds = Number(process.argv[2] ?? 7);
const programs = Number(process.argv[3] ?? 6000);
const rules = corpusFolder ?? join(root, "rules");

const folder = mkdtempSync(join(tmpdir(), "tallyman-bench-"));
const burst = compile("burst", folder);
try {
  process.stdout.write(
    `${programs} times /bin/true, with the rules in ${rules === corpusFolder ? "Elastic's public set" : "the built-in pack"}\n`,
  );
  const all: Round[] = [];
  for (let number = 0; number < rounds; number++) {
    const round = await measure();
    all.push(round);
    process.stdout.write(
      `  alone ${rate(round.aloneS)}, watched ${rate(round.watchedS)}: ${ratio(round).toFixed(2)}×; ${round.cpuUs.toFixed(0)} µs of processor time per exec; ${round.loss}; load ${loadavg()[0]?.toFixed(1)}\n`,
    );
  }
  const of = (value: (round: Round) => number, digits: number) => {
    const sorted = all.map(value).sort((a, b) => a - b);
    const at = (part: number) => (sorted[Math.floor(part * (rounds - 1))] as number).toFixed(digits);
    return `${at(0.5)} (from ${at(0)} to ${at(1)})`;
  };
  process.stdout.write(
    `  in the middle round: slow-down ${of(ratio, 2)}; ${of(({ cpuUs }) => cpuUs, 0)} µs of processor time per exec\n`,
  );
  process.stdout.write(`stopped for 2 s during a burst: ${await stall()}\n`);
  const many = 4 * programs;
  const small = await held(many, () => execFileSync(burst, [String(many), "/bin/true", "bench"]));
  const loop = `i=0; while [ $i -lt ${programs} ]; do /bin/true; i=$((i + 1)); done`;
  const large = await held(programs, () =>
    execFileSync("/bin/sh", ["-c", loop], { env: { FILL: "x".repeat(4096) } }),
  );
  process.stdout.write(
    `the ring holds ${small} programs with small environments, ${large} with large ones\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

interface Round {
  /** How long a burst takes, on average. */
  readonly aloneS: number;
  readonly watchedS: number;
  /** Of the program, per exec. */
  readonly cpuUs: number;
  readonly loss: string;
}

async function measure(): Promise<Round> {
  const aloneS = [run()];
  const host = await start();
  run();
  await settled(host);
  const cpuBefore = host.cpuSeconds();
  const watchedS: number[] = [];
  for (let burst = 0; burst < 3; burst++) {
    watchedS.push(run());
    await settled(host);
  }
  const cpuUs = ((host.cpuSeconds() - cpuBefore) / (3 * programs)) * 1e6;
  const loss = lossIn(await host.stop());
  aloneS.push(run());
  return { aloneS: mean(aloneS), watchedS: mean(watchedS), cpuUs, loss };
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

/** How many programs' events the ring holds: of each its start, its exec and its end. What else happened on the host meanwhile counts as well. */
async function held(programs: number, run: () => void): Promise<string> {
  const host = await start();
  await settled(host);
  host.child.kill("SIGSTOP");
  run();
  host.child.kill("SIGCONT");
  await settled(host);
  const said = await host.stop();
  const lost = Number((/^ +lost +([\d,]+)/m.exec(said)?.[1] ?? "0").replaceAll(",", ""));
  return lost === 0 ? `more than ${programs}` : `about ${Math.round(programs - lost / 3)}`;
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rate(seconds: number): string {
  return `${Math.round(programs / seconds)}/s`;
}

function ratio({ aloneS, watchedS }: Pick<Round, "aloneS" | "watchedS">): number {
  return watchedS / aloneS;
}
