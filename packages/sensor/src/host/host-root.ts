import { readlinkSync, statSync } from "node:fs";

/** Processes of the host that are always there: the first one, and the kernel's own, for where that one may not be looked at. */
const hostPids = [1, 2] as const;

/**
 * Below which path the host's files are: none where this process sees them as the host does, else the root directory of one of the host's processes, which
 * a container in the host's pid namespace may look at with CAP_SYS_PTRACE. Where it may not, it sees its own.
 */
export function hostRoot(): string {
  if (isInHostNamespace("mnt")) return "";
  return hostPids.map((pid) => `/proc/${pid}/root`).find(canEnter) ?? "";
}

/** Whether this process is in the same namespace of a kind as the host's processes; true where that cannot be told. */
export function isInHostNamespace(kind: "mnt" | "net" | "uts"): boolean {
  const own = namespaceOf("self", kind);
  const host = hostPids.map((pid) => namespaceOf(pid, kind)).find((namespace) => namespace !== undefined);
  return host === undefined || host === own;
}

function namespaceOf(pid: number | "self", kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

function canEnter(path: string): boolean {
  try {
    return statSync(`${path}/etc`).isDirectory();
  } catch {
    return false;
  }
}
