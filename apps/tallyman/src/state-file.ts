import { getRandomValues } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Json } from "@tallyman/ecs";
import { type Engine, MemoryFirstSeenStore, restoreFirstSeen, saveFirstSeen } from "@tallyman/engine";
import { describeFileError } from "./rule-files/file-error.ts";

/**
 * A state file: this line, the length and the CRC-32 of a JSON text as two 32-bit numbers (low byte first), the text with what rules hold of open
 * sequences, and the first-seen histories in their own format up to the end.
 */
const magic = Buffer.from("tallyman state 1\n");
const headLength = magic.length + 8;

/** What was found in a state file, or why it cannot be used. */
export type OpenedState =
  | {
      readonly store: MemoryFirstSeenStore;
      /** What an engine saved; undefined when there was no file. */
      readonly engineState: Json | undefined;
      readonly problem: undefined;
    }
  | { readonly store: undefined; readonly problem: string };

/** The state that a file holds, or an empty one when there is no file. A file that cannot be understood is left as it is. */
export function openState(path: string | undefined): OpenedState {
  let bytes: Buffer;
  try {
    if (path === undefined) return newState();
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return newState();
    return {
      store: undefined,
      problem: `the state file '${path}' cannot be read: ${describeFileError(error)}`,
    };
  }
  const advice = "move it away to begin with an empty history, or name another file";
  const refuse = (problem: string): OpenedState => ({
    store: undefined,
    problem: `the state file '${path}' cannot be used: ${problem}; ${advice}`,
  });
  const engineState = readEngineState(bytes);
  if (engineState.problem !== undefined) return refuse(engineState.problem);
  const restored = restoreFirstSeen(bytes.subarray(engineState.end));
  if (!("store" in restored)) return refuse(restored.problem);
  return { store: restored.store, engineState: engineState.value, problem: undefined };
}

/** Writes the state beside the file and puts it in its place, so that there is always a whole one; gives the reason when it cannot. */
export function saveState(path: string, store: MemoryFirstSeenStore, engine: Engine): string | undefined {
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
    renameSync(beside, path);
    return undefined;
  } catch (error) {
    rmSync(beside, { force: true });
    return `the state file '${path}' cannot be written: ${describeFileError(error)}; what this run has seen is not kept`;
  }
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
  return { value: JSON.parse(text.toString("utf8")) as Json, end, problem: undefined };
}

/** The key of the hash that stands for terms is drawn once for each state, so that nobody can prepare terms that collide. */
function newState(): OpenedState {
  const [a = 0, b = 0, c = 0, d = 0] = getRandomValues(new Uint32Array(4));
  return { store: new MemoryFirstSeenStore([a, b, c, d]), engineState: undefined, problem: undefined };
}
