import type { JsonObject, Timestamp } from "@tallyman/ecs";

/** An event as an input holds it; what the engine takes, and what else the reader knows of it. */
export interface InputEvent {
  readonly document: JsonObject;
  /** Where an Elasticsearch export says so: the index or data stream it was stored in, and its id there. */
  readonly index: string | undefined;
  readonly id: string | undefined;
  /**
   * The document's JSON as it stood in the input, over several lines perhaps; undefined when it stood in a larger value, as a search
   * hit does.
   */
  readonly text: string | undefined;
  /** How much of the input it took. */
  readonly byteCount: number;
  /** The time by which it was put in order; undefined when it has none that can be read. */
  readonly timestamp: Timestamp | undefined;
  /** True when an event with a later time was handed over before it. */
  late: boolean;
  readonly origin: Origin;
  /** The number of the event in its input, from 0, where positions are kept. */
  ordinal?: number;
}

/** A place in an input: the file as it was named, and the line on which the record begins, from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}
