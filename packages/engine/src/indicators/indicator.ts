import { formatTimestamp, type JsonObject } from "@tallyman/ecs";

/** Something that tells of a threat, such as an address: a document with `threat.indicator`, as a feed gives it. */
export interface Indicator {
  /** In the Elastic Common Schema. Without `@timestamp` it counts as having come just now, whenever it is asked. */
  readonly document: JsonObject;
  /** What the document shares with many others, which is held once: further fields of the first level. */
  readonly common?: JsonObject;
  /** The id that alerts name it by; a digest of the document without one. */
  readonly id?: string | undefined;
  /** The index or data stream that alerts say it comes from. */
  readonly index: string;
  /** From when on it no longer holds, in epoch milliseconds of event time. */
  readonly validUntilMs?: number | undefined;
}

/** The whole document of an indicator as it stands at a time. */
export function documentAt(nowMs: number, document: JsonObject, common?: JsonObject): JsonObject {
  const whole = common === undefined ? document : { ...common, ...document };
  return whole["@timestamp"] === undefined ? { "@timestamp": formatTimestamp(nowMs), ...whole } : whole;
}
