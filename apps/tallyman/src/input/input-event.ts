import type { JsonObject, Timestamp } from "@tallyman/ecs";
import type { EventBytes, Verdict } from "@tallyman/engine";
import type { ForeignFormatId } from "@tallyman/telemetry";

/** An event as an input holds it; what the engine takes, and what else the reader knows of it. */
export interface InputEvent {
  /** Undefined when it proves to be none when it is asked for; that is then counted as skipped. */
  readonly document: JsonObject | undefined;
  /** Where it is not parsed yet: its text, until `release` is called. */
  readonly bytes?: EventBytes | undefined;
  /** Where an Elasticsearch export says so: the index or data stream it was stored in, and its id there. */
  readonly index: string | undefined;
  readonly id: string | undefined;
  /**
   * The document's JSON as it stood in the input, over several lines perhaps; undefined when it stood in a larger value, as a search
   * hit does, or is still in `bytes`.
   */
  readonly text: string | undefined;
  /** How much of the input it took. */
  readonly byteCount: number;
  /** The time by which it was put in order; undefined when it has none that can be read. */
  readonly timestamp: Timestamp | undefined;
  /** True when an event with a later time was handed over before it. */
  late: boolean;
  readonly origin: Origin;
  /** What was found out about its text beforehand, if it was. */
  verdict?: Verdict | undefined;
  /** The number of the event in its input, from 0, where positions are kept. */
  ordinal?: number;
  /** Set while the document is another program's record, which is still to be translated. */
  readonly foreign?: ForeignFormatId;
  /** Gives up the text. */
  release?(): void;
}

/** An event that is parsed. */
export interface ParsedInputEvent extends InputEvent {
  readonly document: JsonObject;
}

export function isParsed(event: InputEvent): event is ParsedInputEvent {
  return event.document !== undefined;
}

/** A place in an input: the file as it was named, and the line on which the record begins, from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}
