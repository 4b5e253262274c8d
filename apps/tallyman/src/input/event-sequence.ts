import { EventScanner, FieldSlots, readFirst, type Slot } from "@tallyman/ecs";
import type { InputEvent } from "./input-event.ts";

/** Reads `event.sequence`, by which an agent numbers its events. */
export class EventSequence {
  readonly #slot: Slot<"scalar">;
  readonly #scanner: EventScanner;

  constructor() {
    const slots = new FieldSlots();
    this.#slot = slots.slot("event.sequence", "scalar");
    this.#scanner = new EventScanner(slots);
  }

  /** The number; -1 for an event without one. */
  of(event: InputEvent): number {
    const { bytes } = event;
    const sequence =
      bytes !== undefined && this.#scanner.scan(bytes.buffer, bytes.start, bytes.end)
        ? this.#scanner.values(this.#slot)[0]
        : event.document && readFirst(event.document, "event.sequence", "scalar");
    return typeof sequence === "number" ? sequence : -1;
  }
}
