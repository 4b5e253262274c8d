import { closeSync, openSync, readSync } from "node:fs";
import type { TextBytes } from "@tallyman/ecs";
import { textBytes } from "../../apps/tallyman/src/input/text-bytes.ts";

/** Takes a line of a file: the bytes from `start` to before `end`, which hold until it returns. */
export type LineWork = (bytes: TextBytes, start: number, end: number) => void;

const chunkBytes = 2 ** 20;
const lineFeed = 0x0a;

/** Reads a file in chunks of 1 MiB and hands over each line that ends in a line feed, at most so many. Gives how many those were. */
export function eachLine(path: string, work: LineWork, linesMax = Number.POSITIVE_INFINITY): number {
  const file = openSync(path, "r");
  let buffer = Buffer.allocUnsafe(2 * chunkBytes);
  let held = 0;
  let lines = 0;
  try {
    for (;;) {
      if (buffer.length - held < chunkBytes) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
      const read = readSync(file, buffer, held, chunkBytes, null);
      if (read === 0) return lines;
      const filled = buffer.subarray(0, held + read);
      let start = 0;
      for (let end = filled.indexOf(lineFeed); end >= 0; end = filled.indexOf(lineFeed, start)) {
        work(textBytes(buffer), start, end);
        start = end + 1;
        lines += 1;
        if (lines === linesMax) return lines;
      }
      held = filled.length - start;
      buffer.copyWithin(0, start, filled.length);
    }
  } finally {
    closeSync(file);
  }
}
