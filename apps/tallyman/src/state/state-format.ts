import { crc32 } from "node:zlib";
import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import {
  type MemoryFirstSeenStore,
  type MemoryStoreOptions,
  restoreFirstSeen,
  saveFirstSeen,
} from "@tallyman/engine";

/**
 * A state file: this line; sections, each the length of a JSON text, a CRC-32 of it and all sections before it (both as 32-bit numbers, low byte
 * first), and the text; an empty section; and the first-seen histories in their own format up to the end.
 */
const magic = Buffer.from("tallyman state 2\n");
const kindLength = "tallyman state ".length;
const headBytes = 8;

/** Ids in a section. */
const idsMax = 5000;

/** What a run leaves to the next one, beside the first-seen histories. */
export interface SavedRun {
  /** What an engine saved. */
  readonly engine: JsonObject;
  /** What of the inputs was processed; undefined when they were processed to their end. */
  readonly position: JsonObject | undefined;
  /** The number of the next alert in the spool. */
  readonly spoolNext: number;
  /** The file that `--output` names and how long it was; undefined when there is none. */
  readonly output: JsonObject | undefined;
}

export interface ReadState {
  readonly run: SavedRun;
  readonly store: MemoryFirstSeenStore;
}

/**
 * The pieces of a state file, made as they are asked for, each in some milliseconds. The engine may go on between them, since what it saved is its own;
 * of the first-seen histories the file may hold some of what was seen meanwhile.
 */
export function* stateFile(run: SavedRun, store: MemoryFirstSeenStore): Generator<Uint8Array> {
  const { engine, ...rest } = run;
  const { recentIds = [], rules = {}, suppressed = {}, ...head } = engine;
  const sections = new Sections();
  yield magic;
  yield sections.of({ ...rest, position: rest.position ?? null, output: rest.output ?? null, engine: head });
  for (const [rule, entry] of Object.entries(rules as JsonObject)) yield sections.of({ rule, entry });
  for (const [rule, groups] of Object.entries(suppressed as JsonObject)) yield sections.of({ rule, groups });
  const ids = recentIds as readonly Json[];
  for (let at = 0; at < ids.length; at += idsMax) yield sections.of({ ids: ids.slice(at, at + idsMax) });
  yield sections.end();
  yield* saveFirstSeen(store);
}

/** What a state file holds, or what is wrong with it as the end of the sentence "The file cannot be used: …". */
export function readStateFile(
  bytes: Buffer,
  options: MemoryStoreOptions,
): ReadState | { readonly problem: string } {
  if (!bytes.subarray(0, magic.length).equals(magic)) return { problem: otherKind(bytes) };
  const sections: JsonObject[] = [];
  let at = magic.length;
  let sum = 0;
  for (;;) {
    if (bytes.length < at + headBytes) return { problem: "it ends early" };
    const length = bytes.readUInt32LE(at);
    const found = bytes.readUInt32LE(at + 4);
    at += headBytes;
    if (bytes.length < at + length) return { problem: "it ends early" };
    const text = bytes.subarray(at, at + length);
    sum = crc32(text, sum);
    if (sum !== found) return { problem: "it is damaged" };
    if (length === 0) break;
    const json = parse(text);
    if (json === undefined) return { problem: "it is damaged" };
    sections.push(json);
    at += length;
  }
  const run = runOf(sections);
  if (run === undefined) return { problem: "it is damaged" };
  const restored = restoreFirstSeen(bytes.subarray(at), options);
  return "store" in restored ? { run, store: restored.store } : restored;
}

/** Makes sections, one after the other. */
class Sections {
  #sum = 0;

  of(value: Json): Buffer {
    return this.#next(Buffer.from(JSON.stringify(value)));
  }

  end(): Buffer {
    return this.#next(Buffer.alloc(0));
  }

  #next(text: Buffer): Buffer {
    this.#sum = crc32(text, this.#sum);
    const bytes = Buffer.allocUnsafe(headBytes + text.length);
    bytes.writeUInt32LE(text.length, 0);
    bytes.writeUInt32LE(this.#sum, 4);
    text.copy(bytes, headBytes);
    return bytes;
  }
}

function parse(text: Buffer): JsonObject | undefined {
  try {
    const json = JSON.parse(text.toString("utf8")) as Json;
    return isJsonObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function runOf([head, ...others]: readonly JsonObject[]): SavedRun | undefined {
  if (head === undefined) return undefined;
  const { engine, output, position, spoolNext } = head;
  if (!isJsonObject(engine) || typeof spoolNext !== "number") return undefined;
  const rules: [string, Json][] = [];
  const suppressed: [string, Json][] = [];
  const recentIds: Json[] = [];
  for (const { entry, groups, ids, rule } of others) {
    if (typeof rule === "string" && groups !== undefined) suppressed.push([rule, groups]);
    else if (typeof rule === "string") rules.push([rule, entry ?? null]);
    else if (Array.isArray(ids)) recentIds.push(...ids);
    else return undefined;
  }
  return {
    engine: {
      ...engine,
      recentIds,
      rules: Object.fromEntries(rules),
      suppressed: Object.fromEntries(suppressed),
    },
    position: isJsonObject(position) ? position : undefined,
    output: isJsonObject(output) ? output : undefined,
    spoolNext,
  };
}

function otherKind(bytes: Buffer): string {
  if (!bytes.subarray(0, kindLength).equals(magic.subarray(0, kindLength))) return "it is no state file";
  const version = /^\d{1,6}\n/.exec(bytes.toString("latin1", kindLength, kindLength + 8))?.[0].trim();
  if (version === undefined) return "it is damaged";
  return Number(version) > 2
    ? "it was written by a newer version of tallyman"
    : "its format is no longer read";
}
