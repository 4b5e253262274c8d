import { closeSync, ftruncateSync, openSync, readSync, statSync } from "node:fs";
import { keyOfLine } from "../spool/alert-key.ts";

/** How much is read at a time. */
const chunkBytes = 2 ** 20;

/**
 * The keys of the alerts that stand in an NDJSON file after an offset: those that a run which was cut off wrote after its state was saved. A last line
 * that it did not finish is cut off. Empty when there is no such file. Fails as the system does.
 */
export function knownAlerts(path: string, from: number): Set<string> {
  const keys = new Set<string>();
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined || size < from) return keys;
  const fd = openSync(path, "r+");
  try {
    let rest = Buffer.alloc(0);
    let at = from;
    while (at < size) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, size - at));
      const count = readSync(fd, chunk, 0, chunk.length, at);
      if (count === 0) break;
      at += count;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      const end = bytes.lastIndexOf(10) + 1;
      for (const line of bytes.toString("utf8", 0, end).split("\n")) {
        const key = keyOfLine(line);
        if (key !== undefined) keys.add(key);
      }
      rest = bytes.subarray(end);
    }
    if (rest.length > 0) ftruncateSync(fd, at - rest.length);
  } finally {
    closeSync(fd);
  }
  return keys;
}
