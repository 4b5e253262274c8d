import { isJsonObject, type Json } from "@tallyman/ecs";
import {
  asciiBytes,
  asciiText,
  damaged,
  FrameReader,
  FrameWriter,
  numberAt,
  numberBytes,
  UnreadableFile,
} from "./frames.ts";
import type { HashKey } from "./keyed-hash.ts";
import { MemoryFirstSeenStore, type MemoryStoreOptions } from "./memory-store.ts";

const magic = "TLYSEEN\n";
const version = 1;

/** The header, in JSON, comes first; in each other frame, slots follow the number of the table in the header to which they belong. */
const frameKind = { header: 1, slots: 2 } as const;

interface Header {
  readonly hashKey: HashKey;
  /** How far time had come; null when nobody had said. */
  readonly nowMs: number | null;
  readonly tables: readonly HeaderTable[];
}

interface HeaderTable {
  readonly ruleId: string;
  readonly fingerprint: string;
  readonly historyMs: number;
  readonly learnedSinceMs: number | null;
  /** How many terms there were when saving began. */
  readonly terms: number;
}

/**
 * A file from which a store can be restored, in pieces of some hundred kilobytes that are made as they are asked for. The store may be used
 * between two pieces: the file holds everything seen before the first was asked for, and may hold some of what was seen since. Sightings that
 * have left their rule's window are dropped on the way. Whoever can read the file has the hash key: keep it private.
 */
export function* saveFirstSeen(store: MemoryFirstSeenStore): Generator<Uint8Array> {
  const writer = new FrameWriter();
  const { tables } = store;
  const header: Header = {
    hashKey: store.hash.key,
    nowMs: Number.isFinite(store.nowMs) ? store.nowMs : null,
    tables: tables.map(({ ruleId, fingerprint, historyMs, learnedSinceMs = null, size }) => {
      return { ruleId, fingerprint, historyMs, learnedSinceMs, terms: size };
    }),
  };
  yield writer.start(magic, version);
  yield writer.frame(frameKind.header, asciiBytes(asciiJson(header)));
  for (const [index, table] of tables.entries()) {
    for (const slots of table.packed()) yield writer.frame(frameKind.slots, numberBytes(index), slots);
  }
  yield writer.end();
}

/**
 * The store that a file holds, or what is wrong with the file as the end of the sentence "The file cannot be read: …". The bytes come at once or in
 * pieces of any length; a piece is no longer looked at once the next has been asked for. When the file has more terms than the store now
 * takes, some are evicted as ever. Never throws, unless the iteration over the pieces does.
 */
export function restoreFirstSeen(
  file: Uint8Array | Iterable<Uint8Array>,
  options: MemoryStoreOptions = {},
): { readonly store: MemoryFirstSeenStore } | { readonly problem: string } {
  try {
    return { store: restore(new FrameReader(file instanceof Uint8Array ? [file] : file), options) };
  } catch (error) {
    if (error instanceof UnreadableFile) return { problem: error.message };
    throw error;
  }
}

function restore(reader: FrameReader, options: MemoryStoreOptions): MemoryFirstSeenStore {
  reader.start(magic, version);
  const first = reader.next();
  if (first?.kind !== frameKind.header) throw damaged();
  const header = parseHeader(asciiText(first.content));
  const store = new MemoryFirstSeenStore(header.hashKey, options);
  if (header.nowMs !== null) store.advance(header.nowMs);
  let termsLeft = store.termsMax;
  const tables = header.tables.map(({ ruleId, fingerprint, historyMs, learnedSinceMs, terms }) => {
    const table = store.table(ruleId, fingerprint, historyMs);
    table.learnedSinceMs = learnedSinceMs ?? undefined;
    table.reserve(Math.min(terms, termsLeft));
    termsLeft -= Math.min(terms, termsLeft);
    return table;
  });
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    const { kind, content } = frame;
    const table = kind === frameKind.slots && content.length >= 4 ? tables[numberAt(content, 0)] : undefined;
    if (table?.unpack(content.subarray(4)) !== true) throw damaged();
  }
  return store;
}

function parseHeader(text: string): Header {
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged();
  }
  if (!isJsonObject(json)) throw damaged();
  const { hashKey, nowMs, tables } = json;
  if (!isHashKey(hashKey) || !isTime(nowMs) || !Array.isArray(tables) || !tables.every(isHeaderTable))
    throw damaged();
  if (new Set(tables.map(({ ruleId }) => ruleId)).size < tables.length) throw damaged();
  return { hashKey, nowMs, tables };
}

function isHashKey(json: unknown): json is HashKey {
  return Array.isArray(json) && json.length === 4 && json.every(Number.isInteger);
}

function isTime(json: unknown): json is number | null {
  return json === null || Number.isFinite(json);
}

function isHeaderTable(json: Json): json is Json & HeaderTable {
  return (
    isJsonObject(json) &&
    typeof json["ruleId"] === "string" &&
    typeof json["fingerprint"] === "string" &&
    Number.isFinite(json["historyMs"]) &&
    isTime(json["learnedSinceMs"]) &&
    Number.isFinite(json["terms"])
  );
}

/** JSON in which other characters than those of ASCII are escaped: a pure package has no other way to bytes. */
function asciiJson(value: Header): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
