import { isJsonObject, type JsonObject } from "@tallyman/ecs";
import { absolutePath, type KernelEvent, type RunningProcess } from "@tallyman/session-model";
import { idIn, listIn, objectIn, textIn, wholeNumberIn } from "../text/json-fields.ts";

/** Why an event tells the session model nothing. */
export type UnusedProbe =
  | "other-function"
  | "other-socket"
  | "failed"
  | "unknown-directory"
  | "no-path"
  | "directory";

/** What a `process_kprobe` event means to the session model: those of the functions that the tracing policy in the documentation asks for. */
export function eventOfKprobe(probe: JsonObject, process: RunningProcess): KernelEvent | UnusedProbe {
  const args = listIn(probe, "args").filter(isJsonObject);
  const {
    executable: _,
    args: __,
    argsTruncated: ___,
    environment: ____,
    workingDirectory,
    ...facts
  } = process;
  switch (functionName(textIn(probe, "function_name") ?? "")) {
    case "tcp_connect":
      return connectionOf("connect", args, facts);
    case "tcp_close":
      return connectionOf("disconnect", args, facts);
    case "unlink":
    case "unlinkat":
      return fileEventOf("delete", probe, args, facts, workingDirectory);
    case "rename":
    case "renameat":
    case "renameat2":
      return fileEventOf("rename", probe, args, facts, workingDirectory);
    default:
      return "other-function";
  }
}

/** A system call's name, without what the kernel puts before it: `__x64_sys_unlinkat`. */
function functionName(symbol: string): string {
  const at = symbol.indexOf("sys_");
  return at < 0 ? symbol : symbol.slice(at + "sys_".length);
}

type Facts = Omit<
  RunningProcess,
  "executable" | "args" | "argsTruncated" | "environment" | "workingDirectory"
>;

function connectionOf(
  kind: "connect" | "disconnect",
  args: readonly JsonObject[],
  process: Facts,
): KernelEvent | UnusedProbe {
  const socket = args.map((arg) => objectIn(arg, "sock_arg")).find((found) => found !== undefined);
  const family = families[textIn(socket, "family") ?? ""];
  const address = textIn(socket, "daddr");
  const protocol = textIn(socket, "protocol") ?? "IPPROTO_TCP";
  if (family === undefined || address === undefined || protocol !== "IPPROTO_TCP") return "other-socket";
  const local = textIn(socket, "saddr");
  return {
    kind,
    ...process,
    protocol: "tcp",
    family,
    remote: endpoint(address, idIn(socket, "dport")),
    ...(local !== undefined && { local: endpoint(local, idIn(socket, "sport")) }),
  };
}

const families: Readonly<Record<string, "ipv4" | "ipv6">> = { AF_INET: "ipv4", AF_INET6: "ipv6" };

function endpoint(address: string, port: number | undefined) {
  return { address, ...(port !== undefined && { port }) };
}

/** Calls with paths: each is text, with the directory that it is relative to as a number before it. */
function fileEventOf(
  kind: "delete" | "rename",
  probe: JsonObject,
  args: readonly JsonObject[],
  process: Facts,
  workingDirectory: string | undefined,
): KernelEvent | UnusedProbe {
  const result = wholeNumberIn(objectIn(probe, "return"), "int_arg");
  if (result !== undefined && result !== 0) return "failed";
  // Directories are no files: those of `unlinkat` have a flag, which stands behind the path.
  if (kind === "delete" && ((wholeNumberIn(args.at(-1), "int_arg") ?? 0) & removeDirectory) !== 0)
    return "directory";
  const paths = pathsIn(args, workingDirectory);
  const [first, second] = paths;
  if (paths.length < (kind === "delete" ? 1 : 2)) return "no-path";
  if (first === undefined || paths.includes(undefined)) return "unknown-directory";
  return kind === "delete" || second === undefined
    ? { kind: "delete", ...process, path: first }
    : { kind, ...process, path: second, oldPath: first };
}

/** `AT_REMOVEDIR`. */
const removeDirectory = 0x200;

/** The number that stands for the working directory (`AT_FDCWD`). */
const here = -100;

function pathsIn(
  args: readonly JsonObject[],
  workingDirectory: string | undefined,
): readonly (string | undefined)[] {
  const paths: (string | undefined)[] = [];
  let directory: number | undefined;
  for (const arg of args) {
    const path = textIn(arg, "string_arg");
    if (path === undefined) {
      directory = wholeNumberIn(arg, "int_arg");
      continue;
    }
    const isResolved =
      path.startsWith("/") ||
      ((directory === undefined || directory === here) && workingDirectory?.startsWith("/"));
    paths.push(isResolved ? absolutePath(path, workingDirectory) : undefined);
    directory = undefined;
  }
  return paths;
}
