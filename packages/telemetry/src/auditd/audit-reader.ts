import type { JsonObject, Timestamp } from "@tallyman/ecs";
import type { ProcessFacts, RunningProcess } from "@tallyman/session-model";
import { type HostLimits, HostModels } from "../host-models.ts";
import type { LearnedNames } from "../learned-names.ts";
import { type ReaderReport, RecordCounts, type RecordReader } from "../record-reader.ts";
import { addedName, auditNumber, auditText } from "./audit-fields.ts";
import { parseAuditLine } from "./audit-record.ts";
import { eventOfCall, type UnusedCall } from "./call-event.ts";
import { type AssemblerLimits, type AuditEvent, EventAssembler, isPartOfEvent } from "./event-assembler.ts";
import { loginDocument } from "./login-document.ts";
import { SocketTypes } from "./socket-types.ts";

const unusedTexts: Readonly<Record<UnusedCall | "other-record", string>> = {
  "other-record": "records of other kinds",
  "other-call": "calls that rules do not ask for",
  failed: "calls that failed",
  "no-file-created": "files that were opened and not created",
  "unknown-directory": "paths relative to a directory that the log does not name",
  "other-socket": "sockets of other kinds than TCP",
  incomplete: "events whose call's record is missing",
};

/** An audit line as a document: `{ message: line }`. */
function auditLineOf(record: JsonObject): string | undefined {
  const line = record["message"];
  return typeof line === "string" ? line : undefined;
}

export function auditTimestamp(record: JsonObject): Timestamp | undefined {
  const line = auditLineOf(record);
  const parsed = line === undefined ? undefined : parseAuditLine(line);
  return parsed && { ms: parsed.ms, nanos: 0 };
}

/** Reads auditd's log, and what it gives to its plugins. */
export class AuditReader implements RecordReader {
  readonly #hosts: HostModels;
  readonly #events: EventAssembler;
  readonly #sockets = new SocketTypes();
  readonly #counts = new RecordCounts(unusedTexts);

  constructor(version: string, limits: Partial<HostLimits & AssemblerLimits> = {}) {
    this.#hosts = new HostModels("auditd", version, limits);
    this.#events = new EventAssembler(limits);
  }

  take(document: JsonObject): readonly JsonObject[] | undefined {
    const line = auditLineOf(document);
    const record = line === undefined ? undefined : parseAuditLine(line);
    if (record === undefined) return undefined;
    this.#counts.records += 1;
    if (isPartOfEvent(record)) return this.#documentsOf(this.#events.add(record));
    const login = loginDocument(record, this.#hosts.of(record.node).fields);
    return this.#counts.given(login === undefined ? "other-record" : [login]);
  }

  end(): readonly JsonObject[] {
    return this.#documentsOf(this.#events.end());
  }

  report(): ReaderReport {
    return {
      ...this.#hosts.report(),
      ...this.#counts.report(),
      cutEvents: this.#events.evicted,
      forgottenSockets: this.#sockets.evicted,
    };
  }

  #documentsOf(events: readonly AuditEvent[]): readonly JsonObject[] {
    return events.flatMap((event) => this.#documentsOfOne(event));
  }

  #documentsOfOne(event: AuditEvent): readonly JsonObject[] {
    const { node, id, serial } = event;
    const { names } = this.#hosts.of(node);
    learnNames(names, event);
    const found = eventOfCall(event, this.#sockets);
    if (typeof found === "string") return this.#counts.given(found);
    // Whoever has not called exec since the log begins is known by the file that it runs.
    const beside = found.kind === "exec" || found.kind === "lost" ? [] : [runningProcess(found, event)];
    if (found.kind === "exit") this.#sockets.end({ node, pid: found.pid });
    const label = { id: `${node ?? ""} ${id}`, sequence: serial };
    return this.#counts.given(this.#hosts.handle(node, found, label, beside));
  }
}

function runningProcess(
  { pid, atNs, ppid, tty, credentials, comm }: ProcessFacts,
  { call }: AuditEvent,
): RunningProcess {
  const executable = auditText(call?.get("exe"));
  return {
    pid,
    atNs,
    ...(ppid !== undefined && { ppid }),
    ...(tty !== undefined && { tty }),
    ...(credentials !== undefined && { credentials }),
    ...(comm !== undefined && { comm }),
    ...(executable !== undefined && { executable }),
  };
}

const userFields = ["auid", "uid", "euid", "suid"];
const groupFields = ["gid", "egid", "sgid"];

/** From what auditd adds to its log when it is told to (`log_format = ENRICHED`). */
function learnNames(names: LearnedNames, { call, callNames }: AuditEvent): void {
  if (call === undefined || callNames === undefined || callNames.size === 0) return;
  const name = (field: string) => addedName(callNames.get(field.toUpperCase()));
  for (const field of userFields) names.learnUser(auditNumber(call.get(field)), name(field));
  for (const field of groupFields) names.learnGroup(auditNumber(call.get(field)), name(field));
}
