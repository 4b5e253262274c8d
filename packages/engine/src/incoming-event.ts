import type { JsonObject } from "@tallyman/ecs";

/** An event as a source hands it over. */
export interface IncomingEvent {
  /** Undefined where it turns out to be none when it is asked for; its source has counted that. */
  readonly document: JsonObject | undefined;
  /** The index or data stream it was stored in, where the source knows: `_index` of an Elasticsearch export. */
  readonly index?: string | undefined;
  /** The id it was stored under: `_id` of an Elasticsearch export. */
  readonly id?: string | undefined;
}
