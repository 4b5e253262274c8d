import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import type { InputEvent } from "./input-event.ts";

/**
 * Which events of some inputs have been processed, so that another run can go on after them. Events are counted in the order in which they stand in their
 * input. They are not processed in that order; so it is kept how many were read, and which of those are still waiting for their turn.
 */
export class InputPositions {
  readonly #files: ReadonlyMap<string, FilePosition>;

  /** @param saved What `save` gave; inputs that it does not name, or that begin differently now, are read from their beginning. */
  constructor(files: readonly string[], saved?: Json) {
    const entries = isJsonObject(saved) && isJsonObject(saved["files"]) ? saved["files"] : {};
    this.#files = new Map(files.map((file) => [file, new FilePosition(entries[file])]));
  }

  of(file: string): FilePosition | undefined {
    return this.#files.get(file);
  }

  /** Takes note that an event was processed. */
  done({ origin, ordinal }: Pick<InputEvent, "ordinal" | "origin">): void {
    if (ordinal !== undefined) this.#files.get(origin.file)?.done(ordinal);
  }

  /** How many events were passed over, since an earlier run has processed them. */
  get passedOver(): number {
    let count = 0;
    for (const file of this.#files.values()) count += file.passedOver;
    return count;
  }

  save(): JsonObject {
    return { files: Object.fromEntries(Array.from(this.#files, ([name, file]) => [name, file.save()])) };
  }
}

/** The same of one input. */
export class FilePosition {
  /** Which events an earlier run has processed: all before `next` but those that were waiting. Undefined when there was none. */
  #earlier:
    | { readonly head: string; readonly next: number; readonly waiting: ReadonlySet<number> }
    | undefined;
  /** A digest of the first record, by which an input is known again. */
  #head: string | undefined;
  #next = 0;
  /** No more than the reader holds for sorting, and what is judged ahead of the engine. */
  readonly #waiting = new Set<number>();
  #passedOver = 0;

  constructor(saved: Json | undefined) {
    if (!isJsonObject(saved)) return;
    const { head, next, waiting } = saved;
    if (typeof head !== "string" || typeof next !== "number" || !Array.isArray(waiting)) return;
    this.#earlier = {
      head,
      next,
      waiting: new Set(waiting.filter((ordinal) => typeof ordinal === "number")),
    };
  }

  get passedOver(): number {
    return this.#passedOver;
  }

  /** To be told the first record. Of another input than last time everything is to be processed. */
  begin(record: Uint8Array): void {
    if (this.#head !== undefined) return;
    this.#head = createHash("sha256").update(record).digest("hex");
    if (this.#earlier?.head !== this.#head) this.#earlier = undefined;
  }

  /** The number of the next event; undefined when an earlier run has processed it. */
  admit(): number | undefined {
    const ordinal = this.#next;
    this.#next += 1;
    if (this.#earlier !== undefined && ordinal < this.#earlier.next && !this.#earlier.waiting.has(ordinal)) {
      this.#passedOver += 1;
      return undefined;
    }
    this.#waiting.add(ordinal);
    return ordinal;
  }

  done(ordinal: number): void {
    this.#waiting.delete(ordinal);
  }

  save(): Json {
    const earlier = this.#earlier;
    // What has not been reached again is as it was.
    if (this.#head === undefined)
      return earlier === undefined ? null : { ...earlier, waiting: [...earlier.waiting] };
    const waiting = [...this.#waiting];
    if (earlier === undefined || this.#next >= earlier.next)
      return { head: this.#head, next: this.#next, waiting };
    const ahead = [...earlier.waiting].filter((ordinal) => ordinal >= this.#next);
    return { head: this.#head, next: earlier.next, waiting: [...waiting, ...ahead] };
  }
}
