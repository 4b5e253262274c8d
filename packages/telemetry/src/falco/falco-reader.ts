import type { JsonObject, Timestamp } from "@tallyman/ecs";
import { type HostLimits, HostModels } from "../host-models.ts";
import { KnownContainers } from "../known-containers.ts";
import { type ReaderReport, RecordCounts, type RecordReader } from "../record-reader.ts";
import { objectIn, textIn } from "../text/json-fields.ts";
import { momentIn, nanosecondsOf } from "../text/moment.ts";
import { eventOfFalco, type UnusedEvent } from "./falco-event.ts";
import { FalcoFields } from "./falco-fields.ts";
import { parentOf, processOf } from "./falco-process.ts";

const unusedTexts: Readonly<Record<UnusedEvent | "no-process", string>> = {
  "no-process": "events of rules whose output has no proc.pid and evt.type",
  "other-event": "events of other types",
  entry: "calls that had only begun",
  failed: "calls that failed",
  "other-socket": "sockets of other kinds than TCP, or without addresses",
  "no-file-created": "files that were opened and not created",
  "no-path": "file events without a path",
};

/** True for an event of Falco's with `json_output`. */
export function isFalcoRecord(record: JsonObject): boolean {
  return objectIn(record, "output_fields") !== undefined && textIn(record, "rule") !== undefined;
}

export function falcoTimestamp(record: JsonObject): Timestamp | undefined {
  return momentIn(record["time"]);
}

/** Reads Falco's JSON output. What it can tell depends on what the rules that Falco has loaded write out. */
export class FalcoReader implements RecordReader {
  readonly #hosts: HostModels;
  readonly #containers = new KnownContainers();
  readonly #counts = new RecordCounts(unusedTexts);

  constructor(version: string, limits: Partial<HostLimits> = {}) {
    this.#hosts = new HostModels("falco", version, limits);
  }

  take(record: JsonObject): readonly JsonObject[] | undefined {
    const time = falcoTimestamp(record);
    if (time === undefined || !isFalcoRecord(record)) return undefined;
    this.#counts.records += 1;
    const fields = new FalcoFields(objectIn(record, "output_fields") as JsonObject);
    return this.#counts.given(this.#documentsOf(record, fields, nanosecondsOf(time)));
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
    fields: FalcoFields,
    atNs: bigint,
  ): readonly JsonObject[] | keyof typeof unusedTexts {
    const host = textIn(record, "hostname") ?? fields.text("evt.hostname");
    const process = processOf(fields, atNs, this.#containers);
    if (process === undefined || fields.text("evt.type") === undefined) return "no-process";
    const { names } = this.#hosts.of(host);
    names.learnUser(process.credentials?.euid, fields.text("user.name"));
    names.learnGroup(process.credentials?.egid, fields.text("group.name"));
    const event = eventOfFalco(fields, process);
    if (typeof event === "string") return event;
    const parent = parentOf(fields, process);
    const isNew = event.kind === "exec" || event.kind === "fork";
    const beside = [...(parent === undefined ? [] : [parent]), ...(isNew ? [] : [process])];
    const id =
      textIn(record, "uuid") ?? `${process.pid} ${fields.text("evt.type")} ${textIn(record, "time")}`;
    return this.#hosts.handle(host, event, { id }, beside);
  }
}
