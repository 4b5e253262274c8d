import { getRandomValues } from "node:crypto";
import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MemoryFirstSeenStore, type MemoryStoreOptions } from "@tallyman/engine";
import { describeWriteError, errorCode } from "../output/output-error.ts";
import { describeFileError } from "../rule-files/file-error.ts";
import { syncFolder } from "../sync-folder.ts";
import { FolderLock } from "./folder-lock.ts";
import { readStateFile, type SavedRun, stateFile } from "./state-format.ts";

/** A state as it was found. */
export interface FoundState {
  readonly store: MemoryFirstSeenStore;
  /** Undefined when there was none that could be used. */
  readonly run: SavedRun | undefined;
  /** What was wrong with the one that was there, in a sentence without a full stop; it was set aside. */
  readonly problem: string | undefined;
}

/** What came of saving. */
export interface Saving {
  /** Why it did not work, as a sentence without a full stop; undefined when it did. */
  readonly problem: string | undefined;
  /** How long others had to wait for it altogether, in milliseconds. */
  readonly busyMs: number;
}

/** The folder in which everything is kept that outlives a run: the state, the spool, and the lock that keeps others away. */
export class StateFolder {
  readonly path: string;
  readonly #named: string;
  readonly #lock: FolderLock;

  private constructor(path: string, named: string, lock: FolderLock) {
    this.path = path;
    this.#named = named;
    this.#lock = lock;
  }

  /** Opens or makes the folder; a sentence without a full stop when it cannot be used. */
  static open(named: string): StateFolder | string {
    try {
      mkdirSync(named, { mode: 0o700 });
    } catch (error) {
      if (errorCode(error) !== "EEXIST")
        return `the state folder '${named}' cannot be made: ${describeWriteError(error)}`;
    }
    try {
      const path = realpathSync(named);
      if (!statSync(path).isDirectory()) return `the state folder '${named}' is a file; name a folder`;
      accessSync(path, constants.W_OK);
      const lock = FolderLock.take(path);
      if (typeof lock === "number") {
        return `the state folder '${named}' is used by process ${lock}; only one at a time can go on from it`;
      }
      return new StateFolder(path, named, lock);
    } catch (error) {
      return `the state folder '${named}' cannot be written: ${describeWriteError(error)}`;
    }
  }

  /** Reads the state; a sentence when it is there and cannot be read at all. One that cannot be understood is set aside, never removed. */
  load(options: MemoryStoreOptions): FoundState | string {
    const file = this.#file;
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch (error) {
      if (errorCode(error) === "ENOENT")
        return { store: newStore(options), run: undefined, problem: undefined };
      return `the state in '${this.#named}' cannot be read: ${describeFileError(error)}`;
    }
    const read = readStateFile(bytes, options);
    if (!("problem" in read)) return { ...read, problem: undefined };
    return this.setAside(read.problem, options);
  }

  /** Puts the state aside under a name that says when, and gives an empty one. */
  setAside(problem: string, options: MemoryStoreOptions): FoundState | string {
    const aside = `${this.#file}.unusable-${new Date().toISOString().replaceAll(":", "")}`;
    try {
      renameSync(this.#file, aside);
    } catch (error) {
      return `the state in '${this.#named}' cannot be used, nor set aside: ${problem}; ${describeWriteError(error)}`;
    }
    const told = `the state in '${this.#named}' cannot be used: ${problem}; it was set aside as '${aside}', and the history begins anew`;
    return { store: newStore(options), run: undefined, problem: told };
  }

  /**
   * Writes a state beside the one that is there, and puts it in its place when it is on the disk, so that there is always a whole one. Between two pieces
   * others get their turn. `beforeUse` is waited for before the new one counts; when it gives a reason, the old one stays.
   */
  async save(
    run: SavedRun,
    store: MemoryFirstSeenStore,
    beforeUse: () => Promise<string | undefined>,
  ): Promise<Saving> {
    const beside = join(this.path, "state.new");
    let busyMs = 0;
    const failed = (problem: string): Saving => ({
      problem: `${problem}; what this run has seen is not kept`,
      busyMs,
    });
    try {
      const file = await open(beside, "w", 0o600);
      try {
        busyMs = await writePieces(file.fd, stateFile(run, store));
        await file.sync();
      } finally {
        await file.close();
      }
      const reason = await beforeUse();
      if (reason !== undefined) {
        removeFile(beside);
        return failed(reason);
      }
      if (!this.#lock.isHeld)
        return failed(`the state folder '${this.#named}' was taken over by another run`);
      renameSync(beside, this.#file);
      syncFolder(this.path);
      return { problem: undefined, busyMs };
    } catch (error) {
      removeFile(beside);
      // Beyond half a gigabyte JavaScript has no text for what one rule remembers.
      if (error instanceof RangeError)
        return failed(`the state in '${this.#named}' cannot be written: it is too large`);
      if (errorCode(error) === undefined) throw error;
      return failed(`the state in '${this.#named}' cannot be written: ${describeWriteError(error)}`);
    }
  }

  close(): void {
    this.#lock.release();
  }

  get #file(): string {
    return join(this.path, "state");
  }
}

/** An empty store. The key of the hash that stands for terms is drawn once for each state, so that nobody can prepare terms that collide. */
export function newStore(options: MemoryStoreOptions = {}): MemoryFirstSeenStore {
  const [a = 0, b = 0, c = 0, d = 0] = getRandomValues(new Uint32Array(4));
  return new MemoryFirstSeenStore([a, b, c, d], options);
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is something else, and why saving failed is said anyway.
  }
}

/** Others get their turn after this. */
const turnMs = 5;

/** Writes pieces as long as that does not keep others waiting; the system takes them into memory. Gives the time that it took, without the waits. */
async function writePieces(fd: number, pieces: Iterable<Uint8Array>): Promise<number> {
  let startMs = performance.now();
  let busyMs = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
    const tookMs = performance.now() - startMs;
    if (tookMs < turnMs) continue;
    busyMs += tookMs;
    await nextTurn();
    startMs = performance.now();
  }
  return busyMs + performance.now() - startMs;
}
