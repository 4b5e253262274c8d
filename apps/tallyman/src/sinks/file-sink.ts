import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { JsonObject } from "@tallyman/ecs";
import { describeWriteError } from "../output/output-error.ts";
import { rotateFiles } from "../output/rotate-files.ts";
import { keyOfLine } from "../spool/alert-key.ts";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { syncFolder } from "../sync-folder.ts";
import { type Delivery, type Destination, delivered } from "./destination.ts";

export interface FileSinkOptions {
  readonly path: string;
  /** A file that has grown to this many bytes is put aside and a new one begun. */
  readonly rotateBytes: number;
  /** How many that were put aside are kept: `alerts.ndjson.1` is the newest of them. */
  readonly keep: number;
}

const syncFile = promisify(fdatasync);

const appending = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/** What is looked through after a crash for alerts that are in the file already: no more than was written since the position was saved. */
const tailBytesMax = 64 * 2 ** 20;

/**
 * Appends alert documents to a file, one a line, and rotates it. Alerts are acknowledged when they are on the disk. After a crash the lines that were
 * written beyond the saved position are recognised by their keys, and a line that was left unfinished is cut off.
 */
export function openFileSink(options: FileSinkOptions, memo: JsonObject): Destination {
  return new FileSink(options, memo);
}

class FileSink implements Destination {
  readonly #options: FileSinkOptions;
  /** Of the saved position: which file, and how long it was. */
  readonly #found: JsonObject;
  #fd: number | undefined;
  #inode = 0;
  #size = 0;
  /** Keys of alerts that are in the file though they are not acknowledged; undefined until they were looked for. */
  #present: Set<string> | undefined;

  constructor(options: FileSinkOptions, memo: JsonObject) {
    this.#options = options;
    this.#found = memo;
  }

  async deliver(alerts: readonly SpooledAlert[]): Promise<Delivery> {
    try {
      this.#open();
      const present = this.#present as Set<string>;
      this.#append(
        alerts.filter(({ key }) => !present.has(key)),
        present,
      );
      if (this.#fd !== undefined) await syncFile(this.#fd);
      for (const { key } of alerts) present.delete(key);
      return delivered;
    } catch (error) {
      this.#closeFile();
      return {
        kind: "later",
        reason: `'${this.#options.path}' cannot be written: ${describeWriteError(error)}`,
      };
    }
  }

  memo(): JsonObject {
    if (this.#fd !== undefined) return { inode: this.#inode, size: this.#size };
    try {
      const stats = statSync(this.#options.path, { throwIfNoEntry: false });
      return { inode: stats?.ino ?? 0, size: stats?.size ?? 0 };
    } catch {
      // Why the file cannot be reached is the result of a delivery.
      return { inode: 0, size: 0 };
    }
  }

  async close(): Promise<void> {
    this.#closeFile();
  }

  /** Opens the file, and opens it anew when somebody else has put it aside or removed it. */
  #open(): void {
    const { path } = this.#options;
    const there = this.#fd === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (there?.ino === this.#inode) {
      // Somebody else may have written to it, or emptied it.
      this.#size = there.size;
      return;
    }
    this.#closeFile();
    // Without waiting for somebody to read from it, as a pipe would have it.
    const fd = openSync(path, appending, 0o600);
    this.#fd = fd;
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error("it is no ordinary file");
    this.#inode = stats.ino;
    this.#size = stats.size;
    syncFolder(dirname(path));
    this.#cutUnfinishedLine(fd);
    this.#present ??= this.#findPresent();
  }

  #append(alerts: readonly SpooledAlert[], present: Set<string>): void {
    let lines: SpooledAlert[] = [];
    let bytes = 0;
    const write = (): void => {
      this.#write(lines.map(({ json }) => `${json}\n`).join(""));
      for (const { key } of lines) present.add(key);
      lines = [];
      bytes = 0;
    };
    for (const alert of alerts) {
      if (this.#size + bytes >= this.#options.rotateBytes) {
        write();
        this.#rotate();
      }
      lines.push(alert);
      bytes += Buffer.byteLength(alert.json) + 1;
    }
    write();
  }

  /** Writes whole lines, or none of what could not be written whole. */
  #write(text: string): void {
    const fd = this.#fd as number;
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      this.#size += bytes.length;
    } catch (error) {
      // What is in the file would be written a second time by the next attempt.
      ftruncateSync(fd, this.#size);
      throw error;
    }
  }

  #rotate(): void {
    // What is put aside is not looked at again.
    if (this.#fd !== undefined) fsyncSync(this.#fd);
    this.#closeFile();
    rotateFiles(this.#options.path, this.#options.keep);
    this.#open();
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #cutUnfinishedLine(fd: number): void {
    const tail = readTail(fd, Math.max(0, this.#size - tailBytesMax), this.#size);
    if (tail.length === 0 || tail.at(-1) === 10) return;
    this.#size -= tail.length - (tail.lastIndexOf(10) + 1);
    ftruncateSync(fd, this.#size);
  }

  /** The keys in what was written after the saved position: in the rest of its file, and in those begun since. */
  #findPresent(): Set<string> {
    const keys = new Set<string>();
    const { inode, size } = this.#found;
    if (typeof inode !== "number" || typeof size !== "number") return keys;
    const { keep, path } = this.#options;
    const paths = [path, ...Array.from({ length: keep }, (_, i) => `${path}.${i + 1}`)];
    for (const each of paths) {
      const stats = statSync(each, { throwIfNoEntry: false });
      // Where rotating was cut off, a number is missing.
      if (stats === undefined || !stats.isFile()) continue;
      const isLast = stats.ino === inode && stats.size >= size;
      addIds(each, isLast ? size : Math.max(0, stats.size - tailBytesMax), keys);
      if (isLast) break;
    }
    return keys;
  }
}

function addIds(path: string, from: number, keys: Set<string>): void {
  const fd = openSync(path, "r");
  try {
    const tail = readTail(fd, from, fstatSync(fd).size).toString("utf8");
    for (const line of tail.split("\n")) {
      const key = keyOfLine(line);
      if (key !== undefined) keys.add(key);
    }
  } finally {
    closeSync(fd);
  }
}

function readTail(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, to - from));
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, from + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
