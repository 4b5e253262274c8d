// What the eBPF source costs the host. Run as root with `npx tsx bench/sensor.ts`; a number after it sets how many rounds there are, in place of 7,
// and a second one how many programs each burst runs, in place of 6,000.
//
// A burst runs a program, one time after the other: one that ends at once, whose whole life takes the kernel some 0.1 ms, and `/bin/true`, as a shell
// script would. Each round times it without the sensor and with it, in turn; on a shared machine only the ratio of a pair carries over to others. The
// sensor runs in a process of its own, bundled as users run it, for some time before it is measured, and drops what it reads.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { bundleSensorProgram } from "../packages/sensor/src/testing/bundle.ts";
import { compile } from "../packages/sensor/src/testing/compile.ts";

const rounds = Number(process.argv[2] ?? 7);
const programs = Number(process.argv[3] ?? 6000);

const folder = mkdtempSync(join(tmpdir(), "tallyman-bench-"));
const bundle = await bundleSensorProgram();
try {
  const burst = compile("burst", folder);
  for (const program of [compile("brief", folder), "/bin/true"]) {
    const run = (times: number) => {
      const from = performance.now();
      execFileSync(burst, [String(times), program, "bench"]);
      return (performance.now() - from) / 1000;
    };
    process.stdout.write(`${programs} times ${program.split("/").at(-1)}\n`);
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round++) {
      const pair = await measure(run, round % 2 === 0);
      pairs.push(pair);
      process.stdout.write(
        `  alone ${rate(pair.alone)}, with the sensor ${rate(pair.watched)}: ${ratio(pair)}×; ${pair.cpuUs.toFixed(0)} µs of processor time ` +
          `per exec; ${pair.execs} seen, ${pair.lost} lost; ready in ${pair.readyMs.toFixed(0)} ms\n`,
      );
    }
    const best = { alone: least(pairs, "alone"), watched: least(pairs, "watched") };
    const middle = [...pairs].sort((a, b) => a.watched / a.alone - b.watched / b.alone)[rounds >> 1] as Pair;
    process.stdout.write(
      `  slow-down ${ratio(middle)}× in the middle round, ${ratio(best)}× between the fastest ones; at least ` +
        `${least(pairs, "cpuUs").toFixed(0)} µs of processor time per exec\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
  rmSync(bundle, { recursive: true });
}

interface Pair {
  /** In seconds. */
  readonly alone: number;
  readonly watched: number;
  /** Of the sensor's process, per exec. */
  readonly cpuUs: number;
  readonly execs: number;
  readonly lost: number;
  readonly readyMs: number;
}

async function measure(run: (times: number) => number, aloneFirst: boolean): Promise<Pair> {
  const before = aloneFirst ? run(programs) : undefined;
  const from = performance.now();
  const sensor = spawn(process.execPath, [join(bundle, "program.js"), "count"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: sensor.stdout })[Symbol.asyncIterator]();
  const { value: greeting } = await lines.next();
  if (greeting !== "ready") throw new Error(String(greeting));
  const readyMs = performance.now() - from;
  run(programs);
  sensor.kill("SIGUSR2");
  await lines.next();
  const watched = run(programs);
  sensor.kill("SIGTERM");
  const { value: summary } = await lines.next();
  const { execs, lost, cpuUs } = JSON.parse(summary as string);
  return { alone: before ?? run(programs), watched, cpuUs: cpuUs / programs, execs, lost, readyMs };
}

function rate(seconds: number): string {
  return `${Math.round(programs / seconds)}/s`;
}

function ratio({ alone, watched }: Pick<Pair, "alone" | "watched">): string {
  return (watched / alone).toFixed(2);
}

function least(pairs: readonly Pair[], name: "alone" | "watched" | "cpuUs"): number {
  return Math.min(...pairs.map((pair) => pair[name]));
}
