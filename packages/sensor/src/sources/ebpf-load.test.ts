import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KernelEvent } from "@tallyman/session-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeRecords } from "../bpf/decode.ts";
import { Probe } from "../bpf/probe.ts";
import { RingReader } from "../bpf/ring.ts";
import { libc } from "../native/libc.ts";
import { compile, hasCompiler } from "../testing/compile.ts";
import { Observation } from "../testing/observation.ts";
import { announced, whyNoBpf } from "../testing/requirements.ts";
import { EbpfSource } from "./ebpf.ts";

const reason = announced(
  "eBPF under load",
  whyNoBpf() ?? (hasCompiler() ? undefined : "there is no C compiler"),
);
let folder: string;
let burst: string;
let brief: string;

describe.skipIf(reason !== undefined)("eBPF under load", () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tallyman-load-"));
    burst = compile("burst", folder);
    brief = compile("brief", folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("loses nothing of a burst", async () => {
    const source = await new EbpfSource().start();
    const observation = new Observation(source);
    const times = 5000;
    const child = spawn(burst, [String(times), brief, "tag-burst"], { stdio: "ignore" });
    const [status] = await once(child, "exit");
    await observation.stop();
    expect(status).toBe(0);
    expectAll(observation.events, "tag-burst", times, child.pid as number);
    expect(source.lost).toBe(0);
  });

  it("loses nothing while its reader is stuck for two seconds", async () => {
    const source = await new EbpfSource().start();
    const observation = new Observation(source);
    const times = 4000;
    const child = spawn(burst, [String(times), brief, "tag-stall"], { stdio: "ignore" });
    const ended = once(child, "exit");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    await ended;
    await observation.stop();
    expectAll(observation.events, "tag-stall", times, child.pid as number);
    expect(source.lost).toBe(0);
  });

  it("leaves events in the ring when too many wait, and drops and counts them when that is full", async () => {
    const source = await new EbpfSource({
      ringBytes: 1 << 16,
      waitingBytesMax: 1 << 16,
      intervalMs: 1,
    }).start();
    // Nobody reads: all of this would need more than the ring and what may wait.
    spawnSync(burst, ["1000", brief, "tag-full"]);
    const observation = new Observation(source);
    spawnSync("/bin/true", ["tag-after"]);
    await observation.first("lost", () => true);
    await observation.stop();
    const lost = observation.all("lost", () => true).reduce((sum, { count }) => sum + count, 0);
    const received = observation.all("exec", ({ args }) => args?.[1]?.startsWith("tag-full-") === true);
    expect(lost).toBe(source.lost);
    expect(received.length).toBeGreaterThan(10);
    expect(received.length).toBeLessThan(1000);
    // The first ones, without a gap: what waits is not overtaken.
    expect(received.slice(0, 10).map(({ args }) => args?.[1])).toEqual(
      Array.from({ length: 10 }, (_, i) => `tag-full-${i}`),
    );
  });

  it("counts exactly what it drops", () => {
    // Two probes see the same, one with room for everything and one with hardly any. What happens while the second one comes or goes, it may see or not.
    const options = { environmentBytes: 0, files: false, network: false };
    const large = new Probe({ ...options, ringBytes: 8 << 20 });
    const reader = new RingReader(large.memory);
    const attaching = libc().bootClockNs();
    const tiny = new Probe({ ...options, ringBytes: 1 << 14 });
    const tinyReader = new RingReader(tiny.memory);
    const attached = libc().bootClockNs();
    spawnSync(burst, ["500", brief, "tag-tiny"]);
    const detaching = libc().bootClockNs();
    tiny.detach();
    const detached = libc().bootClockNs();
    large.detach();
    const all = eventsOf(reader);
    const countOf = (from: bigint, to: bigint) => all.filter(({ atNs }) => atNs >= from && atNs <= to).length;
    const lost = tinyReader.lost();
    const sum = eventsOf(tinyReader).length + lost;
    expect(reader.lost()).toBe(0);
    tiny.close();
    large.close();
    expect(lost).toBeGreaterThan(1000);
    expect(sum).toBeGreaterThanOrEqual(countOf(attached, detaching));
    expect(sum).toBeLessThanOrEqual(countOf(attaching, detached));
  });
});

function eventsOf(reader: RingReader): KernelEvent[] {
  const events: KernelEvent[] = [];
  for (let taken = reader.take(1 << 20); taken !== undefined; taken = reader.take(1 << 20))
    events.push(...decodeRecords(taken, () => false));
  return events;
}

/** Of each program of the burst, its fork, its exec and its exit, in this order. */
function expectAll(events: readonly KernelEvent[], tag: string, times: number, parent: number): void {
  const stages = new Map<number, string[]>();
  const tags = new Set<string>();
  for (const event of events) {
    if (event.kind === "fork" && event.forkerPid === parent) stages.set(event.pid, []);
    if (event.kind === "fork" || event.kind === "exec" || event.kind === "exit")
      stages.get(event.pid)?.push(event.kind);
    if (event.kind === "exec" && event.ppid === parent) tags.add(event.args?.[1] ?? "");
  }
  expect(tags.size).toBe(times);
  expect(tags).toContain(`${tag}-${times - 1}`);
  expect(stages.size).toBe(times);
  for (const kinds of stages.values()) expect(kinds).toEqual(["fork", "exec", "exit"]);
}
