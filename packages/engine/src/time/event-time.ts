import {
  type EventView,
  type FieldSlots,
  type JsonObject,
  parseTimestamp,
  readFirst,
  type Scalar,
  type Slot,
  type Timestamp,
} from "@tallyman/ecs";

/** When an event happened, by its own word: `@timestamp`, or `timestamp` in a record of an anomaly, which has no other. */
export function eventTimeOf(document: JsonObject): Timestamp | undefined {
  return timeOf((path) => readFirst(document, path, "scalar"));
}

/** The same for events as the engine reads them. */
export class EventTimes {
  readonly #slots: Readonly<Record<TimeField, Slot<"scalar">>>;

  constructor(slots: FieldSlots) {
    const slot = (path: TimeField) => slots.slot(path, "scalar");
    this.#slots = {
      "@timestamp": slot("@timestamp"),
      timestamp: slot("timestamp"),
      result_type: slot("result_type"),
    };
  }

  timeOf(event: EventView): Timestamp | undefined {
    const own = event.values(this.#slots["@timestamp"])[0];
    // Nearly every event has it, and then nothing else is read.
    return own === undefined ? timeOf((path) => event.values(this.#slots[path])[0]) : parseTimestamp(own);
  }
}

type TimeField = "@timestamp" | "timestamp" | "result_type";

function timeOf(read: (path: TimeField) => Scalar | undefined): Timestamp | undefined {
  const own = read("@timestamp");
  if (own !== undefined) return parseTimestamp(own);
  return read("result_type") === "record" ? parseTimestamp(read("timestamp")) : undefined;
}
