import type { Capabilities, Credentials, ExecEvent, ProcessFacts } from "@tallyman/session-model";
import { type AuditFields, auditNumber, auditText } from "./audit-fields.ts";
import type { AuditEvent } from "./event-assembler.ts";
import { deviceOfTerminal } from "./terminal-name.ts";

/** The process that made a call, as the call's record shows it; `atNs` is in nanoseconds since 1970. Undefined where that names no process. */
export function processOf(event: AuditEvent): ProcessFacts | undefined {
  const { call } = event;
  const pid = auditNumber(call?.get("pid"));
  if (call === undefined || pid === undefined) return undefined;
  const ppid = auditNumber(call.get("ppid"));
  const tty = deviceOfTerminal(auditText(call.get("tty")) ?? "");
  const comm = auditText(call.get("comm"));
  const credentials = credentialsOf(call);
  const capabilities = capabilitiesOf(event.capabilities);
  return {
    pid,
    atNs: BigInt(event.ms) * 1_000_000n,
    ...(ppid !== undefined && { ppid }),
    ...(tty !== undefined && { tty }),
    ...(credentials !== undefined && { credentials }),
    ...(capabilities !== undefined && { capabilities }),
    ...(comm !== undefined && { comm }),
  };
}

/** An exec, whole or not; undefined where its call's record is missing. */
export function execOf(event: AuditEvent): ExecEvent | undefined {
  const process = processOf(event);
  if (process === undefined) return undefined;
  const resolvedPath = auditText(event.call?.get("exe"));
  // The first path is the one that was given; those behind it are interpreters.
  const filename = auditText(event.paths.find((path) => path.get("item") === "0")?.get("name"));
  const { workingDirectory, args } = event;
  const texts = args.texts();
  return {
    kind: "exec",
    ...process,
    ...(filename !== undefined && { filename }),
    ...(resolvedPath !== undefined && { resolvedPath }),
    ...(texts.length > 0 && { args: texts }),
    ...(args.isCut && { argsTruncated: true }),
    ...(workingDirectory !== undefined && { workingDirectory }),
  };
}

/** True for a call that did what it was to do. */
export function hasSucceeded({ call }: AuditEvent): boolean {
  return call?.get("success") === "yes";
}

function credentialsOf(call: AuditFields): Credentials | undefined {
  const [uid, euid, suid, gid, egid, sgid] = ["uid", "euid", "suid", "gid", "egid", "sgid"].map((name) =>
    auditNumber(call.get(name)),
  );
  if (uid === undefined || euid === undefined || suid === undefined) return undefined;
  if (gid === undefined || egid === undefined || sgid === undefined) return undefined;
  return { uid, euid, suid, gid, egid, sgid };
}

/** Those after the exec, which audit reports of programs that are given more than they had. */
function capabilitiesOf(fields: AuditFields | undefined): Capabilities | undefined {
  const permitted = maskOf(fields?.get("pp"));
  const effective = maskOf(fields?.get("pe"));
  return permitted === undefined || effective === undefined ? undefined : { permitted, effective };
}

function maskOf(digits: string | undefined): bigint | undefined {
  return digits !== undefined && /^[0-9a-f]{1,16}$/.test(digits) ? BigInt(`0x${digits}`) : undefined;
}
