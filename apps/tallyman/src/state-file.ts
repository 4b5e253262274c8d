import { getRandomValues } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import type { Json } from "@tallyman/ecs";
import { type Engine, MemoryFirstSeenStore, restoreFirstSeen, saveFirstSeen } from "@tallyman/engine";
import { describeWriteError, errorCode } from "./output/output-error.ts";
import { describeFileError } from "./rule-files/file-error.ts";

/**
 * A state file: this line, the length and the CRC-32 of a JSON text as two 32-bit numbers (low byte first), the text with what rules hold of open
 * sequences, and the first-seen histories in their own format up to the end.
 */
const magic = Buffer.from("tallyman state 1\n");
const headLength = magic.length + 8;

/** A state, and the file that it comes from and goes to, if any. */
export interface State {
  readonly store: MemoryFirstSeenStore;
  /** What an engine saved; undefined when there was no file. */
  readonly engineState: Json | undefined;
  readonly file: StateFile | undefined;
}

/** The place of a state, without links, and what stood there when it was read. */
interface StateFile {
  readonly path: string;
  readonly mark: string;
}

/**
 * The state that a file holds, or an empty one when there is no file; a sentence without a full stop when it cannot be used, or not be written
 * later. A file that cannot be understood is left as it is.
 */
export function openState(path: string | undefined): State | string {
  if (path === undefined) return newState(undefined);
  const file = findFile(path);
  if (typeof file === "string") return file;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file.path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return newState(file);
    return `the state file '${path}' cannot be read: ${describeFileError(error)}`;
  }
  const engineState = readEngineState(bytes);
  if (engineState.problem !== undefined) return unusable(path, engineState.problem);
  const restored = restoreFirstSeen(bytes.subarray(engineState.end));
  if (!("store" in restored)) return unusable(path, restored.problem);
  return { store: restored.store, engineState: engineState.value, file };
}

/** Says that a state file cannot be used, and what to do. */
export function unusable(path: string, problem: string): string {
  const advice = "move it away to begin with an empty history, or name another file";
  return `the state file '${path}' cannot be used: ${problem}; ${advice}`;
}

/**
 * Writes the state beside its file and puts it in its place, so that there is always a whole one; gives the reason when it cannot. What
 * another run has put there since is not overwritten.
 */
export function saveState(
  { path, mark }: StateFile,
  store: MemoryFirstSeenStore,
  engine: Engine,
): string | undefined {
  const beside = `${path}.${process.pid}.new`;
  try {
    const file = openSync(beside, "w", 0o600);
    try {
      const text = Buffer.from(JSON.stringify(engine.save()));
      const head = Buffer.alloc(headLength);
      magic.copy(head);
      head.writeUInt32LE(text.length, magic.length);
      head.writeUInt32LE(crc32(text), magic.length + 4);
      for (const chunk of [head, text]) writeWhole(file, chunk);
      for (const chunk of saveFirstSeen(store)) writeWhole(file, chunk);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (markOf(path) === mark) {
      renameSync(beside, path);
      return undefined;
    }
    rmSync(beside);
    return `the state file '${path}' was written by another run meanwhile; what this run has seen is not kept`;
  } catch (error) {
    rmSync(beside, { force: true });
    if (errorCode(error) === undefined) throw error;
    return `${unwritable(path, error)}; what this run has seen is not kept`;
  }
}

function unwritable(path: string, error: unknown): string {
  return `the state file '${path}' cannot be written: ${describeWriteError(error)}`;
}

/** Where a state is to be kept. That it cannot be is said here, since the end of a long scan would be too late. */
function findFile(named: string): StateFile | string {
  let path = named;
  try {
    // A link stays, and the file that it leads to is replaced.
    path = realpathSync(named);
  } catch (error) {
    if (errorCode(error) !== "ENOENT")
      return `the state file '${named}' cannot be read: ${describeFileError(error)}`;
  }
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    return unwritable(named, error);
  }
  return { path, mark: markOf(path) };
}

/** Differs when the file was replaced. */
function markOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.dev} ${stats.ino} ${stats.mtimeMs}`;
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function readEngineState(bytes: Buffer): {
  readonly value: Json;
  readonly end: number;
  readonly problem: string | undefined;
} {
  const fail = (problem: string) => ({ value: null, end: 0, problem });
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    const isOurs = bytes.subarray(0, 15).equals(magic.subarray(0, 15));
    return fail(isOurs ? "it is of another version of tallyman" : "it is no state file");
  }
  if (bytes.length < headLength) return fail("it ends too early");
  const end = headLength + bytes.readUInt32LE(magic.length);
  const text = bytes.subarray(headLength, end);
  if (bytes.length < end || crc32(text) !== bytes.readUInt32LE(magic.length + 4))
    return fail("it is damaged");
  try {
    return { value: JSON.parse(text.toString("utf8")) as Json, end, problem: undefined };
  } catch {
    return fail("it is damaged");
  }
}

/** The key of the hash that stands for terms is drawn once for each state, so that nobody can prepare terms that collide. */
function newState(file: StateFile | undefined): State {
  const [a = 0, b = 0, c = 0, d = 0] = getRandomValues(new Uint32Array(4));
  return { store: new MemoryFirstSeenStore([a, b, c, d]), engineState: undefined, file };
}
