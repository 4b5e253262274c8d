import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Does something while there is a process, named `sleep`, that has ended and that its parent does not wait for. */
export async function withEndedProcess(work: (pid: number, ppid: number) => unknown): Promise<void> {
  // The shell becomes a program that waits for nobody.
  const parent = spawn("/bin/sh", ["-c", "sleep 0.3 & echo $!; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const pid = Number((await once(parent.stdout, "data"))[0]);
    while (!readFileSync(`/proc/${pid}/stat`, "utf8").includes("(sleep) Z ")) await sleep(20);
    await work(pid, parent.pid as number);
  } finally {
    parent.kill("SIGKILL");
  }
}
