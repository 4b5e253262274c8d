import { type EventView, isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import { digest } from "./alerts/alert-id.ts";
import type { Condition } from "./conditions/condition.ts";
import type { ProcessPlace } from "./lineage/process-place.ts";

/** What an alert needs of an event, without what only the evaluation of conditions does: state may hold many of these. */
export interface AlertSource {
  readonly document: JsonObject;
  /** The name of the data stream or index that it is of. */
  readonly index: string;
  /** Stable for the same event: the id it was stored under, else a digest of its content. */
  readonly id: () => string;
  /** The event's own time, from `@timestamp`; undefined when it has none. */
  readonly timestampMs: number | undefined;
  /** The present moment of the engine's clock when the event came. */
  readonly nowMs: number;
}

/** An event on its way through the detectors. It is gone when the next one comes; what is to be kept is its source. */
export interface RuleEvent {
  readonly view: EventView;
  /** The names that rules select it by: that of its data stream or index, and its aliases. */
  readonly names: readonly string[];
  /** Where its process stands among the others; undefined when it names none, or no rule asks. */
  readonly place: ProcessPlace | undefined;
  readonly timestampMs: number | undefined;
  readonly nowMs: number;
  /** Counts up as events arrive. */
  readonly arrival: number;
  fulfils(condition: Condition): boolean;
  /** The part that an alert needs; the same for all who ask. */
  source(): AlertSource;
}

/** How an event may be kept: as it was parsed, or as its text, which is small and is parsed when an alert asks for it. */
export type KeptDocument =
  | { readonly kind: "document"; readonly document: JsonObject }
  | { readonly kind: "text"; readonly text: string };

/** The part of an event that is kept. */
export class KeptEvent implements AlertSource {
  readonly index: string;
  readonly timestampMs: number | undefined;
  readonly nowMs: number;
  #kept: KeptDocument;
  #id: string | undefined;

  constructor(
    kept: KeptDocument,
    id: string | undefined,
    { index, nowMs, timestampMs }: Pick<AlertSource, "index" | "nowMs" | "timestampMs">,
  ) {
    this.#kept = kept;
    this.#id = id;
    this.index = index;
    this.timestampMs = timestampMs;
    this.nowMs = nowMs;
  }

  get document(): JsonObject {
    if (this.#kept.kind === "text")
      this.#kept = { kind: "document", document: JSON.parse(this.#kept.text) as JsonObject };
    return this.#kept.document;
  }

  id(): string {
    this.#id ??= digest(JSON.stringify(this.document));
    return this.#id;
  }
}

/** The kept part of an event as JSON. */
export function saveAlertSource(source: AlertSource): Json {
  const { document, index, nowMs, timestampMs } = source;
  return { document, id: source.id(), index, nowMs, timestampMs: timestampMs ?? null };
}

/** What `saveAlertSource` made; what is not of that form becomes an event without content. */
export function restoreAlertSource(saved: Json): AlertSource {
  const { document, id, index, nowMs, timestampMs } = isJsonObject(saved) ? saved : {};
  const kept = { kind: "document", document: isJsonObject(document) ? document : {} } as const;
  return new KeptEvent(kept, typeof id === "string" ? id : "", {
    index: typeof index === "string" ? index : "",
    nowMs: typeof nowMs === "number" ? nowMs : 0,
    timestampMs: typeof timestampMs === "number" ? timestampMs : undefined,
  });
}
