import type { Timestamp } from "@tallyman/ecs";
import type { InputEvent } from "./input-event.ts";
import type { FilePosition } from "./input-position.ts";

/**
 * An event that waits for its turn. Many wait at a time, so it is mostly kept as it stood in the input: the parsed document takes
 * several times the memory, and the garbage collector would move each one about while it waits, at a cost near that of parsing.
 */
export interface PendingEvent {
  /** The time by which it is put in order; undefined when it has none. */
  readonly timestamp: Timestamp | undefined;
  readonly byteCount: number;
  /** The event; undefined when it proves to be none, which is then counted as skipped. To be called once. */
  decode(): InputEvent | undefined;
  /** Gives the event up in place of decoding it. */
  discard(): void;
}

/** An event that had to be parsed before its turn, because its time could not be told otherwise. */
export class DecodedEvent implements PendingEvent {
  readonly #event: InputEvent;

  constructor(event: InputEvent) {
    this.#event = event;
  }

  get timestamp(): Timestamp | undefined {
    return this.#event.timestamp;
  }

  get byteCount(): number {
    return this.#event.byteCount;
  }

  decode(): InputEvent {
    return this.#event;
  }

  discard(): void {}
}

/** An event with its number in its input, which is told when it proves to be none. */
export class NumberedEvent implements PendingEvent {
  readonly #event: PendingEvent;
  readonly #ordinal: number;
  readonly #position: FilePosition;

  constructor(event: PendingEvent, ordinal: number, position: FilePosition) {
    this.#event = event;
    this.#ordinal = ordinal;
    this.#position = position;
  }

  get timestamp(): Timestamp | undefined {
    return this.#event.timestamp;
  }

  get byteCount(): number {
    return this.#event.byteCount;
  }

  decode(): InputEvent | undefined {
    const event = this.#event.decode();
    if (event === undefined) this.#position.done(this.#ordinal);
    else event.ordinal = this.#ordinal;
    return event;
  }

  discard(): void {
    this.#event.discard();
  }
}
