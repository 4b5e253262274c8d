import { absolutePath, type KernelEvent, type ProcessFacts } from "@tallyman/session-model";
import { type AuditFields, auditText } from "./audit-fields.ts";
import type { AuditEvent } from "./event-assembler.ts";
import { execOf, hasSucceeded, processOf } from "./process-facts.ts";
import { internetAddress } from "./socket-address.ts";
import type { SocketTypes } from "./socket-types.ts";
import { type SystemCall, systemCallOf } from "./system-calls.ts";

/** Why a call tells the session model nothing. */
export type UnusedCall =
  | "incomplete"
  | "other-call"
  | "failed"
  | "no-file-created"
  | "unknown-directory"
  | "other-socket";

/** What a call means to the session model, or why it means nothing. Sockets are noted in `sockets`. */
export function eventOfCall(event: AuditEvent, sockets: SocketTypes): KernelEvent | UnusedCall {
  const process = processOf(event);
  if (process === undefined || event.call === undefined) return "incomplete";
  const { call } = event;
  const name = systemCallOf(call.get("arch"), call.get("syscall"));
  if (name === undefined) return "other-call";
  // It does not return, and so neither succeeds nor fails.
  if (name === "exit_group") return { kind: "exit", ...process, ...exitCode(call.get("a0")) };
  const isConnect = name === "connect" || (name === "socketcall" && call.get("a0") === socketCalls.connect);
  if (!hasSucceeded(event) && !(isConnect && isAttempt(call.get("exit")))) return "failed";
  return ofSuccess(name, event, call, process, sockets);
}

function ofSuccess(
  name: SystemCall,
  event: AuditEvent,
  call: AuditFields,
  process: ProcessFacts,
  sockets: SocketTypes,
): KernelEvent | UnusedCall {
  switch (name) {
    case "execve":
    case "execveat":
      return execOf(event) ?? "incomplete";
    case "setsid":
      return { kind: "setsid", ...process };
    case "setuid":
    case "setgid":
    case "setreuid":
    case "setregid":
    case "setresuid":
    case "setresgid":
      return { kind: "ids", ...process };
    case "socket":
      sockets.open({ node: event.node, pid: process.pid }, call.get("exit"), call.get("a1"));
      return "other-call";
    case "connect":
      return connectionOf(
        "connect",
        event,
        process,
        sockets.of({ node: event.node, pid: process.pid }, Number.parseInt(call.get("a0") ?? "", 16)),
      );
    case "accept":
    case "accept4":
      return connectionOf("accept", event, process, undefined);
    case "socketcall":
      return ofSocketCall(event, call, process);
    case "open":
    case "openat":
    case "openat2":
    case "creat":
      return creationOf(event, process, name === "openat" || name === "openat2" ? call.get("a0") : undefined);
    case "rename":
    case "renameat":
    case "renameat2":
      return renameOf(event, process, name === "rename" ? [] : [call.get("a0"), call.get("a2")]);
    case "unlink":
    case "unlinkat":
      return deletionOf(event, process, name === "unlinkat" ? call.get("a0") : undefined);
    default:
      return "other-call";
  }
}

/** What `exit_group` was given, of which eight bits count. */
function exitCode(argument: string | undefined): { readonly exitCode?: number } {
  const code = Number.parseInt((argument ?? "").slice(-2), 16);
  return Number.isNaN(code) ? {} : { exitCode: code };
}

/** Numbers of errors with which a connection was attempted all the same (`include/uapi/asm-generic/errno.h`): of those that took their time. */
const attemptErrors: ReadonlySet<string> = new Set(["-4", "-104", "-110", "-111", "-113", "-115", "-512"]);

function isAttempt(exit: string | undefined): boolean {
  return exit !== undefined && attemptErrors.has(exit);
}

/** The calls behind i386's `socketcall` (`include/uapi/linux/net.h`), in hexadecimal. */
const socketCalls = { connect: "3", accept: "5", accept4: "12" } as const;

function ofSocketCall(event: AuditEvent, call: AuditFields, process: ProcessFacts): KernelEvent | UnusedCall {
  const number = call.get("a0");
  if (number === socketCalls.connect) return connectionOf("connect", event, process, undefined);
  const isAccept = number === socketCalls.accept || number === socketCalls.accept4;
  return isAccept ? connectionOf("accept", event, process, undefined) : "other-call";
}

function connectionOf(
  kind: "connect" | "accept",
  event: AuditEvent,
  process: ProcessFacts,
  type: "stream" | "other" | undefined,
): KernelEvent | UnusedCall {
  const address = internetAddress(event.socketAddress);
  // Nobody connects to port 0; resolvers ask so for the way to an address.
  if (address === undefined || address.endpoint.port === 0 || type === "other") return "other-socket";
  const isTcp = kind === "accept" || type === "stream";
  return {
    kind,
    ...process,
    ...(isTcp && { protocol: "tcp" }),
    family: address.family,
    remote: address.endpoint,
  };
}

function creationOf(
  event: AuditEvent,
  process: ProcessFacts,
  directory: string | undefined,
): KernelEvent | UnusedCall {
  const created = pathWith(event, "CREATE");
  if (created === undefined) return "no-file-created";
  const path = absolute(created, event, directory);
  return path === undefined ? "unknown-directory" : { kind: "create", ...process, path };
}

function renameOf(
  event: AuditEvent,
  process: ProcessFacts,
  [oldDirectory, newDirectory]: readonly (string | undefined)[],
): KernelEvent | UnusedCall {
  // What was replaced is deleted too, behind what was renamed.
  const path = absolute(pathWith(event, "CREATE"), event, newDirectory);
  const oldPath = absolute(pathWith(event, "DELETE"), event, oldDirectory);
  if (path === undefined || oldPath === undefined) return "unknown-directory";
  return { kind: "rename", ...process, path, oldPath };
}

function deletionOf(
  event: AuditEvent,
  process: ProcessFacts,
  directory: string | undefined,
): KernelEvent | UnusedCall {
  const deleted = event.paths.find((path) => path.get("nametype") === "DELETE");
  // Of `rmdir`, and of `unlinkat` with AT_REMOVEDIR.
  if (deleted?.get("mode")?.startsWith("04") === true) return "other-call";
  const path = absolute(auditText(deleted?.get("name")), event, directory);
  return path === undefined ? "unknown-directory" : { kind: "delete", ...process, path };
}

function pathWith({ paths }: AuditEvent, nameType: string): string | undefined {
  return auditText(paths.find((path) => path.get("nametype") === nameType)?.get("name"));
}

/** A path from the root. What is relative to a directory that was opened before cannot be resolved: the log does not say which that is. */
function absolute(
  path: string | undefined,
  { workingDirectory }: AuditEvent,
  directory: string | undefined,
): string | undefined {
  if (path === undefined) return undefined;
  // AT_FDCWD, in 32 bits or in 64.
  const isHere = directory === undefined || directory.endsWith("ffffff9c");
  if (!path.startsWith("/") && (!isHere || workingDirectory === undefined)) return undefined;
  return absolutePath(path, workingDirectory);
}
