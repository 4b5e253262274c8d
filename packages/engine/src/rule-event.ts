import type { JsonObject, ParsedEvent } from "@tallyman/ecs";

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
  /** Counts up as events arrive. */
  readonly arrival: number;
}

/** The part of an event that an alert needs, to be kept. */
export function alertSource({ document, id, index, nowMs, timestampMs }: RuleEvent): AlertSource {
  return { document, id, index, nowMs, timestampMs };
}
