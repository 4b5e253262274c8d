import type { JsonObject } from "@tallyman/ecs";
import { type Cursor, CursorFile } from "./cursor-file.ts";

/** How one sink goes through the spool. Every step is saved, so that the next run goes on there. */
export class Consumer {
  readonly name: string;
  readonly #file: CursorFile;
  #cursor: Cursor;
  /** The number after the last alert that this run is delivering: those may leave the spool meanwhile. */
  #inFlightEnd = 0;

  /**
   * @param first The number of the oldest alert that the spool has, where a sink begins anew when how far it was cannot be read.
   * @param next Where a sink begins that was not there before. Fails as the system does.
   */
  constructor(name: string, path: string, first: number, next: number) {
    this.name = name;
    this.#file = new CursorFile(path);
    const { found, isNew } = this.#file;
    const position = isNew ? next : first;
    this.#cursor = found ?? { position, begun: undefined, dropped: 0, refused: 0, memo: {} };
    // A spool that was removed begins to count anew.
    if (this.#cursor.position > next) this.#cursor = { ...this.#cursor, position: next, begun: undefined };
    if (found === undefined) this.#saveSoon(this.#cursor);
    this.giveUp(first);
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  /** Keeps what the sink needs to go on, when nothing of that kind was kept before. */
  remember(memo: JsonObject): void {
    if (Object.keys(this.#cursor.memo).length === 0) this.#saveSoon({ ...this.#cursor, memo });
  }

  /** Takes note that the alerts up to a number are about to be delivered. */
  begin(end: number): void {
    this.#inFlightEnd = end;
    if (end !== this.#cursor.begun) this.#save({ ...this.#cursor, begun: end });
  }

  /** Takes note that the alerts up to a number are done with, some of them refused by the receiver. */
  acknowledge(end: number, refused: number, memo: JsonObject): void {
    const { position, ...rest } = this.#cursor;
    this.#inFlightEnd = 0;
    this.#save({
      ...rest,
      position: Math.max(position, end),
      begun: undefined,
      refused: rest.refused + refused,
      memo,
    });
  }

  /**
   * The spool has no alerts before this number any more: those that are not delivered and not being delivered are lost, and counted. Gives how many
   * those are. Never fails.
   */
  giveUp(first: number): number {
    const { dropped, position } = this.#cursor;
    const from = Math.max(position, this.#inFlightEnd);
    if (from >= first) return 0;
    this.#saveSoon({ ...this.#cursor, position: first, begun: undefined, dropped: dropped + first - from });
    return first - from;
  }

  close(): void {
    this.#file.close();
  }

  /** Where the disk is full, the cursor in memory is right, and saved with the next step. */
  #saveSoon(cursor: Cursor): void {
    try {
      this.#save(cursor);
    } catch {
      // Told by the worker, when it cannot save either.
    }
  }

  #save(cursor: Cursor): void {
    this.#cursor = cursor;
    this.#file.save(cursor);
  }
}
