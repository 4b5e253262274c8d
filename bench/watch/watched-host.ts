import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
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
  /** Asks it to end; gives its summary. */
  stop(): Promise<string>;
}

/** Builds the program and starts it, and waits until it says where events come from. Lines of standard output go to `onAlert` as they come. */
export async function watchHost(
  args: readonly string[],
  onAlert: (alert: AlertDocument) => void,
): Promise<WatchedHost> {
  execFileSync(process.execPath, [join(root, "tools", "build.mjs")], { stdio: "inherit" });
  const program = join(root, "apps", "tallyman", "bin", "tallyman.js");
  const child = spawn(process.execPath, [program, "watch", "--no-config", "-f", "ndjson", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  createInterface({ input: child.stdout }).on("line", (line) => onAlert(JSON.parse(line)));
  while (!said.includes("events come from")) {
    await Promise.race([once(child.stderr, "data"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error(said);
  }
  return {
    child,
    said: () => said,
    cpuSeconds: () => ticksOf(child.pid as number) / 100,
    residentBytes: () => residentOf(child.pid as number),
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
