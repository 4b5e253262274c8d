import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { root } from "../../tools/repository.ts";

export type AlertDocument = Readonly<Record<string, unknown>>;

/** `tallyman watch` as users run it, in a process of its own. */
export interface WatchedHost {
  readonly child: ChildProcess;
  /** Everything it has said on standard error. */
  said(): string;
  /** Processor time that it has used, all threads together, in seconds. */
  cpuSeconds(): number;
  /** Memory that it holds, in bytes. */
  residentBytes(): number;
  /** Has it collect its garbage, and gives what memory is left in use. */
  memoryInUse(): Promise<NodeJS.MemoryUsage>;
  /** Asks it to end; gives its summary. */
  stop(): Promise<string>;
}

/** Within the program, but not in its threads, which run this as well: collects what is garbage when it is asked to, and says what memory is left in use. */
const collector = `if (process.send) {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  process.on("message", () => {
    collect();
    process.send(process.memoryUsage());
  });
  process.channel.unref();
}`;

/** Builds the program and starts it, and waits until it says where events come from. Lines of standard output go to `onAlert` as they come. */
export async function watchHost(
  args: readonly string[],
  onAlert: (alert: AlertDocument) => void,
): Promise<WatchedHost> {
  execFileSync(process.execPath, [join(root, "tools", "build.mjs")], { stdio: "inherit" });
  const program = join(root, "apps", "tallyman", "bin", "tallyman.js");
  const words = [program, "watch", "--no-config", "-f", "ndjson", ...args];
  const preload = `data:text/javascript,${encodeURIComponent(collector)}`;
  const child = spawn(process.execPath, ["--import", preload, ...words], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let said = "";
  const stderr = child.stderr as Readable;
  stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  createInterface({ input: child.stdout as Readable }).on("line", (line) => onAlert(JSON.parse(line)));
  while (!said.includes("events come from")) {
    await Promise.race([once(stderr, "data"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error(said);
  }
  return {
    child,
    said: () => said,
    cpuSeconds: () => ticksOf(child.pid as number) / 100,
    residentBytes: () => residentOf(child.pid as number),
    async memoryInUse() {
      const answer = once(child, "message");
      child.send("collect");
      const [usage] = await answer;
      return usage;
    },
    async stop() {
      const ended = once(child, "close");
      child.kill("SIGINT");
      await ended;
      return said;
    },
  };
}

/** utime and stime of proc_pid_stat(5). */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
