import { close, constants, fstat, open, read, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { isatty, ReadStream as TerminalStream } from "node:tty";
import { promisify } from "node:util";

const openFd = promisify(open);
const readFd = promisify(read);
const closeFd = promisify(close);
const statFd = promisify(fstat);

/** The bytes of an input as they are stored, in chunks, of which each is valid until the next is asked for. */
export interface StoredInput {
  /** To be iterated once. Throws what the system reports. */
  readonly chunks: AsyncIterable<Buffer>;
  /** How many bytes there are, where that is known. */
  readonly sizeBytes: number | undefined;
  /** Ends the chunks, also where they wait for a pipe that stays silent. */
  close(): void;
}

/**
 * Opens a path, or `-` for standard input. Named pipes and devices are read like files. Throws what the system reports.
 *
 * @param chunkBytes How much to read from a file at a time. Pipes give what they hold.
 */
export async function openStoredInput(file: string, chunkBytes: number): Promise<StoredInput> {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer, and nothing could interrupt that.
  const fd = isStandardInput(file) ? 0 : await openFd(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await statFd(fd);
  if (isatty(fd)) return streamed(fd === 0 ? process.stdin : new TerminalStream(fd));
  if (stats.isFIFO() || stats.isSocket()) {
    return streamed(fd === 0 ? process.stdin : new Socket({ fd, readable: true, writable: false }));
  }
  return inBlocks(fd, stats, chunkBytes);
}

/** True when there may be nothing to read for a while: a pipe, a socket or a terminal. False for what cannot be looked at. */
export async function mayFallSilent(file: string): Promise<boolean> {
  try {
    const stats = isStandardInput(file) ? await statFd(0) : await stat(file);
    return stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice();
  } catch {
    return false;
  }
}

/** Standard input is used under its number: where it is a socket, its name in /dev cannot be opened. */
function isStandardInput(file: string): boolean {
  return file === "-" || file === "/dev/stdin" || file === "/dev/fd/0";
}

function streamed(stream: Readable): StoredInput {
  let isClosed = false;
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      if (!isClosed) throw error;
    }
  }
  return {
    chunks: chunks(),
    sizeBytes: undefined,
    close() {
      isClosed = true;
      stream.destroy();
    },
  };
}

function inBlocks(fd: number, stats: Stats, chunkBytes: number): StoredInput {
  // A small file needs no large buffer. Its size is no more than a guess: it may grow, and files in /proc say 0.
  const size = Math.min(chunkBytes, Math.max(stats.size + 1, 64 * 1024));
  let isClosed = false;
  async function* chunks(): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(size);
    try {
      while (!isClosed) {
        const { bytesRead } = await readFd(fd, buffer, 0, size, null);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      if (fd !== 0) await closeFd(fd);
    }
  }
  return {
    chunks: chunks(),
    sizeBytes: stats.isFile() ? stats.size : undefined,
    close() {
      isClosed = true;
    },
  };
}
