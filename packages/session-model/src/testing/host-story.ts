import type { Agent, Host } from "../host.ts";
import type { ProcessFacts } from "../kernel-event.ts";
import type { Ports } from "../ports.ts";
import type { RunningProcess } from "../running-process.ts";

/** A moment so many seconds after boot, in nanoseconds. */
export function boot(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1000)) * 1_000_000n;
}

export const hostPidNamespace = 4026531836;
export const containerPidNamespace = 4026532500;
export const containerId = "d26db257b7ee0d8890c53ebbe78fe2e5afcc2c839b346ad8bfe0b318ae8be921";

export const testHost: Host = {
  id: "eb9101f134f84eea8056fc1cc188ee62",
  hostname: "web-01",
  architecture: "x86_64",
  ip: ["10.20.0.11"],
  os: {
    family: "debian",
    full: "Debian 12.15",
    kernel: "6.18.44",
    name: "Linux",
    platform: "debian",
    version: "12.15",
    variant: "Debian",
  },
  bootId: "7c0c6f2e-9a35-4ecf-94cd-3d6f4c3f7a10",
  pidNamespace: hostPidNamespace,
};

export const testAgent: Agent = {
  id: "613dd84a-5630-4ee2-9bde-0f357459fbad",
  version: "0.1.0",
  runId: "run1",
};

const users: Record<number, string> = { 0: "root", 1: "daemon", 1000: "anna", 1001: "tom" };

/** Boot time is 2026-11-24T04:00:00Z. */
const bootTimeNs = BigInt(Date.UTC(2026, 10, 24, 4)) * 1_000_000n;

export function testPorts(files: Record<string, string> = {}): Ports {
  return {
    names: { user: (id) => users[id], group: (id) => users[id] },
    runtimeFiles: { read: (path) => (Object.hasOwn(files, path) ? files[path] : undefined) },
    bootTimeNs: () => bootTimeNs,
  };
}

export const root = { uid: 0, euid: 0, suid: 0, gid: 0, egid: 0, sgid: 0 };
export const tom = { uid: 1001, euid: 1001, suid: 1001, gid: 1001, egid: 1001, sgid: 1001 };
const allCapabilities = { effective: 0x1ffffffffffn, permitted: 0x1ffffffffffn };
const fewCapabilities = { effective: 0x20000420n, permitted: 0x20000420n };

type Told = Partial<RunningProcess> & Pick<RunningProcess, "pid" | "ppid" | "startNs">;

/** A process found running two minutes after boot; its own group and session unless told otherwise. */
export function runningProcess(told: Told): RunningProcess {
  return {
    atNs: boot(120),
    pgid: told.pid,
    sid: told.pid,
    tty: null,
    credentials: root,
    capabilities: allCapabilities,
    namespaces: { pid: hostPidNamespace },
    cgroup: { path: "/" },
    workingDirectory: "/",
    ...told,
  };
}

/** A host on which someone has a shell in a container: init, a shim, the container's first process, and an interactive shell. */
export function shellInContainer(): {
  readonly running: readonly RunningProcess[];
  readonly shell: { readonly pid: number; readonly facts: ProcessFacts };
} {
  const facts = {
    atNs: boot(120),
    pid: 310,
    ppid: 300,
    startNs: boot(50.5),
    pgid: 310,
    sid: 310,
    vpid: 7,
    tty: { major: 136, minor: 0 },
    credentials: root,
    capabilities: fewCapabilities,
    namespaces: { pid: containerPidNamespace },
    cgroup: { path: `/system.slice/docker-${containerId}.scope` },
    comm: "bash",
  };
  const inContainer = { namespaces: facts.namespaces, cgroup: facts.cgroup, capabilities: fewCapabilities };
  return {
    running: [
      runningProcess({
        pid: 1,
        ppid: 0,
        startNs: 0n,
        comm: "systemd",
        executable: "/usr/lib/systemd/systemd",
        args: ["/sbin/init"],
      }),
      runningProcess({
        pid: 300,
        ppid: 1,
        startNs: boot(50),
        comm: "containerd-shim",
        executable: "/usr/bin/containerd-shim-runc-v2",
        args: ["/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", containerId],
      }),
      runningProcess({
        ...inContainer,
        pid: 305,
        ppid: 300,
        startNs: boot(50.2),
        vpid: 1,
        comm: "nginx",
        executable: "/usr/sbin/nginx",
        args: ["nginx", "-g", "daemon off;"],
      }),
      { ...facts, executable: "/usr/bin/bash", args: ["bash"], workingDirectory: "/tmp" },
    ],
    shell: { pid: facts.pid, facts },
  };
}
