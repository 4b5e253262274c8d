import { getRandomValues } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { MemoryFirstSeenStore, restoreFirstSeen, saveFirstSeen } from "@tallyman/engine";
import { describeFileError } from "./rule-files/file-error.ts";

/** What was found in a state file, or why it cannot be used. */
export type OpenedState =
  | { readonly store: MemoryFirstSeenStore; readonly problem: undefined }
  | { readonly store: undefined; readonly problem: string };

/** The state that a file holds, or an empty one when there is no file. A file that cannot be understood is left as it is. */
export function openState(path: string | undefined): OpenedState {
  let bytes: Uint8Array;
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
  const restored = restoreFirstSeen(bytes);
  if ("store" in restored) return { store: restored.store, problem: undefined };
  const advice = "move it away to begin with an empty history, or name another file";
  return {
    store: undefined,
    problem: `the state file '${path}' cannot be used: ${restored.problem}; ${advice}`,
  };
}

/** Writes the state beside the file and puts it in its place, so that there is always a whole one; gives the reason when it cannot. */
export function saveState(path: string, store: MemoryFirstSeenStore): string | undefined {
  const beside = `${path}.${process.pid}.new`;
  try {
    const file = openSync(beside, "w", 0o600);
    try {
      for (const chunk of saveFirstSeen(store))
        for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
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

/** The key of the hash that stands for terms is drawn once for each state, so that nobody can prepare terms that collide. */
function newState(): OpenedState {
  const [a = 0, b = 0, c = 0, d = 0] = getRandomValues(new Uint32Array(4));
  return { store: new MemoryFirstSeenStore([a, b, c, d]), problem: undefined };
}
