import type { JsonObject } from "@tallyman/ecs";
import {
  type Agent,
  type Host,
  type KernelEvent,
  type ProcessFacts,
  type RunningProcess,
  SessionModel,
} from "@tallyman/session-model";

const host: Host = {
  id: "0".repeat(32),
  hostname: "rehearsal",
  os: { name: "Linux", family: "linux", kernel: "0", full: "Linux", platform: "linux", version: "0" },
  bootId: "rehearsal",
  pidNamespace: 1,
};
const agent: Agent = { id: "rehearsal", version: "0", runId: "rehearsal" };
const ids = { uid: 0, euid: 0, suid: 0, gid: 0, egid: 0, sgid: 0 };
const remote = { address: "192.0.2.1", port: 443 };

const capabilities = { effective: 0n, permitted: 0n };
const standardFiles = [null, null, null];

/** Who starts the others. */
const init: RunningProcess = {
  ...{ pid: 1, ppid: 0, startNs: 0n, atNs: 0n, vpid: 1, pgid: 1, sid: 1, tty: null, comm: "rehearsal" },
  ...{ executable: "/rehearsal/init", args: ["init"], workingDirectory: "/" },
  ...{ credentials: ids, capabilities, standardFiles, namespaces: { pid: 1 }, cgroup: { path: "/" } },
};

/** What made-up processes have: one without a terminal, and one of a container's on a terminal. */
const settings: readonly Partial<ProcessFacts>[] = [
  { tty: null, namespaces: { pid: 1 }, cgroup: { path: "/" } },
  {
    tty: { major: 136, minor: 0 },
    namespaces: { pid: 2 },
    cgroup: { path: `/docker-${"0".repeat(64)}.scope` },
  },
];

/** What Docker keeps of a container, by the names of its files. */
const ofEngine: Readonly<Record<string, string>> = {
  "config.v2.json": '{"Name":"/rehearsal","Config":{"Image":"rehearsal:0"}}',
  "hostconfig.json": '{"Privileged":false}',
};

/**
 * Documents of events that nobody has caused, of every kind that a sensor reports: for whoever is to have everything ready when the first real one comes.
 * The text in them is such as no rule looks for.
 */
export function* rehearsalDocuments(rounds: number): Generator<JsonObject, void> {
  const ports = {
    names: { user: () => "rehearsal", group: () => "rehearsal" },
    runtimeFiles: { read: (path: string) => ofEngine[path.slice(path.lastIndexOf("/") + 1)] },
    bootTimeNs: () => 0n,
  };
  const model = new SessionModel(host, agent, ports);
  model.introduce([init]);
  for (let round = 0; round < rounds; round++)
    for (const event of lifeOf(round + 2, settings[round % settings.length])) yield* model.handle(event);
}

/** All that a process can do, from its fork to its exit. */
function* lifeOf(pid: number, setting: Partial<ProcessFacts> = {}): Generator<KernelEvent, void> {
  const startNs = BigInt(pid) * 1_000_000_000n;
  let atNs = startNs;
  const facts = (): ProcessFacts => {
    atNs += 1000n;
    const own = { pid, ppid: 1, startNs, parentStartNs: 0n, vpid: pid, pgid: pid, sid: pid };
    return { ...own, ...setting, credentials: ids, capabilities, standardFiles, comm: "rehearsal", atNs };
  };
  const network = {
    protocol: "tcp",
    family: "ipv4",
    local: { address: "192.0.2.2", port: 50_000 },
    remote,
  } as const;
  yield { kind: "fork", ...facts(), forkerPid: 1 };
  yield {
    kind: "exec",
    ...facts(),
    filename: "/rehearsal/program",
    resolvedPath: "/rehearsal/program",
    args: ["program", "--argument", `${pid}`],
    environment: [],
    workingDirectory: "/rehearsal",
  };
  yield { kind: "setsid", ...facts() };
  yield { kind: "ids", ...facts(), credentials: { ...ids, uid: 1, euid: 1, gid: 1, egid: 1 } };
  yield { kind: "create", ...facts(), path: "/rehearsal/file" };
  yield { kind: "open", ...facts(), path: "/rehearsal/file" };
  yield { kind: "rename", ...facts(), path: "/rehearsal/other", oldPath: "/rehearsal/file" };
  yield { kind: "delete", ...facts(), path: "/rehearsal/other" };
  yield { kind: "connect", ...facts(), ...network };
  yield { kind: "accept", ...facts(), ...network };
  yield { kind: "disconnect", ...facts(), ...network, direction: "egress" };
  yield { kind: "exit", ...facts(), exitCode: 0 };
}
