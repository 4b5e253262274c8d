import type { JsonObject, ParsedEvent } from "@tallyman/ecs";

/** An event on its way through the detectors. */
export interface RuleEvent {
  readonly view: ParsedEvent;
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
