import { hostname, machine, networkInterfaces, release, version } from "node:os";
import type { Host } from "@tallyman/session-model";
import { initialPidNamespace } from "../proc/pid-namespace.ts";
import type { HostFiles } from "./host-files.ts";
import { isInHostNamespace } from "./host-root.ts";

/** What the system says of the machine. In a container, addresses and host name are the host's where it shares them. */
export function readHost(files: HostFiles, cluster?: Host["cluster"]): Host {
  const bootId = files.read("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  const addresses = isInHostNamespace("net") ? addressesOf(networkInterfaces()) : undefined;
  return {
    // Machines without an id, such as live systems, are told apart for as long as they run.
    id: machineId(files) ?? bootId.replaceAll("-", ""),
    hostname: hostNameOf(files),
    architecture: machine(),
    ...addresses,
    os: osOf(files),
    bootId,
    pidNamespace: initialPidNamespace,
    ...(cluster !== undefined && { cluster }),
  };
}

function machineId(files: HostFiles): string | undefined {
  for (const path of ["/etc/machine-id", "/var/lib/dbus/machine-id"]) {
    const id = files.read(path)?.trim();
    // "uninitialized" stands there until the first boot is over: machine-id(5).
    if (id !== undefined && /^[0-9a-f]{32}$/.test(id)) return id;
  }
  return undefined;
}

function hostNameOf(files: HostFiles): string {
  if (isInHostNamespace("uts")) return hostname();
  return files.read("/etc/hostname")?.trim() || hostname();
}

/** In the form of Elastic Defend: `name` is Linux, and the distribution stands in the others. */
function osOf(files: HostFiles): Host["os"] {
  const text = files.read("/etc/os-release") ?? files.read("/usr/lib/os-release") ?? "";
  const { ID, NAME, VERSION_ID } = parseOsRelease(text);
  // "Debian GNU/Linux" is the name of Debian's variant, the first word of which Elastic Defend gives.
  const variant = NAME?.split(" ", 1)[0];
  return {
    kernel: `${release()} ${version()}`,
    name: "Linux",
    ...(ID !== undefined && { family: ID, platform: ID }),
    ...(variant !== undefined && { variant, full: [variant, VERSION_ID].filter(Boolean).join(" ") }),
    ...(VERSION_ID !== undefined && { version: VERSION_ID }),
  };
}

/** The assignments of an os-release(5) file, without their quotes. */
export function parseOsRelease(text: string): Readonly<Record<string, string>> {
  const pairs = text.split("\n").flatMap((line): [string, string][] => {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    return match === null ? [] : [[match[1] as string, unquoted(match[2] as string)]];
  });
  return Object.fromEntries(pairs);
}

function unquoted(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value)?.[2];
  return quoted === undefined ? value : quoted.replace(/\\(["'$`\\])/g, "$1");
}

/** Of the interfaces that lead somewhere. ECS writes hardware addresses in capitals, with hyphens. */
function addressesOf(interfaces: ReturnType<typeof networkInterfaces>): Pick<Host, "ip" | "mac"> {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const outer = all.filter(({ internal }) => !internal);
  const mac = outer.map((each) => each.mac.toUpperCase().replaceAll(":", "-"));
  return { ip: unique(outer.map(({ address }) => address)), mac: unique(mac) };
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
