import { baseName } from "../process/paths.ts";

/** What runtimes put before an id in the name of a control group; conmon's own groups (`libpod-conmon-…`) are not containers. */
const prefixes = ["docker-", "crio-", "libpod-", "cri-containerd-", "containerd-"];
const idLength = 64;

/**
 * The container that a control group belongs to: the innermost 64-digit id in its path, bare or as a runtime writes it (`docker-<id>.scope`). Fewer
 * digits are no proof: groups of the host have names of 32.
 */
export function containerIdOf(cgroupPath: string): string | undefined {
  let end = cgroupPath.length;
  while (end > 0) {
    const start = cgroupPath.lastIndexOf("/", end - 1) + 1;
    const id = idIn(cgroupPath.slice(start, end));
    if (id !== undefined) return id;
    end = start - 1;
  }
  return undefined;
}

/** What may be the id of a container that runc was given by hand, such as `c1`: proof is needed that it is one. */
export function plainContainerIdOf(cgroupPath: string): string | undefined {
  const last = baseName(cgroupPath);
  const name =
    last.startsWith("runc-") && last.endsWith(".scope") ? last.slice("runc-".length, -".scope".length) : last;
  return isPlainId(name) ? name : undefined;
}

/** True for names like those of groups that a host makes for itself: 32 hexadecimal digits. */
export function looksLikeHostGroup(id: string): boolean {
  return id.length === 32 && isHex(id);
}

function idIn(component: string): string | undefined {
  if (component.length < idLength) return undefined;
  const name = component.endsWith(".scope") ? component.slice(0, -".scope".length) : component;
  const id = name.slice(-idLength);
  if (name.length < idLength || !isHex(id)) return undefined;
  const before = name.slice(0, -idLength);
  // Where systemd's naming was asked for and cgroupfs does it, containerd's names hold colons: `pod.slice:cri-containerd:<id>`.
  return before === "" || prefixes.includes(before) || before.endsWith(":") ? id : undefined;
}

const idLengthMax = 128;
const systemdUnits = [".service", ".slice", ".scope", ".mount", ".socket", ".swap"];

function isPlainId(name: string): boolean {
  if (name === "" || name.length > idLengthMax || name.startsWith(".")) return false;
  if (systemdUnits.some((suffix) => name.endsWith(suffix))) return false;
  // As runc allows them: nothing in it can lead a path elsewhere.
  return /^[A-Za-z0-9_+.-]+$/.test(name);
}

function isHex(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}
