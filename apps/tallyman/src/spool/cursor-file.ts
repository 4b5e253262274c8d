import { closeSync, constants, existsSync, openSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";

/** How far a sink has come. */
export interface Cursor {
  /** The sequence number of the first alert that is not delivered. */
  readonly position: number;
  /**
   * The number after the last alert of the delivery that was begun, when it is not known to have ended. It is repeated with the same alerts, so that
   * whoever has received it can tell.
   */
  readonly begun: number | undefined;
  /** Alerts that were never delivered, since the spool was full or they were damaged in it. */
  readonly dropped: number;
  /** Alerts that the receiver refused for what they are. */
  readonly refused: number;
  /** What the sink itself needs to go on. */
  readonly memo: JsonObject;
}

/** Two slots that are written in turn, so that one is whole whenever the other is being written. */
const slotBytes = 1024;
const headBytes = 8;

/** The file in which a sink's cursor is kept: saving is one small write in place. It is not forced to the disk; see decision 10. */
export class CursorFile {
  readonly #fd: number;
  #turn = 0;
  /** As it was found; undefined when there was none that is whole. */
  readonly found: Cursor | undefined;
  /** True when there was no such file. */
  readonly isNew: boolean;

  /** Fails as the system does. */
  constructor(path: string) {
    this.isNew = !existsSync(path);
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const slots = [0, 1].map((slot) => readSlot(this.#fd, slot)).filter((slot) => slot !== undefined);
    const newest = slots.sort((a, b) => b.turn - a.turn)[0];
    if (newest === undefined) return;
    this.#turn = newest.turn;
    this.found = newest.cursor;
  }

  save(cursor: Cursor): void {
    this.#turn += 1;
    const { begun = null, ...rest } = cursor;
    const text = Buffer.from(JSON.stringify({ turn: this.#turn, begun, ...rest }));
    if (text.length > slotBytes - headBytes) throw new Error("the cursor does not fit into its slot");
    const slot = Buffer.alloc(slotBytes, " ");
    slot.writeUInt32LE(text.length, 0);
    slot.writeUInt32LE(crc32(text), 4);
    text.copy(slot, headBytes);
    writeSync(this.#fd, slot, 0, slotBytes, (this.#turn % 2) * slotBytes);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function readSlot(fd: number, slot: number): { readonly turn: number; readonly cursor: Cursor } | undefined {
  const bytes = Buffer.alloc(slotBytes);
  if (readSync(fd, bytes, 0, slotBytes, slot * slotBytes) < headBytes) return undefined;
  const text = bytes.subarray(headBytes, headBytes + Math.min(bytes.readUInt32LE(0), slotBytes));
  if (text.length === 0 || crc32(text) !== bytes.readUInt32LE(4)) return undefined;
  let json: Json;
  try {
    json = JSON.parse(text.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
  if (!isJsonObject(json)) return undefined;
  const { turn, position, begun, dropped, refused, memo } = json;
  if (!isCount(turn) || !isCount(position) || !isCount(dropped) || !isCount(refused)) return undefined;
  if (!isJsonObject(memo) || (begun !== null && !isCount(begun))) return undefined;
  return { turn, cursor: { position, begun: begun ?? undefined, dropped, refused, memo } };
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
