// What it costs to turn a short-lived process into ECS documents. Run with `npx tsx bench/session-model.ts`.
//
// A triple is a fork, an exec and an exit, as a shell in a container makes them: three documents with all leaders. Means are processor time,
// garbage collection included; on a shared machine only the ratios carry over to others.

import { readFileSync } from "node:fs";
import { type KernelEvent, SessionModel } from "../packages/session-model/src/index.ts";
import {
  boot,
  shellInContainer,
  testAgent,
  testHost,
  testPorts,
} from "../packages/session-model/src/testing/host-story.ts";
import { randomEvents } from "../packages/session-model/src/testing/random-events.ts";

const batch = 500;
const rounds = 201;

const shellFacts = shellInContainer().shell.facts;

type Row = readonly [what: string, microseconds: number];

const rows: Row[] = [
  ["fork, exec and exit: three documents", measure(triples, objects)],
  ["the same as JSON text", measure(triples, json)],
  ["of one process, a file created: objects", measure(files, objects)],
  ["of one process, a connection: objects", measure(connections, objects)],
];
for (const [what, time] of rows) console.log(`${what.padEnd(44)}${time.toFixed(2).padStart(8)} µs`);
const [model, text] = rows.map(([, time]) => time) as [number, number];
console.log(`JSON text costs ${(text / model).toFixed(1)} times what the documents cost`);

crowd();
flood();

interface Setting {
  readonly model: SessionModel;
  readonly shellPid: number;
}

type Events = (number: number, setting: Setting) => KernelEvent[];
type Work = (events: KernelEvent[], model: SessionModel) => number;

/** Microseconds for each call of `work`, the median of the rounds. */
function measure(events: Events, work: Work): number {
  const setting = start();
  const times: number[] = [];
  let number = 0;
  let made = 0;
  for (let round = 0; round < rounds; round++) {
    const input = Array.from({ length: batch }, () => events(number++, setting));
    const from = process.cpuUsage();
    for (const some of input) made += work(some, setting.model);
    const { user, system } = process.cpuUsage(from);
    times.push((user + system) / batch);
  }
  if (made < 0) throw new Error("Only here so that the work is not optimised away");
  return times.sort((a, b) => a - b)[rounds >> 1] as number;
}

function objects(events: KernelEvent[], model: SessionModel): number {
  let made = 0;
  for (const event of events) made += model.handle(event).length;
  return made;
}

function json(events: KernelEvent[], model: SessionModel): number {
  let made = 0;
  for (const event of events)
    for (const document of model.handle(event)) made += JSON.stringify(document).length;
  return made;
}

function start(): Setting {
  const model = new SessionModel(testHost, testAgent, testPorts());
  const { running, shell } = shellInContainer();
  model.snapshot(running);
  return { model, shellPid: shell.pid };
}

function triples(number: number, { shellPid }: Setting): KernelEvent[] {
  const pid = 10_000 + (number % 20_000);
  // 2,000 a second.
  const atNs = boot(60) + BigInt(number) * 500_000n;
  const facts = { ...shellFacts, pid, ppid: shellPid, pgid: pid, startNs: atNs };
  return [
    { kind: "fork", ...facts, atNs, forkerPid: shellPid },
    {
      kind: "exec",
      ...facts,
      atNs: atNs + 100_000n,
      filename: "/usr/bin/grep",
      resolvedPath: "/usr/bin/grep",
      args: ["grep", "-r", `needle-${number}`, "/home"],
      environment: ["LANG=C", "LD_LIBRARY_PATH=/opt/lib"],
      workingDirectory: "/tmp",
    },
    { kind: "exit", ...facts, atNs: atNs + 300_000n, exitCode: 0 },
  ];
}

function files(number: number, { shellPid }: Setting): KernelEvent[] {
  const atNs = boot(60) + BigInt(number) * 500_000n;
  return [{ kind: "create", pid: shellPid, atNs, path: `/var/lib/data/file-${number}.tmp` }];
}

function connections(number: number, { shellPid }: Setting): KernelEvent[] {
  const atNs = boot(60) + BigInt(number) * 500_000n;
  const remote = { address: "203.0.113.9", port: 443 };
  return [{ kind: "connect", pid: shellPid, atNs, protocol: "tcp", family: "ipv4", remote }];
}

/** Many short-lived processes: 30 s of them stay known. */
function crowd(): void {
  const setting = start();
  const before = residentMegabytes();
  for (let number = 0; number < 200_000; number++) objects(triples(number, setting), setting.model);
  shown("200,000 short-lived processes, 2,000 a second", setting.model, before);
}

/** Unlike events, in little room: nothing may pile up. */
function flood(): void {
  const model = new SessionModel(testHost, testAgent, testPorts(), {
    processesMax: 3000,
    textBytesMax: 4_000_000,
  });
  let before = 0;
  let handled = 0;
  for (const event of randomEvents(1_000_000)) {
    model.handle(event);
    handled += 1;
    if (handled === 100_000) before = residentMegabytes();
  }
  shown("a million random events, from the 100,000th on", model, before);
}

function shown(what: string, model: SessionModel, before: number): void {
  const { processes, evictedExited, evictedLiving, textBytes } = model.report();
  console.log(what);
  console.log(`  ${processes} processes and ${(textBytes / 1e6).toFixed(1)} MB of text known`);
  console.log(`  ${evictedExited} exited and ${evictedLiving} living ones forgotten for lack of room`);
  console.log(`  ${before} MB resident before, ${residentMegabytes()} MB after`);
}

function residentMegabytes(): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
