import { type JsonObject, parseTimestamp, readFirst, type Timestamp } from "@tallyman/ecs";

/** When an event happened, by its own word: `@timestamp`, or `timestamp` in a record of an anomaly, which has no other. */
export function eventTimeOf(document: JsonObject): Timestamp | undefined {
  const own = readFirst(document, "@timestamp", "scalar");
  if (own !== undefined) return parseTimestamp(own);
  return document["result_type"] === "record" ? parseTimestamp(document["timestamp"]) : undefined;
}
