import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

// What the package holds, without any node_modules: a copy, since the original may be built anew while the tests run.
const installed = mkdtempSync(join(tmpdir(), "tallyman-installed-"));
chmodSync(installed, 0o755);
for (const part of ["package.json", "bin", "dist"]) {
  cpSync(fileURLToPath(new URL(`../../${part}`, import.meta.url)), join(installed, part), {
    recursive: true,
  });
}
afterAll(() => rmSync(installed, { recursive: true }));

/** The program as users start it. */
export const programPath = join(installed, "bin", "tallyman.js");

/** What came of a run. */
export interface ProgramResult {
  /** The exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramSetting {
  /** What stands on standard input. Without it, standard input is empty. */
  readonly input?: string | Buffer;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The user to run as, which only root may choose. */
  readonly uid?: number;
}

/** Runs the program to its end. */
export async function run(args: readonly string[], setting: ProgramSetting = {}): Promise<ProgramResult> {
  const started = start(process.execPath, [programPath, ...args], setting);
  // A program that reads no standard input closes it before all is written.
  started.child.stdin?.on("error", () => {});
  started.child.stdin?.end(setting.input ?? "");
  return started.ended;
}

/** Runs a line of shell, in which `$T` is the program. */
export function runShell(line: string, setting: ProgramSetting = {}): Promise<ProgramResult> {
  const started = start("sh", ["-c", line], {
    ...setting,
    env: { T: `${process.execPath} ${programPath}`, ...setting.env },
  });
  started.child.stdin?.end(setting.input ?? "");
  return started.ended;
}

/** A program that is running, with what it has said so far. */
export interface StartedProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramResult>;
  /** Waits until there is something on standard output. */
  readonly hasSpoken: Promise<unknown>;
}

/** Starts the program and leaves its standard input open. */
export function startProgram(args: readonly string[], setting: ProgramSetting = {}): StartedProgram {
  return start(process.execPath, [programPath, ...args], setting);
}

function start(command: string, args: readonly string[], { cwd, env, uid }: ProgramSetting): StartedProgram {
  // The environment decides about colours and widths: nothing of whoever runs the tests comes in.
  const base = { PATH: process.env["PATH"], LANG: "C.UTF-8", TZ: "UTC" };
  const child = spawn(command, args, {
    stdio: "pipe",
    env: { ...base, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const ended = once(child, "close").then(([status]) => ({
    status: status as number | null,
    stdout: Buffer.concat(stdout).toString("utf8"),
    stderr: Buffer.concat(stderr).toString("utf8"),
  }));
  return { child, ended, hasSpoken: once(child.stdout, "data") };
}
