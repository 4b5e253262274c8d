import { isJsonObject, type Json, type JsonObject, type ParsedEvent } from "@tallyman/ecs";
import type { ProcessPlace } from "./lineage/process-place.ts";

/** What an alert needs of an event, without what only the evaluation of programs does: state may hold many of these. */
export interface AlertSource {
  readonly document: JsonObject;
  /** The name of the data stream or index that rules select it by. */
  readonly index: string;
  /** Stable for the same event: the id it was stored under, else a digest of its content. */
  readonly id: () => string;
  /** The event's own time, from `@timestamp`; undefined when it has none. */
  readonly timestampMs: number | undefined;
  /** The present moment of the engine's clock when the event came. */
  readonly nowMs: number;
}

/** An event on its way through the detectors. */
export interface RuleEvent extends AlertSource {
  readonly view: ParsedEvent;
  /** Where its process stands among the others; undefined when it names none, or no rule asks. */
  readonly place: ProcessPlace | undefined;
  /** Counts up as events arrive. */
  readonly arrival: number;
}

/** The part of an event that an alert needs, to be kept. */
export function alertSource({ document, id, index, nowMs, timestampMs }: RuleEvent): AlertSource {
  return { document, id, index, nowMs, timestampMs };
}

/** The kept part of an event as JSON. */
export function saveAlertSource({ document, id, index, nowMs, timestampMs }: AlertSource): Json {
  return { document, id: id(), index, nowMs, timestampMs: timestampMs ?? null };
}

/** What `saveAlertSource` made; what is not of that form becomes an event without content. */
export function restoreAlertSource(saved: Json): AlertSource {
  const { document, id, index, nowMs, timestampMs } = isJsonObject(saved) ? saved : {};
  return {
    document: isJsonObject(document) ? document : {},
    id: () => (typeof id === "string" ? id : ""),
    index: typeof index === "string" ? index : "",
    nowMs: typeof nowMs === "number" ? nowMs : 0,
    timestampMs: typeof timestampMs === "number" ? timestampMs : undefined,
  };
}
