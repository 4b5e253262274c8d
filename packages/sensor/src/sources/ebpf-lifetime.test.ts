import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { on, once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
    const child = spawn(process.execPath, [join(folder, "program.js")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
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

  it("are all that is left when the others were dropped, on every thread", async () => {
    const child = spawn(process.execPath, [join(folder, "program.js"), "drop"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = linesOf(child);
    await lineWith(lines, "ready");
    const statuses = readdirSync(`/proc/${child.pid}/task`).map((thread) =>
      readFileSync(`/proc/${child.pid}/task/${thread}/status`, "utf8"),
    );
    const values = (name: string) =>
      statuses.map((status) => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]);
    expect(new Set(values("Uid"))).toEqual(new Set(["65534\t65534\t65534\t65534"]));
    expect(new Set(values("Gid"))).toEqual(new Set(["65534\t65534\t65534\t65534"]));
    expect(new Set(values("Groups").map((groups) => groups?.trim()))).toEqual(new Set([""]));
    // CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_PERFMON, CAP_BPF: the main thread's, and the worker's that it has started.
    const needed = "000000c000080004";
    expect(new Set(values("CapEff"))).toEqual(new Set([needed, "0000000000000000"]));
    expect(new Set(values("CapPrm"))).toEqual(new Set([needed, "0000000000000000"]));
    expect(values("CapBnd")[0]).toBe(needed);
    expect(values("NoNewPrivs")[0]).toBe("1");
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
  return spawn("setpriv", command, { stdio: ["ignore", "pipe", "inherit"] });
}

function linesOf(child: ChildProcess): Interface {
  return createInterface({ input: child.stdout as NodeJS.ReadableStream });
}

async function lineWith(lines: Interface, text: string): Promise<void> {
  for await (const [line] of on(lines, "line")) if (line === text) return;
}
