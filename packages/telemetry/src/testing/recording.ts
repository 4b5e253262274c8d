import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "@tallyman/ecs";
import type { RecordReader } from "../record-reader.ts";

/** The lines of a recording beside this file. */
export function recordedLines(name: string): readonly string[] {
  const bytes = readFileSync(new URL(`recordings/${name}`, import.meta.url));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().trimEnd().split("\n");
}

/** The documents of all records, as they look in JSON. */
export function documentsOf(reader: RecordReader, records: readonly JsonObject[]): readonly JsonObject[] {
  const documents = [...records.flatMap((record) => reader.take(record) ?? []), ...reader.end()];
  return documents.map((document) => JSON.parse(JSON.stringify(document)) as JsonObject);
}

/** A line of text as a record. */
export const lineRecord = (message: string): JsonObject => ({ message });

/** What stands under a dotted name. */
export function at(document: JsonObject | undefined, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as JsonObject | undefined)?.[key], document);
}

/** One line on a document: what happened, who did it, and in what session. */
export function gist(document: JsonObject): string {
  const parts = [
    "event.action",
    "process.name",
    "process.entry_leader.entry_meta.type",
    "process.interactive",
  ];
  return parts.map((path) => String(at(document, path) ?? "-")).join(" ");
}
