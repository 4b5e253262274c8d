import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { announced, whyNoBpf } from "../../../../packages/sensor/src/testing/requirements.ts";
import { type ProgramSetting, type StartedProgram, startProgram } from "./run-program.ts";

/** Where the installed program finds koffi, which it has beside it when it is installed from the registry. */
export const withKoffi = {
  NODE_PATH: fileURLToPath(new URL("../../../../node_modules", import.meta.url)),
} as const;

/** Why tests of the program with eBPF are skipped, which is said; undefined when they are not. */
export function whyNoSensor(): string | undefined {
  return announced("the program with its sensor", whyNoBpf());
}

/** A live command at work. */
export interface LiveProgram extends StartedProgram {
  /** All lines of standard output so far. */
  readonly lines: readonly string[];
  /** Waits for a line that fulfils a condition. The test's time limit is the limit. */
  line(fulfils: (line: string) => boolean): Promise<string>;
  /** Asks it to end, and waits for it. */
  stop(signal?: NodeJS.Signals): StartedProgram["ended"];
}

/** Starts a live command and waits until it says where events come from, after which nothing is missed. Without `-q`. */
export async function startLive(args: readonly string[], setting: ProgramSetting = {}): Promise<LiveProgram> {
  const started = startProgram(args, { ...setting, env: { ...withKoffi, ...setting.env } });
  const live = follow(started);
  let said = "";
  started.child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (!said.includes("events come from")) {
    await Promise.race([once(started.child.stderr as NodeJS.ReadableStream, "data"), endedEarly(started)]);
  }
  return live;
}

async function endedEarly({ ended }: StartedProgram): Promise<never> {
  const { status, stderr } = await ended;
  throw new Error(`the program ended with ${status}: ${stderr}`);
}

function follow(started: StartedProgram): LiveProgram {
  const lines: string[] = [];
  let rest = "";
  started.child.stdout?.on("data", (chunk: Buffer) => {
    const pieces = (rest + chunk.toString()).split("\n");
    rest = pieces.pop() ?? "";
    lines.push(...pieces);
  });
  return {
    ...started,
    lines,
    async line(fulfils) {
      for (let seen = 0; ; ) {
        for (; seen < lines.length; seen++) if (fulfils(lines[seen] as string)) return lines[seen] as string;
        await Promise.race([
          once(started.child.stdout as NodeJS.ReadableStream, "data"),
          endedEarly(started),
        ]);
      }
    },
    stop(signal = "SIGINT") {
      started.child.kill(signal);
      return started.ended;
    },
  };
}
