import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWriteError, errorCode } from "../output/output-error.ts";
import { describeFileError } from "../rule-files/file-error.ts";

/** The id by which events name this sensor, as a data folder keeps it. */
export interface AgentId {
  readonly id: string;
}

/** The id in a data folder, made when there is none; a sentence without a full stop when it can be neither read nor kept. */
export function agentIdIn(folder: string): AgentId | string {
  const path = join(folder, "agent-id");
  try {
    return readOrMake(path, `${path}.${process.pid}`);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return `the sensor's id cannot be kept in '${path}': ${describeWriteError(error)}; name another folder with --state`;
  }
}

function readOrMake(path: string, beside: string): AgentId | string {
  const found = read(path);
  if (typeof found === "string" || found !== undefined) return found;
  try {
    writeFileSync(beside, `${randomUUID()}\n`, { mode: 0o600, flush: true });
    // Unlike renaming, linking keeps what another start has put there meanwhile.
    linkSync(beside, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  return read(path) ?? `'${path}' vanished`;
}

function read(path: string): AgentId | string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    return `the sensor's id cannot be read from '${path}': ${describeFileError(error)}`;
  }
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return { id: text };
  return `'${path}' holds no id of a sensor; remove it to begin with another`;
}
