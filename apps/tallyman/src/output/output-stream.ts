import { closeSync, fstatSync, ftruncateSync, openSync, type Stats, statSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { ClosedPipe, describeWriteError, errorCode, OutputError } from "./output-error.ts";

/** Where text goes, in order. */
export interface Output {
  /**
   * Takes a text with so many records, by default one; what only frames them has none. The first failure throws an `OutputError`, or a
   * `ClosedPipe`. Texts after it are ignored, and their records counted in the error's `lost`.
   */
  write(text: string, recordCount?: number): void;
  /** Hands on what waits in the buffer. Fails as `write` does. */
  flush(): void;
  /** Flushes, and ends the output. Fails as `write` does; a second call does nothing. */
  close(): void;
}

export interface OutputOptions {
  /** Called before bytes go out, for a progress line to get out of the way. */
  readonly beforeWrite?: () => void;
  /** Milliseconds from any origin. Default `performance.now`. */
  readonly nowMs?: () => number;
  /** A file is not emptied first: what is written comes after what is in it. */
  readonly append?: boolean;
}

/** Standard output, which stays open after `close`. */
export function openStandardOutput(options: OutputOptions = {}): Output {
  return new OutputStream({ fd: 1, name: "Standard output", isFile: false, isTerminal: isatty(1) }, options);
}

/** Writes a whole text to standard output. A reader that leaves early is no failure; anything else throws an `OutputError`. */
export function writeStandardOutput(text: string): void {
  const output = openStandardOutput();
  try {
    output.write(text);
    output.close();
  } catch (error) {
    if (!(error instanceof ClosedPipe)) throw error;
  }
}

/** Says something on standard error. When that fails there is nobody left to tell, and nothing happens. */
export function writeStandardError(text: string): void {
  const output = new OutputStream(
    { fd: 2, name: "Standard error", isFile: false, isTerminal: isatty(2) },
    {},
  );
  try {
    output.write(text);
    output.close();
  } catch (error) {
    if (!(error instanceof ClosedPipe || error instanceof OutputError)) throw error;
  }
}

/**
 * A file, emptied first. One that is made can be read by its owner only, as a shell's history is, since alerts hold command lines
 * with the secrets in them; one that is there keeps its permissions. `inputs` are files that must not be overwritten. Throws an
 * `OutputError`, and touches nothing, when it is one of them or cannot be opened.
 */
export function openOutputFile(path: string, inputs: readonly string[], options: OutputOptions = {}): Output {
  const name = `'${path}'`;
  if (inputs.some((input) => isSameFile(path, input))) {
    throw new OutputError(`${name} is also an input, which would be overwritten`, 0, 0, undefined);
  }
  let fd: number;
  try {
    fd = openSync(path, options.append ? "a" : "w", 0o600);
  } catch (error) {
    throw new OutputError(`${name} cannot be written: ${describeWriteError(error)}`, 0, 0, error);
  }
  const stats = fstatSync(fd);
  return new OutputStream({ fd, name, isFile: stats.isFile(), isTerminal: isatty(fd) }, options, stats.size);
}

interface Target {
  readonly fd: number;
  readonly name: string;
  /** A regular file that is ours alone, and closed by us. */
  readonly isFile: boolean;
  readonly isTerminal: boolean;
}

/** A text in the buffer: the offset of its end, and how many records it is. */
interface Text {
  readonly end: number;
  readonly recordCount: number;
}

/** Output waits in the buffer until there is this much of it. */
const bufferBytes = 65_536;
/** A text that comes this long after the last write is written at once, so that rare alerts are seen when they happen. */
const waitMsMax = 200;

/**
 * Writes synchronously: what was handed over before an interruption is written, in order, and a slow reader holds the program up
 * instead of filling its memory. The price is that nothing else runs meanwhile, signal handlers included; the reader's end wakes it.
 */
class OutputStream implements Output {
  readonly #target: Target;
  readonly #beforeWrite: (() => void) | undefined;
  readonly #nowMs: () => number;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  /** The texts in the buffer. */
  #pending: Text[] = [];
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #writtenBytes: number;
  #failure: OutputError | ClosedPipe | undefined;
  #isClosed = false;

  constructor(target: Target, options: OutputOptions, writtenBytes = 0) {
    const { beforeWrite, nowMs = () => performance.now() } = options;
    this.#target = target;
    this.#writtenBytes = target.isFile ? writtenBytes : 0;
    this.#beforeWrite = beforeWrite;
    this.#nowMs = nowMs;
  }

  write(text: string, recordCount = 1): void {
    if (this.#isClosed) throw new Error("the output is closed");
    if (this.#failure !== undefined) {
      if (this.#failure instanceof OutputError) this.#failure.lost += recordCount;
      return;
    }
    const byteCount = Buffer.byteLength(text);
    if (this.#used + byteCount > bufferBytes) this.#flush(recordCount);
    if (byteCount > bufferBytes) {
      this.#send(Buffer.from(text), [{ end: byteCount, recordCount }], 0);
      return;
    }
    const end = this.#used + this.#buffer.write(text, this.#used);
    this.#pending.push({ end, recordCount });
    if (this.#target.isTerminal || this.#nowMs() - this.#lastWriteMs >= waitMsMax) this.flush();
  }

  flush(): void {
    if (this.#failure === undefined) this.#flush(0);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.flush();
    } finally {
      if (this.#target.fd > 2) this.#closeFile();
    }
  }

  get #used(): number {
    return this.#pending.at(-1)?.end ?? 0;
  }

  /** `waiting` counts the records beyond the buffer that are lost if this fails. */
  #flush(waiting: number): void {
    const texts = this.#pending;
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#pending = [];
    if (texts.length > 0) this.#send(bytes, texts, waiting);
  }

  #send(bytes: Buffer, texts: readonly Text[], waiting: number): void {
    this.#beforeWrite?.();
    let sent = 0;
    try {
      while (sent < bytes.length) sent += writeSome(this.#target.fd, bytes, sent);
    } catch (error) {
      throw this.#fail(error, texts, sent, waiting);
    }
    this.#writtenBytes += sent;
    this.#lastWriteMs = this.#nowMs();
  }

  #fail(error: unknown, texts: readonly Text[], sent: number, waiting: number): OutputError | ClosedPipe {
    const { fd, name, isFile, isTerminal } = this.#target;
    if (isClosedByReader(error, isTerminal)) {
      this.#failure = new ClosedPipe("nobody reads the output", { cause: error });
      return this.#failure;
    }
    const whole = texts.filter(({ end }) => end <= sent);
    // Half a record would make the file unreadable for whoever parses it.
    const keptBytes = isFile ? (whole.at(-1)?.end ?? 0) : sent;
    if (isFile) cutFile(fd, this.#writtenBytes + keptBytes);
    this.#writtenBytes += keptBytes;
    const lost = texts.slice(whole.length).reduce((sum, { recordCount }) => sum + recordCount, waiting);
    const message = `${name} cannot be written: ${describeWriteError(error)}`;
    this.#failure = new OutputError(message, this.#writtenBytes, lost, error);
    return this.#failure;
  }

  #closeFile(): void {
    try {
      closeSync(this.#target.fd);
    } catch (error) {
      // Some file systems only say now that they could not store it.
      if (this.#failure === undefined) throw this.#fail(error, [], 0, 0);
    }
  }
}

/** Writes once, and gives the number of bytes; waits as long as the reader has no room. */
function writeSome(fd: number, bytes: Buffer, from: number): number {
  for (let waitMs = 1; ; waitMs = Math.min(2 * waitMs, 50)) {
    try {
      return writeSync(fd, bytes, from);
    } catch (error) {
      const code = errorCode(error);
      if (code === "EINTR") continue;
      // A pipe is non-blocking when another program that has it open made it so.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(sleeping, 0, 0, waitMs);
    }
  }
}

const sleeping = new Int32Array(new SharedArrayBuffer(4));

/** A terminal whose window was closed fails with EIO. */
function isClosedByReader(error: unknown, isTerminal: boolean): boolean {
  const code = errorCode(error);
  return code === "EPIPE" || code === "ECONNRESET" || (isTerminal && code === "EIO");
}

function cutFile(fd: number, byteCount: number): void {
  try {
    ftruncateSync(fd, byteCount);
  } catch {
    // The file ends in half a record then; why it could not be written is said anyway.
  }
}

/** Pipes and devices may be read and written at once. */
function isSameFile(path: string, input: string): boolean {
  const [a, b] = [statOf(path), statOf(input)];
  return a !== undefined && b !== undefined && a.isFile() && a.dev === b.dev && a.ino === b.ino;
}

/** What is known of a file, or of standard input for `-`; undefined when there is none or it cannot be seen. */
function statOf(path: string): Stats | undefined {
  try {
    return path === "-" ? fstatSync(0) : statSync(path);
  } catch {
    return undefined;
  }
}
