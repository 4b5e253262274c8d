import type { JsonObject, Timestamp } from "@tallyman/ecs";
import { AuditReader, auditTimestamp } from "./auditd/audit-reader.ts";
import { parseAuditLine } from "./auditd/audit-record.ts";
import { FalcoReader, falcoTimestamp, isFalcoRecord } from "./falco/falco-reader.ts";
import type { RecordReader } from "./record-reader.ts";
import { isTetragonRecord, TetragonReader, tetragonTimestamp } from "./tetragon/tetragon-reader.ts";

/** A format of events that are not ECS. */
export interface ForeignFormat {
  /** As people call it. */
  readonly name: string;
  /** When a record happened, by which records of several files are put in order; undefined where it does not say, and so is none of this format. */
  readonly timestampOf: (record: JsonObject) => Timestamp | undefined;
  /** @param version Of this program, for `agent.version`. */
  readonly open: (version: string) => RecordReader;
}

/** The formats, by what they are called on a command line. A line of text stands in a record as `{ message: line }`. */
export const foreignFormats = {
  auditd: {
    name: "auditd",
    timestampOf: auditTimestamp,
    open: (version) => new AuditReader(version),
  },
  tetragon: {
    name: "Tetragon",
    timestampOf: tetragonTimestamp,
    open: (version) => new TetragonReader(version),
  },
  falco: {
    name: "Falco",
    timestampOf: falcoTimestamp,
    open: (version) => new FalcoReader(version),
  },
} as const satisfies Readonly<Record<string, ForeignFormat>>;

export type ForeignFormatId = keyof typeof foreignFormats;

/** The format that a line of text which is no JSON shows; undefined for none. */
export function formatOfLine(line: string): ForeignFormatId | undefined {
  return parseAuditLine(line) === undefined ? undefined : "auditd";
}

/** The format that a JSON object shows beyond doubt; undefined for ECS, and for anything else. */
export function formatOfObject(object: JsonObject): ForeignFormatId | undefined {
  // Whoever has put it into an ECS event means that to be read.
  if (object["@timestamp"] !== undefined) return undefined;
  if (isFalcoRecord(object)) return "falco";
  return isTetragonRecord(object) ? "tetragon" : undefined;
}
