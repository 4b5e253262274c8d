import { closeSync, openSync, readSync, statSync } from "node:fs";
import { describeWriteError, errorCode, OutputError } from "./output-error.ts";
import { type Output, openOutputFile } from "./output-stream.ts";
import { rotateFiles } from "./rotate-files.ts";

export interface RotatedFileOptions {
  /** A file that would grow beyond this many bytes is put aside first; undefined for one that may grow. */
  readonly rotateBytes: number | undefined;
  /** How many that were put aside are kept: `events.ndjson.1` is the newest of them. */
  readonly keep: number;
}

/** Appends to a file, and puts it aside when it is full. Fails as `openOutputFile` does, when it is opened and later. */
export function openRotatedFile(path: string, options: RotatedFileOptions): Output {
  return new RotatedFile(path, options);
}

class RotatedFile implements Output {
  readonly #path: string;
  readonly #options: RotatedFileOptions;
  #output: Output;
  #size: number;

  constructor(path: string, options: RotatedFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#output = openOutputFile(path, [], { append: true });
    this.#size = statSync(path).size;
    // What was cut off by a crash must not become a part of the next record.
    if (endsInside(path, this.#size)) this.write("\n", 0);
  }

  write(text: string, recordCount?: number): void {
    const byteCount = Buffer.byteLength(text);
    const { rotateBytes } = this.#options;
    if (rotateBytes !== undefined && this.#size > 0 && this.#size + byteCount > rotateBytes) this.#rotate();
    this.#size += byteCount;
    this.#output.write(text, recordCount);
  }

  flush(): void {
    this.#output.flush();
  }

  close(): void {
    this.#output.close();
  }

  #rotate(): void {
    this.#output.close();
    try {
      rotateFiles(this.#path, this.#options.keep);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      const message = `'${this.#path}' cannot be put aside: ${describeWriteError(error)}`;
      throw new OutputError(message, 0, 1, error);
    }
    this.#output = openOutputFile(this.#path, [], { append: true });
    this.#size = statSync(this.#path).size;
  }
}

function endsInside(path: string, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  const fd = openSync(path, "r");
  try {
    return readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10;
  } finally {
    closeSync(fd);
  }
}
