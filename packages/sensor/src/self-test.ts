import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import type { ExecEvent, KernelEvent, RunningProcess } from "@tallyman/session-model";
import { inTicks, ProcReader } from "./proc/read-processes.ts";
import { SourceUnavailable } from "./source-unavailable.ts";
import type { RunningSource } from "./sources/source.ts";

const patienceMs = 10_000;

/**
 * Starts a program and compares what the source says of it with what `/proc` says: the proof that the offsets that were looked up are those of the
 * kernel that runs. Gives the source, with nothing missing from its events. Rejects with SourceUnavailable when they differ or nothing comes; the
 * source is then to be stopped.
 */
export async function selfTested(source: RunningSource): Promise<RunningSource> {
  const batches = source.events()[Symbol.asyncIterator]();
  const program = await startProgram();
  const timer = setTimeout(() => void source.stop(), patienceMs);
  const seen: (readonly KernelEvent[])[] = [];
  try {
    for (;;) {
      const { value, done } = await batches.next();
      if (done) throw new SourceUnavailable("it reports nothing of a program that was started to test it");
      seen.push(value);
      const exec = value.find((event): event is ExecEvent => isExecOf(event, program.pid));
      if (exec === undefined) continue;
      const difference = differenceOf(exec, program.pid);
      if (difference !== undefined) throw new SourceUnavailable(difference);
      return withEvents(source, replay(seen, batches));
    }
  } finally {
    clearTimeout(timer);
    program.kill("SIGKILL");
  }
}

/** A program that waits, as the leader of a session. */
async function startProgram(): Promise<StartedProgram> {
  try {
    return await started("cat", ["-"]).catch(() =>
      started(process.execPath, ["-e", "process.stdin.resume()"]),
    );
  } catch (error) {
    throw new SourceUnavailable(`no program could be started to test it: ${(error as Error).message}`);
  }
}

type StartedProgram = ChildProcess & { readonly pid: number };

async function started(command: string, words: readonly string[]): Promise<StartedProgram> {
  const program = spawn(command, words, { stdio: ["pipe", "ignore", "ignore"], detached: true });
  await once(program, "spawn");
  return program as StartedProgram;
}

function isExecOf(event: KernelEvent, pid: number): boolean {
  return event.kind === "exec" && event.pid === pid;
}

/** What an exec event has, in the words of `/proc`. */
type Comparable = Omit<RunningProcess, "atNs">;

function differenceOf({ kind: _, ...exec }: ExecEvent, pid: number): string | undefined {
  const reader = new ProcReader({ keepsVariable: () => false, environmentBytes: 0 });
  const found = reader.read(pid);
  if (found === undefined) return "the program that was started to test it ended";
  const reported: Comparable = {
    ...exec,
    ...(exec.resolvedPath === undefined ? {} : { executable: exec.resolvedPath }),
    ...(exec.startNs === undefined ? {} : { startNs: inTicks(exec.startNs) }),
  };
  for (const name of compared) {
    const here = reported[name];
    const there = found[name];
    if (here === undefined || there === undefined || isDeepStrictEqual(here, there)) continue;
    return `of a program that was started to test it, it reports ${name} ${shown(here)}, and /proc ${shown(there)}`;
  }
  return undefined;
}

const compared = [
  "ppid",
  "startNs",
  "vpid",
  "pgid",
  "sid",
  "tty",
  "credentials",
  "capabilities",
  "namespaces",
  "comm",
  "executable",
  "args",
  "workingDirectory",
  "standardFiles",
] as const satisfies readonly (keyof Comparable)[];

function shown(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
}

function withEvents(source: RunningSource, events: AsyncIterable<readonly KernelEvent[]>): RunningSource {
  return {
    events: () => events,
    stop: () => source.stop(),
    buffers: () => source.buffers(),
    get lost() {
      return source.lost;
    },
  };
}

async function* replay<T>(seen: readonly T[], rest: AsyncIterator<T>): AsyncGenerator<T, void> {
  yield* seen;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
