import { isJsonObject, type JsonObject, type Timestamp } from "@tallyman/ecs";
import type { ExecEvent, KernelEvent, RunningProcess } from "@tallyman/session-model";
import { type HostLimits, HostModels } from "../host-models.ts";
import { KnownContainers } from "../known-containers.ts";
import { type ReaderReport, RecordCounts, type RecordReader } from "../record-reader.ts";
import { listIn, objectIn, textIn, wholeNumberIn } from "../text/json-fields.ts";
import { momentIn, nanosecondsOf } from "../text/moment.ts";
import { signalNumber } from "../text/signals.ts";
import { eventOfKprobe, type UnusedProbe } from "./kprobe-event.ts";
import { flagsOf, processIn, startOf } from "./tetragon-process.ts";

const unusedTexts: Readonly<Record<UnusedProbe | "other-kind" | "found-running" | "no-process", string>> = {
  "found-running": "processes that ran before Tetragon did",
  "other-kind": "events of other kinds",
  "other-function": "kprobes on functions that rules do not ask for",
  "other-socket": "sockets of other kinds than TCP",
  failed: "calls that failed",
  "no-path": "file events without a path",
  directory: "directories that were removed",
  "unknown-directory": "paths relative to a directory that the event does not name",
  "no-process": "events that name no process",
};

/** The event's name, the only member of an export that has a process in it. */
function kindOf(record: JsonObject): string | undefined {
  for (const name of Object.keys(record))
    if (name.startsWith("process_") && isJsonObject(record[name])) return name;
  return undefined;
}

/** True for an event of Tetragon's export, which has its kind for a name, beside the node's and the time. */
export function isTetragonRecord(record: JsonObject): boolean {
  const kind = kindOf(record);
  return kind !== undefined && objectIn(objectIn(record, kind), "process") !== undefined;
}

export function tetragonTimestamp(record: JsonObject): Timestamp | undefined {
  return momentIn(record["time"]);
}

/** Reads Tetragon's JSON export. */
export class TetragonReader implements RecordReader {
  readonly #hosts: HostModels;
  readonly #containers = new KnownContainers();
  readonly #counts = new RecordCounts(unusedTexts);

  constructor(version: string, limits: Partial<HostLimits> = {}) {
    this.#hosts = new HostModels("tetragon", version, limits);
  }

  take(record: JsonObject): readonly JsonObject[] | undefined {
    const kind = kindOf(record);
    const time = tetragonTimestamp(record);
    if (kind === undefined || time === undefined) return undefined;
    this.#counts.records += 1;
    const event = objectIn(record, kind) as JsonObject;
    return this.#counts.given(this.#documentsOf(record, kind, event, nanosecondsOf(time)));
  }

  end(): readonly JsonObject[] {
    return [];
  }

  report(): ReaderReport {
    return {
      ...this.#hosts.report(),
      ...this.#counts.report(),
      cutEvents: 0,
      forgottenSockets: 0,
    };
  }

  #documentsOf(
    record: JsonObject,
    kind: string,
    event: JsonObject,
    atNs: bigint,
  ): readonly JsonObject[] | keyof typeof unusedTexts {
    const host = textIn(record, "node_name");
    const object = objectIn(event, "process");
    const process = processIn(object, atNs, this.#containers);
    if (process === undefined) return "no-process";
    this.#learnName(host, object);
    const relatives = this.#relatives(event, atNs);
    const parent = relatives.at(-1);
    const own =
      parent !== undefined && parent.pid !== process.pid ? { ...process, ppid: parent.pid } : process;
    if (kind === "process_exec" && flagsOf(object).includes("procFS")) {
      this.#hosts.of(host).sessions.introduce([...relatives, own]);
      return "found-running";
    }
    const found = kind === "process_exec" ? execOf(own, startOf(object)) : eventOf(kind, event, own);
    if (typeof found === "string") return found;
    const label = { id: `${textIn(object, "exec_id") ?? ""} ${kind} ${textIn(record, "time") ?? ""}` };
    return this.#hosts.handle(host, found, label, kind === "process_exec" ? relatives : [...relatives, own]);
  }

  /** The ancestors and the parent, the oldest first, each as the child of the one before it. */
  #relatives(event: JsonObject, atNs: bigint): readonly RunningProcess[] {
    const objects = [...listIn(event, "ancestors").filter(isJsonObject)].reverse();
    const line: RunningProcess[] = [];
    for (const object of [...objects, objectIn(event, "parent")]) {
      const process = processIn(object, atNs, this.#containers);
      if (process === undefined) continue;
      const before = line.at(-1);
      // What a process was before an exec is listed too.
      if (before?.pid === process.pid) line.pop();
      const parent = line.at(-1);
      line.push(parent === undefined ? process : { ...process, ppid: parent.pid });
    }
    return line;
  }

  #learnName(host: string | undefined, object: JsonObject | undefined): void {
    this.#hosts
      .of(host)
      .names.learnUser(wholeNumberIn(object, "uid"), textIn(objectIn(object, "user"), "name"));
  }
}

function execOf({ executable, ...process }: RunningProcess, startNs: bigint | undefined): ExecEvent {
  return {
    kind: "exec",
    ...process,
    ...(startNs !== undefined && { startNs }),
    ...(executable !== undefined && { filename: executable }),
  };
}

function eventOf(
  kind: string,
  event: JsonObject,
  process: RunningProcess,
): KernelEvent | UnusedProbe | "other-kind" {
  if (kind === "process_kprobe") return eventOfKprobe(event, process);
  if (kind !== "process_exit") return "other-kind";
  const exitCode = wholeNumberIn(event, "status");
  const signal = signalNumber(textIn(event, "signal"));
  const { pid, atNs } = process;
  // proto3 leaves out what is zero.
  return signal !== undefined
    ? { kind: "exit", pid, atNs, signal }
    : { kind: "exit", pid, atNs, exitCode: exitCode ?? 0 };
}
