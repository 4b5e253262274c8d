import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { on, once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { bundleSensorProgram } from "../testing/bundle.ts";
import { gone, kernelObjectsOf } from "../testing/kernel-objects.ts";
import { Observation } from "../testing/observation.ts";
import { announced, whyNoBpf } from "../testing/requirements.ts";
import { EbpfSource } from "./ebpf.ts";
import { SourceFailed } from "./source.ts";

const reason = announced("what eBPF leaves behind, and the rights that it takes,", whyNoBpf());
let folder: string;

beforeAll(async () => {
  folder = await bundleSensorProgram();
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(reason !== undefined)("what eBPF leaves behind", () => {
  it("is nothing after it was stopped, twice", async () => {
    const before = kernelObjectsOf(process.pid);
    const source = await new EbpfSource().start();
    const objects = kernelObjectsOf(process.pid);
    expect(objects.programs).toHaveLength(before.programs.length + 6);
    const observation = new Observation(source);
    await observation.stop();
    await source.stop();
    expect(kernelObjectsOf(process.pid)).toEqual(before);
    await gone(objects);
  });

  it("is nothing after its worker ended unasked", async () => {
    const starting = once(process, "worker");
    const source = await new EbpfSource().start();
    const [worker] = (await starting) as [Worker];
    const objects = kernelObjectsOf(process.pid);
    const reading = (async () => {
      for await (const _ of source.events());
    })();
    await worker.terminate();
    await expect(reading).rejects.toThrow(SourceFailed);
    await source.stop();
    await gone(objects);
  });

  it.each(["SIGKILL", "SIGSEGV", "SIGTERM"] as const)("is nothing after %s", async (signal) => {
    const child = start(process.execPath, [join(folder, "program.js")]);
    const lines = linesOf(child);
    await lineWith(lines, "ready");
    const objects = kernelObjectsOf(child.pid as number);
    expect(objects.programs).toHaveLength(6);
    child.kill(signal);
    await once(child, "exit");
    await gone(objects);
  });
});

describe.skipIf(reason !== undefined)("the rights that eBPF takes", () => {
  it("are CAP_BPF and CAP_PERFMON, and no user's", async ({ skip }) => {
    if (spawnSync("setpriv", ["--version"]).error !== undefined) skip("there is no setpriv");
    const child = asNobody("+bpf,+perfmon");
    const lines = linesOf(child);
    await lineWith(lines, "ready");
    spawnSync("/bin/true", ["tag-nobody"]);
    await lineWith(lines, "/bin/true tag-nobody");
    child.kill();
    await once(child, "exit");
  });

  it("are given up when it runs, and no thread has any but those to look at /proc when the others were dropped", async ({
    skip,
  }) => {
    if (spawnSync("setpriv", ["--version"]).error !== undefined) skip("there is no setpriv");
    const child = start("setpriv", ["--groups", "4", process.execPath, join(folder, "program.js"), "drop"]);
    const lines = linesOf(child);
    await lineWith(lines, "ready");
    const statusOf = (thread: string) => readFileSync(`/proc/${child.pid}/task/${thread}/status`, "utf8");
    const statuses = readdirSync(`/proc/${child.pid}/task`).map(statusOf);
    const valueIn = (status: string, name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*?)\\s*$`, "m").exec(status)?.[1];
    const values = (name: string) => new Set(statuses.map((status) => valueIn(status, name)));
    const nobody = "65534\t65534\t65534\t65534";
    const none = "0000000000000000";
    expect(values("Uid")).toEqual(new Set([nobody]));
    expect(values("Gid")).toEqual(new Set([nobody]));
    expect(values("Groups")).toEqual(new Set([""]));
    expect(values("CapInh")).toEqual(new Set([none]));
    expect(values("CapAmb")).toEqual(new Set([none]));
    // CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE: the main thread's.
    const forProc = "0000000000080004";
    expect(values("CapEff")).toEqual(new Set([forProc, none]));
    expect(values("CapPrm")).toEqual(new Set([forProc, none]));
    // It and the worker that it has started cannot get others any more. The threads of Node's pool could, if they executed something, which they do not.
    const needed = "000000c000080004";
    expect(valueIn(statusOf(String(child.pid)), "CapEff")).toBe(forProc);
    const bounded = statuses.filter((status) => valueIn(status, "CapBnd") === needed);
    expect(bounded.length).toBeGreaterThanOrEqual(2);
    for (const status of bounded) expect(valueIn(status, "NoNewPrivs")).toBe("1");
    spawnSync("/bin/true", ["tag-dropped"]);
    await lineWith(lines, "/bin/true tag-dropped");
    child.kill();
    await once(child, "exit");
  });

  it("do not help in a pid namespace of its own, and that is said", async () => {
    const command = ["--pid", "--fork", "--mount-proc", process.execPath, join(folder, "program.js")];
    const { stdout } = spawnSync("unshare", command, { encoding: "utf8" });
    expect(stdout).toBe(
      "ebpf: this does not run in the host's pid namespace, as a container would need hostPID for\n",
    );
  });

  it("are named when they are missing", async ({ skip }) => {
    if (spawnSync("setpriv", ["--version"]).error !== undefined) skip("there is no setpriv");
    const [line] = await once(linesOf(asNobody("+bpf")), "line");
    expect(line).toMatch(/^ebpf: the kernel does not permit .*CAP_BPF and CAP_PERFMON/);
  });
});

function asNobody(capabilities: string): ChildProcess {
  const user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const rights = [
    "--inh-caps",
    `-all,${capabilities}`,
    "--ambient-caps",
    `-all,${capabilities}`,
    "--bounding-set",
    `-all,${capabilities}`,
  ];
  const command = [...user, ...rights, process.execPath, join(folder, "program.js")];
  return start("setpriv", command);
}

function start(command: string, words: readonly string[]): ChildProcess {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

function linesOf(child: ChildProcess): Interface {
  return createInterface({ input: child.stdout as NodeJS.ReadableStream });
}

async function lineWith(lines: Interface, text: string): Promise<void> {
  for await (const [line] of on(lines, "line")) if (line === text) return;
}
