import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import {
  Engine,
  type EngineOptions,
  type EventBytes,
  EventJudge,
  type IncomingEvent,
  MemoryFirstSeenStore,
  prepareRules,
  readVerdicts,
  VerdictWriter,
} from "@tallyman/engine";
import type { Rule } from "@tallyman/rules";
import { textBytes } from "../../../apps/tallyman/src/input/text-bytes.ts";
import { root } from "../../repository.ts";
import { type AlertLine, alertLine } from "./alert-line.ts";
import type { TestEvent } from "./test-events.ts";

/** A way to run rules over events; gives their alerts in the order in which they are raised. */
export type Mode = (rules: readonly Rule[], events: readonly TestEvent[]) => readonly AlertLine[];

/** All ways that must come to the same. */
export const modes: Readonly<Record<string, Mode>> = {
  "engine, events parsed whole": runEngine({}),
  "engine without index": runEngine({ evaluation: "plain" }),
  "engine, events read lazily": runEngine({}, lazily),
  "engine, events judged beforehand": judgeFirst,
  "tallyman scan": scanWith(),
  "tallyman scan --workers 1": scanWith("--workers", "1"),
  "tallyman scan --workers 2": scanWith("--workers", "2"),
};

function runEngine(
  options: Partial<EngineOptions>,
  incoming: (event: TestEvent) => IncomingEvent = (event) => event,
): Mode {
  return (rules, events) => {
    const prepared = prepareRules(rules, ecsCatalogue(), new FieldSlots());
    const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]), ...options });
    const raised = events.flatMap((event) => engine.process(incoming(event)));
    return [...raised, ...engine.flush()].map(({ document }) => alertLine(document));
  };
}

function lazily(event: TestEvent): IncomingEvent & { readonly bytes: EventBytes } {
  const buffer = textBytes(Buffer.from(JSON.stringify(event.document)));
  return { ...event, bytes: { buffer, start: 0, end: buffer.length } };
}

/** As threads share the work: one that has compiled the same rules says which conditions an event fulfils, and the engine does the rest. */
function judgeFirst(rules: readonly Rule[], events: readonly TestEvent[]): readonly AlertLine[] {
  const prepared = prepareRules(rules, ecsCatalogue(), new FieldSlots());
  const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]), isJudged: true });
  const { sharedFields } = engine;
  const judge = new EventJudge(prepareRules(rules, ecsCatalogue(), new FieldSlots()), { sharedFields });
  const writer = new VerdictWriter();
  const incoming = events.map(lazily);
  for (const { bytes, index } of incoming) judge.judge(bytes, index, writer);
  const verdicts = readVerdicts(writer.take(), prepared);
  // Where most had none, the engine would only be compared with itself.
  if (verdicts.filter((verdict) => verdict !== undefined).length < events.length / 2)
    throw new Error("most events were not judged beforehand");
  const raised = incoming.flatMap((event, i) => engine.process({ ...event, verdict: verdicts[i] }));
  return [...raised, ...engine.flush()].map(({ document }) => alertLine(document));
}

/** The program itself, from files to a file, with more flags. */
function scanWith(...flags: readonly string[]): Mode {
  return (rules, events) => {
    const folder = mkdtempSync(join(tmpdir(), "differential-"));
    const [rulesFile, eventsFile, alertsFile] = ["rules.ndjson", "events.ndjson", "alerts.ndjson"].map(
      (name) => join(folder, name),
    ) as [string, string, string];
    try {
      writeLines(
        rulesFile,
        rules.map(({ parameters }) => parameters),
      );
      writeLines(eventsFile, events.flatMap(bulkLines));
      runProgram(["scan", "-r", rulesFile, "-f", "ndjson", "-o", alertsFile, ...flags, eventsFile]);
      return readLines(alertsFile).map(alertLine);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

function runProgram(args: readonly string[]): void {
  spawnSync(process.execPath, [join(root, "tools", "build.mjs")], { stdio: ["ignore", 2, 2] });
  const program = join(root, "apps", "tallyman", "dist", "main.js");
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  // A worker that understands a rule in another way is told of, and its events are then looked at by the main thread.
  if (status !== 0 || stderr.includes("a worker is of no use"))
    throw new Error(`tallyman ${args.join(" ")} ended with ${status}: ${stderr}`);
}

/** An event as a bulk request has it: what it is called, then the document as it is, which the program reads lazily. */
function bulkLines({ document, id, index }: TestEvent): readonly JsonObject[] {
  return [{ index: { _index: index, _id: id } }, document];
}

function writeLines(path: string, values: readonly JsonObject[]): void {
  writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}

function readLines(path: string): readonly JsonObject[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as JsonObject);
}
