import { type JsonObject, parseTimestamp, readFirst, type Timestamp } from "@tallyman/ecs";

/** The time of an event that rules go by first, and by which recordings are put in order. */
export function timestampOf(document: JsonObject): Timestamp | undefined {
  return parseTimestamp(readFirst(document, "@timestamp", "scalar"));
}
