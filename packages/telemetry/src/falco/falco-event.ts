import { absolutePath, type KernelEvent, type RunningProcess } from "@tallyman/session-model";
import { signalNumber } from "../text/signals.ts";
import type { FalcoFields } from "./falco-fields.ts";

/** Why an event tells the session model nothing. */
export type UnusedEvent = "other-event" | "entry" | "failed" | "other-socket" | "no-file-created" | "no-path";

/** What an event of Falco's means to the session model. */
export function eventOfFalco(fields: FalcoFields, process: RunningProcess): KernelEvent | UnusedEvent {
  // Calls are reported when they begin, too, unless the rule leaves that out.
  if (fields.text("evt.dir") === ">") return "entry";
  const { executable, args, argsTruncated: _, environment, workingDirectory, ...facts } = process;
  const result = fields.number("evt.rawres");
  const type = fields.text("evt.type");
  if (result !== undefined && result < 0 && type !== "connect") return "failed";
  switch (type) {
    case "execve":
    case "execveat": {
      const filename = fields.text("evt.arg.filename") ?? fields.text("evt.arg.pathname");
      return {
        kind: "exec",
        ...facts,
        ...(filename !== undefined && { filename }),
        ...(executable !== undefined && { resolvedPath: executable }),
        ...(args !== undefined && { args }),
        ...(environment !== undefined && { environment }),
        ...(workingDirectory !== undefined && { workingDirectory }),
      };
    }
    case "clone":
    case "clone3":
    case "fork":
    case "vfork":
      // The child's own return; the parent's has the child's id, by the numbers of its namespace.
      return result === 0 ? { kind: "fork", ...facts } : "other-event";
    case "procexit":
      return { kind: "exit", pid: facts.pid, atNs: facts.atNs, ...howItEnded(fields) };
    case "setsid":
      return { kind: "setsid", ...facts, sid: facts.pid, pgid: facts.pid };
    case "setuid":
    case "setresuid":
    case "setgid":
    case "setresgid":
      return { kind: "ids", ...facts };
    case "connect":
      return result === undefined || result === 0 || attempts.has(fields.text("evt.res") ?? "")
        ? connectionOf("connect", fields, facts)
        : "failed";
    case "accept":
    case "accept4":
      return connectionOf("accept", fields, facts);
    case "open":
    case "openat":
    case "openat2":
    case "creat":
      return creationOf(fields, facts, workingDirectory);
    case "rename":
    case "renameat":
    case "renameat2":
      return renameOf(fields, facts, workingDirectory);
    case "unlink":
    case "unlinkat":
      return deletionOf(fields, facts, workingDirectory);
    default:
      return "other-event";
  }
}

/** Results of a `connect` that has taken its time. */
const attempts: ReadonlySet<string> = new Set([
  "EINPROGRESS",
  "ECONNREFUSED",
  "ETIMEDOUT",
  "EINTR",
  "ECONNRESET",
  "EHOSTUNREACH",
]);

type Facts = Omit<
  RunningProcess,
  "executable" | "args" | "argsTruncated" | "environment" | "workingDirectory"
>;

function howItEnded(fields: FalcoFields): { readonly exitCode?: number; readonly signal?: number } {
  const exitCode = fields.number("evt.arg.ret") ?? fields.number("evt.arg[1]");
  const signal = signalNumber(fields.text("evt.arg.sig")) ?? fields.number("evt.arg.sig");
  if (signal !== undefined && signal > 0) return { signal };
  return exitCode === undefined ? {} : { exitCode: exitCode & 0xff };
}

function connectionOf(
  kind: "connect" | "accept",
  fields: FalcoFields,
  process: Facts,
): KernelEvent | UnusedEvent {
  const [client, server] = [endpointOf(fields, "c"), endpointOf(fields, "s")];
  const remote = kind === "connect" ? server : client;
  const local = kind === "connect" ? client : server;
  const isTcp = fields.text("fd.l4proto") === "tcp";
  if (remote === undefined || !isTcp) return "other-socket";
  return {
    kind,
    ...process,
    protocol: "tcp",
    family: remote.address.includes(":") ? "ipv6" : "ipv4",
    remote,
    ...(local !== undefined && { local }),
  };
}

/** Falco names who connects (`fd.cip`) and to whom (`fd.sip`). */
function endpointOf(fields: FalcoFields, side: "c" | "s") {
  const address = fields.text(`fd.${side}ip`);
  const port = fields.id(`fd.${side}port`);
  return address === undefined ? undefined : { address, ...(port !== undefined && { port }) };
}

function creationOf(
  fields: FalcoFields,
  process: Facts,
  directory: string | undefined,
): KernelEvent | UnusedEvent {
  const flags = fields.text("evt.arg.flags") ?? "";
  const isCreated = fields.boolean("evt.is_open_create") ?? flags.split("|").includes("O_F_CREATED");
  if (!isCreated) return "no-file-created";
  const path = pathOf(fields.text("fd.name") ?? fields.text("fs.path.name"), directory);
  return path === undefined ? "no-path" : { kind: "create", ...process, path };
}

function renameOf(
  fields: FalcoFields,
  process: Facts,
  directory: string | undefined,
): KernelEvent | UnusedEvent {
  const oldPath = pathOf(fields.text("fs.path.source"), directory);
  const path = pathOf(fields.text("fs.path.target"), directory);
  return path === undefined || oldPath === undefined
    ? "no-path"
    : { kind: "rename", ...process, path, oldPath };
}

function deletionOf(
  fields: FalcoFields,
  process: Facts,
  directory: string | undefined,
): KernelEvent | UnusedEvent {
  // Of unlinkat with AT_REMOVEDIR.
  if ((fields.text("evt.arg.flags") ?? "").includes("AT_REMOVEDIR")) return "other-event";
  const path = pathOf(fields.text("fs.path.name"), directory);
  return path === undefined ? "no-path" : { kind: "delete", ...process, path };
}

function pathOf(path: string | undefined, directory: string | undefined): string | undefined {
  const whole = path === undefined ? undefined : absolutePath(path, directory);
  return whole?.startsWith("/") ? whole : undefined;
}
