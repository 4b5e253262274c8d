import type { JsonObject, TextBytes } from "@tallyman/ecs";
import type { Verdict } from "./verdicts/verdict.ts";

/** An event as a source hands it over. */
export interface IncomingEvent {
  /** Undefined where it turns out to be none when it is asked for; its source has counted that. */
  readonly document: JsonObject | undefined;
  /** Its text, from which it is read without being parsed whole where that can be done. */
  readonly bytes?: EventBytes | undefined;
  /** The index or data stream it was stored in, where the source knows: `_index` of an Elasticsearch export. */
  readonly index?: string | undefined;
  /** The id it was stored under: `_id` of an Elasticsearch export. */
  readonly id?: string | undefined;
  /** What was found out about its text beforehand. */
  readonly verdict?: Verdict | undefined;
}

/** JSON text in a buffer, from `start` to before `end`: UTF-8 without fault, which must stay as it is until the event has been processed. */
export interface EventBytes {
  readonly buffer: TextBytes;
  readonly start: number;
  readonly end: number;
}
