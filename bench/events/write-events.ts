import { closeSync, openSync, writeSync } from "node:fs";
import { type EventType, generateEvents } from "./generate.ts";

/** Events and bytes written, by type. */
export type WrittenEvents = ReadonlyMap<EventType, { readonly count: number; readonly bytes: number }>;

/** Lines are gathered to this many characters before they are written. */
const blockLength = 2 ** 20;

/** Writes generated events to a file, one JSON document a line. */
export function writeEvents(path: string, count: number, seed: number, only?: EventType): WrittenEvents {
  const written = new Map<EventType, { count: number; bytes: number }>();
  const file = openSync(path, "w");
  try {
    let block = "";
    for (const { document, type } of generateEvents(count, seed, only)) {
      const line = `${JSON.stringify(document)}\n`;
      const { bytes, count: before } = written.get(type) ?? { count: 0, bytes: 0 };
      written.set(type, { count: before + 1, bytes: bytes + Buffer.byteLength(line) });
      block += line;
      if (block.length < blockLength) continue;
      writeSync(file, block);
      block = "";
    }
    writeSync(file, block);
  } finally {
    closeSync(file);
  }
  return written;
}
