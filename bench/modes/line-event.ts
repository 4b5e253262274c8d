import type { JsonObject, TextBytes } from "@tallyman/ecs";
import type { EventBytes, IncomingEvent } from "@tallyman/engine";

/** A line of a file as an event: its bytes, and its document for whoever cannot do without. */
export class LineEvent implements IncomingEvent {
  readonly bytes: EventBytes;

  constructor(buffer: TextBytes, start: number, end: number) {
    this.bytes = { buffer, start, end };
  }

  get document(): JsonObject {
    const { buffer, end, start } = this.bytes;
    return JSON.parse(buffer.utf8Slice(start, end)) as JsonObject;
  }
}
