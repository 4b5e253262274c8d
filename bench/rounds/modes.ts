import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { rolldown } from "rolldown";
import { root } from "../../tools/repository.ts";
import { corpusFolder } from "../rules/rule-set.ts";

/** What a mode measured, by name. */
export type Figures = Readonly<Record<string, number | string>>;

/** A file of generated events. */
export interface EventFile {
  readonly path: string;
  readonly events: number;
}

export interface ModeOptions {
  /** How many terms the first-seen store is given. */
  readonly terms: number;
}

/** A process that measures something. */
export interface Mode {
  run(file: EventFile, options: ModeOptions): Figures;
  /** Why it cannot run here; undefined when it can. */
  readonly unavailable?: () => string | undefined;
  /** What it measures does not depend on the moment, or takes long: once is enough. */
  readonly isOnce?: boolean;
}

export const modes = {
  "json-parse": runner("json-parse"),
  "read-fields": runner("read-fields"),
  "find-fields": runner("find-fields"),
  stateless: runner("stateless"),
  "stateless-tenth": runner("stateless-tenth"),
  whole: runner("whole"),
  latency: runner("latency"),
  evaluated: { ...runner("evaluated"), isOnce: true },
  "hostile-text": { ...runner("hostile-text"), isOnce: true },
  "first-seen": { run: (_, { terms }) => runMode("first-seen", String(terms)), isOnce: true },
  start: { run: () => runProgram([], emptyFile()) },
  "two-workers": {
    run({ events, path }) {
      const flags = ["--workers", "2"];
      // Enough for each worker to have some: with none the program would end before they have begun.
      const first = firstEvents(path, 600);
      const beginning = runProgram(flags, first.path);
      const whole = runProgram(flags, path);
      return { wallUs: ((whole.wallMs - beginning.wallMs) * 1000) / (events - first.events) };
    },
    unavailable: () =>
      programHelp().includes("--workers") ? undefined : "`tallyman scan` has no --workers yet",
  },
  jq: {
    run: ({ events, path }) => ({ cpuUs: (cpuSecondsOf("jq", ["-c", jqFilter, path]) * 1e6) / events }),
    unavailable: () => (spawnSync("jq", ["--version"]).error === undefined ? undefined : "jq is not here"),
  },
} as const satisfies Record<string, Mode>;

export type ModeName = keyof typeof modes;

const runnerPath = join(root, ".build", "run-mode.js");
const programPath = join(root, "apps", "tallyman", "dist", "main.js");

/** One rule, written for jq by hand. */
const jqFilter =
  'select(.event.category[0] == "process" and .event.action == "exec" and (.process.args | index("--privileged")))';

/** Makes the programs that the modes run. What is measured is bundled, as users run it: tsx adds work to each function. */
export async function buildPrograms(): Promise<void> {
  const built = spawnSync(process.execPath, [join(root, "tools", "build.mjs")], { stdio: ["ignore", 2, 2] });
  if (built.status !== 0) throw new Error("The program could not be built");
  const bundle = await rolldown({ input: join(root, "bench", "run-mode.ts"), platform: "node" });
  // Directly below the repository's folder, where it finds that as it does from tools/.
  await bundle.write({ dir: join(root, ".build"), format: "esm", entryFileNames: "run-mode.js" });
  await bundle.close();
}

function runner(name: string): Mode {
  return { run: ({ path }) => runMode(name, path) };
}

function runMode(name: string, argument: string): Figures {
  const { status, stderr, stdout } = spawnSync(process.execPath, [runnerPath, name, argument], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The mode ${name} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Figures;
}

/** What a whole process took. */
type ProgramFigures = Readonly<Record<"wallMs" | "cpuMs" | "rssMb", number>>;

/** `tallyman scan` with all rules over a file, from its start to its end. */
function runProgram(flags: readonly string[], path: string): ProgramFigures {
  const usageFile = join(root, ".build", "usage.json");
  const rules = corpusFolder === undefined ? [] : ["--rules", corpusFolder];
  const preload = new URL("../report-usage.mjs", import.meta.url).href;
  const from = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", preload, programPath, "scan", "--quiet", "--format", "ndjson", ...rules, ...flags, path],
    {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, BENCH_USAGE_FILE: usageFile },
    },
  );
  const wallMs = performance.now() - from;
  if (status !== 0) throw new Error(`tallyman scan ended with ${status}: ${stderr}`);
  const { maxRSS, systemCPUTime, userCPUTime } = JSON.parse(
    readFileSync(usageFile, "utf8"),
  ) as NodeJS.ResourceUsage;
  return { wallMs, cpuMs: (systemCPUTime + userCPUTime) / 1000, rssMb: maxRSS / 1024 };
}

function programHelp(): string {
  return spawnSync(process.execPath, [programPath, "scan", "--help"], { encoding: "utf8" }).stdout;
}

function emptyFile(): string {
  const path = join(root, ".build", "empty.ndjson");
  writeFileSync(path, "");
  return path;
}

/** A file of the first events of another. */
function firstEvents(path: string, events: number): EventFile {
  const first = join(root, ".build", "first.ndjson");
  const lines = readFileSync(path, "utf8").split("\n", events);
  writeFileSync(first, `${lines.join("\n")}\n`);
  return { path: first, events };
}

/** The processor time of a program that is not Node's, by the shell's own clock. */
function cpuSecondsOf(command: string, args: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const { stderr, status } = spawnSync("bash", ["-c", script, "bash", command, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return (stderr.trim().split("\n").at(-1) ?? "")
    .split(" ")
    .reduce((sum, seconds) => sum + Number(seconds), 0);
}
