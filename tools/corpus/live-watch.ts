import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../repository.ts";

/** An alert comes within the next half second; a busy machine takes longer. */
export const patienceMs = 20_000;

export type LiveAlert = Readonly<Record<string, unknown>>;

/** `tallyman watch` at work. */
export interface Watch {
  /** All alerts so far. */
  readonly alerts: readonly LiveAlert[];
  /** Waits for an alert; false when none comes in time. */
  alert(fulfils: (alert: LiveAlert) => boolean): Promise<boolean>;
  stop(): Promise<void>;
}

/** Builds the program and starts it; resolves when it says where events come from. */
export async function startWatch(args: readonly string[]): Promise<Watch> {
  execFileSync(process.execPath, [join(root, "tools", "build.mjs")], { stdio: "inherit" });
  const program = join(root, "apps", "tallyman", "bin", "tallyman.js");
  const child = spawn(process.execPath, [program, "watch", "--no-config", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  await isStarted(child);
  const alerts: LiveAlert[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => alerts.push(JSON.parse(line)));
  return {
    alerts,
    async alert(fulfils) {
      for (const untilMs = Date.now() + patienceMs; Date.now() < untilMs; ) {
        if (alerts.some(fulfils)) return true;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return false;
    },
    async stop() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

async function isStarted(child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (!said.includes("events come from")) {
    await Promise.race([once(child.stderr as NodeJS.ReadableStream, "data"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error(`tallyman watch ended: ${said}`);
  }
}
