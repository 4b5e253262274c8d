import { readlinkSync, statSync } from "node:fs";

/** The root directory of the first process, which a container in the host's pid namespace sees the host by; it takes CAP_SYS_PTRACE. */
const rootOfFirst = "/proc/1/root";

/**
 * Below which path the host's files are: none where this process sees them as the host does. In a container, or where the first process may not be looked
 * at, it makes a difference only if they differ.
 */
export function hostRoot(): string {
  return isInNamespaceOfFirst("mnt") || !canEnter(rootOfFirst) ? "" : rootOfFirst;
}

/** Whether this process is in the same namespace of a kind as the first one; true where that cannot be told. */
export function isInNamespaceOfFirst(kind: "mnt" | "net" | "uts"): boolean {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`) === readlinkSync(`/proc/1/ns/${kind}`);
  } catch {
    return true;
  }
}

function canEnter(path: string): boolean {
  try {
    return statSync(`${path}/etc`).isDirectory();
  } catch {
    return false;
  }
}
