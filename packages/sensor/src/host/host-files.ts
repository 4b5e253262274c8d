import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { RuntimeFiles } from "@tallyman/session-model";

/** Larger files are not read. */
const bytesMax = 4 << 20;
const pieceBytes = 64 << 10;

/**
 * Reads files of the host. What is no regular file, larger than 4 MiB, or may not be read, counts as absent: the path of a container's bundle was chosen by
 * whoever started it.
 */
export class HostFiles implements RuntimeFiles {
  readonly #root: string;

  /** @param root As `hostRoot` gives it. */
  constructor(root: string) {
    this.#root = root;
  }

  read(path: string): string | undefined {
    try {
      return readRegularFile(this.#root + path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return undefined;
    }
  }

  /** Something that differs when a file was written or replaced; undefined where there is none. */
  mark(path: string): string | undefined {
    const stats = statSync(this.#root + path, { throwIfNoEntry: false });
    return stats && `${stats.dev} ${stats.ino} ${stats.mtimeMs} ${stats.size}`;
  }
}

function readRegularFile(path: string): string | undefined {
  // Only to open some devices has an effect.
  if (!statSync(path).isFile()) return undefined;
  // Whoever puts something else there meanwhile must not make this wait.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size > bytesMax) return undefined;
    const pieces: Buffer[] = [];
    // Files of the kernel have no size, and some refuse to be read in larger pieces.
    for (let length = 0; length <= bytesMax; ) {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const count = readSync(fd, piece, 0, pieceBytes, null);
      if (count === 0) return Buffer.concat(pieces).toString("utf8");
      pieces.push(piece.subarray(0, count));
      length += count;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}
