import type { JsonObject } from "@tallyman/ecs";
import { expect, test } from "vitest";
import type { KernelEvent, ProcessFacts } from "./kernel-event.ts";
import { SessionModel } from "./session-model.ts";
import {
  boot,
  containerId,
  containerPidNamespace,
  root,
  runningProcess,
  testAgent,
  testHost,
  testPorts,
  tom,
} from "./testing/host-story.ts";

const pts = { major: 136, minor: 0 };
const inside = {
  namespaces: { pid: containerPidNamespace },
  cgroup: { path: `/system.slice/docker-${containerId}.scope` },
};

type Facts = Partial<ProcessFacts> & { readonly forkerPid?: number };

/** A host with the daemons that people and containers come through, and what happens on it, a hundredth of a second apart. */
class Story {
  readonly #model = new SessionModel(testHost, testAgent, testPorts());
  #ticks = 0n;
  last: JsonObject | undefined;

  constructor() {
    const daemon = (pid: number, executable: string, ppid = 1) =>
      runningProcess({
        pid,
        ppid,
        startNs: boot(1),
        comm: executable.slice(executable.lastIndexOf("/") + 1).slice(0, 15),
        executable,
      });
    this.#model.snapshot([
      daemon(1, "/usr/lib/systemd/systemd", 0),
      daemon(20, "/usr/sbin/sshd"),
      daemon(21, "/usr/sbin/cron"),
      daemon(22, "/usr/bin/containerd-shim-runc-v2"),
      daemon(23, "/usr/bin/conmon"),
      daemon(24, "/usr/lib/systemd/systemd-user"),
    ]);
  }

  fork(pid: number, ppid: number, facts: Facts = {}): this {
    return this.#tell({ kind: "fork", pid, ppid, ...facts, atNs: this.#now(), startNs: this.#now() });
  }

  exec(pid: number, program: string, facts: Facts & { args?: readonly string[] } = {}): this {
    const args = facts.args ?? program.split(" ");
    return this.#tell({
      kind: "exec",
      pid,
      filename: args === facts.args ? program : (args[0] ?? ""),
      ...facts,
      args,
      atNs: this.#now(),
    });
  }

  setsid(pid: number): this {
    return this.#tell({ kind: "setsid", pid, atNs: this.#now() });
  }

  exit(pid: number): this {
    return this.#tell({ kind: "exit", pid, atNs: this.#now() });
  }

  /** runc, which a daemon starts to put a process into a container: 30 is runc, 31 and 32 are `runc init`, of which 32 becomes the container's process. */
  runc(daemon: number, command: string, facts: Facts = {}): this {
    return this.fork(30, daemon)
      .exec(30, "/usr/bin/runc", { args: ["runc", ...command.split(" ")] })
      .fork(31, 30)
      .exec(31, "/proc/self/exe", { args: ["runc", "init"], comm: "exe" })
      .fork(32, 30, { forkerPid: 31, ...inside, ...facts })
      .setsid(32)
      .exit(31);
  }

  #now(): bigint {
    return boot(200) + this.#ticks * 10_000_000n;
  }

  #tell(event: KernelEvent): this {
    this.#ticks += 1n;
    [this.last] = this.#model.handle(event);
    return this;
  }
}

/** Through which entry the last process came, and who leads it. */
function entryIn(story: Story): readonly unknown[] {
  const process = story.last?.["process"] as JsonObject;
  const leader = process["entry_leader"] as JsonObject | undefined;
  const meta = leader?.["entry_meta"] as JsonObject | undefined;
  const { container } = story.last as { container?: { id: string } };
  return [meta?.["type"], leader?.["pid"], container !== undefined, process["interactive"] ?? false];
}

const shellOverSsh = (story: Story) =>
  story
    .fork(40, 20, { sid: 40, pgid: 40, tty: null })
    .exec(40, "/usr/sbin/sshd -R")
    .fork(41, 40)
    .fork(42, 41, { credentials: tom })
    .setsid(42)
    .exec(42, "/bin/bash", { tty: pts });
const shellInContainer = (story: Story) =>
  story
    .runc(22, "exec -t")
    .exec(32, "/bin/sh", { tty: pts, ...inside })
    .exit(30);

type Case = readonly [
  about: string,
  tell: (story: Story) => Story,
  want: readonly [
    type: string | undefined,
    leader: number | undefined,
    isInContainer: boolean,
    isInteractive: boolean,
  ],
];

test.for([
  [
    "docker exec -t",
    (story) => story.runc(22, "exec -t").exec(32, "/bin/sh", { tty: pts, ...inside }),
    ["container", 32, true, true],
  ],
  [
    "docker exec -i",
    (story) => story.runc(22, "exec").exec(32, "/bin/sh", inside),
    ["container", 32, true, false],
  ],
  [
    "docker exec, runc having left it to the shim",
    (story) =>
      story
        .runc(22, "exec")
        .exit(30)
        .exec(32, "/bin/sh", { ppid: 22, ...inside }),
    ["container", 32, true, false],
  ],
  [
    "kubectl exec",
    (story) =>
      story.runc(22, "exec").exec(32, "/bin/sh", {
        ...inside,
        cgroup: { path: `/kubepods.slice/kubepods-pod1.slice/cri-containerd-${containerId}.scope` },
      }),
    ["container", 32, true, false],
  ],
  [
    "runc create, start",
    (story) =>
      story
        .runc(1, "create c1")
        .exit(30)
        .exec(32, "/entrypoint.sh", { ppid: 1, ...inside }),
    ["container", 32, true, false],
  ],
  [
    "podman with runc",
    (story) =>
      story
        .runc(23, "create")
        .exit(30)
        .exec(32, "/bin/sh", { ppid: 23, ...inside }),
    ["container", 32, true, false],
  ],
  [
    "podman with crun",
    (story) =>
      story
        .fork(30, 23)
        .exec(30, "/usr/bin/crun", { args: ["crun", "create"] })
        .fork(31, 30, inside)
        .setsid(31)
        .exit(30)
        .exec(31, "/bin/sh", { ppid: 23, ...inside }),
    ["container", 31, true, false],
  ],
  [
    "a command in a container's shell",
    (story) => shellInContainer(story).fork(50, 32).exec(50, "/bin/ls"),
    ["container", 32, true, true],
  ],
  [
    "setsid in a container",
    (story) => shellInContainer(story).fork(50, 32).setsid(50).exec(50, "/bin/sh"),
    ["container", 32, true, false],
  ],
  [
    "a daemon in a container, forked twice",
    (story) =>
      shellInContainer(story).fork(50, 32).setsid(50).fork(51, 50).exit(50).exec(51, "/daemon", { ppid: 22 }),
    ["container", 32, true, false],
  ],
  [
    "a shell in a container that calls itself sshd",
    (story) =>
      shellInContainer(story).fork(50, 32).exec(50, "/tmp/sshd").fork(51, 50).setsid(51).exec(51, "/bin/sh"),
    ["container", 32, true, false],
  ],
  [
    "su in a container",
    (story) =>
      shellInContainer(story)
        .fork(50, 32)
        .exec(50, "/bin/su", { credentials: root })
        .fork(51, 50)
        .exec(51, "/bin/sh", { credentials: tom }),
    ["container", 32, true, true],
  ],
  [
    "nsenter from a container to the host",
    (story) =>
      shellInContainer(story)
        .fork(50, 32)
        .exec(50, "/usr/bin/nsenter -t 1 -a")
        .fork(51, 50, { namespaces: { pid: 4026531836 } })
        .exec(51, "/bin/bash"),
    ["container", 32, true, true],
  ],

  ["ssh", shellOverSsh, ["sshd", 42, false, true]],
  [
    "ssh with a command",
    (story) =>
      story
        .fork(40, 20, { sid: 40, tty: null })
        .exec(40, "/usr/sbin/sshd -R")
        .fork(42, 40)
        .setsid(42)
        .exec(42, "/bin/bash -c id"),
    ["sshd", 42, false, false],
  ],
  [
    "ssh of 9.8 and later",
    (story) =>
      story
        .fork(40, 20, { sid: 40, tty: null })
        .exec(40, "/usr/lib/openssh/sshd-session")
        .fork(42, 40)
        .setsid(42)
        .exec(42, "/bin/bash", { tty: pts }),
    ["sshd", 42, false, true],
  ],
  [
    "sudo, with a session of its own",
    (story) =>
      shellOverSsh(story)
        .fork(50, 42)
        .exec(50, "/usr/bin/sudo -i")
        .fork(51, 50)
        .setsid(51)
        .exec(51, "/bin/bash", { tty: { major: 136, minor: 1 } }),
    ["sshd", 42, false, true],
  ],
  [
    "su",
    (story) => shellOverSsh(story).fork(50, 42).exec(50, "/bin/su -").fork(51, 50).exec(51, "/bin/bash"),
    ["sshd", 42, false, true],
  ],
  [
    "a daemon out of ssh, forked twice",
    (story) =>
      shellOverSsh(story).fork(50, 42).setsid(50).fork(51, 50).exit(50).exec(51, "/daemon", { ppid: 1 }),
    ["sshd", 42, false, false],
  ],
  [
    "… that leads a session below pid 1",
    (story) => shellOverSsh(story).fork(50, 42).setsid(50).exit(42).exec(50, "/daemon", { ppid: 1 }),
    ["init", 50, false, false],
  ],
  [
    "… that a user's systemd has taken over",
    (story) => shellOverSsh(story).fork(50, 42).fork(51, 50).exit(50).exec(51, "/daemon", { ppid: 24 }),
    ["init", 24, false, true],
  ],
  [
    "nsenter into a container",
    (story) =>
      shellOverSsh(story)
        .fork(50, 42)
        .exec(50, "/usr/bin/nsenter -t 99 -a")
        .fork(51, 50, { namespaces: { pid: containerPidNamespace } })
        .exec(51, "/bin/sh"),
    ["sshd", 42, false, true],
  ],
  [
    "unshare --pid --fork",
    (story) =>
      shellOverSsh(story)
        .fork(50, 42)
        .exec(50, "/usr/bin/unshare -pf")
        .fork(51, 50, { namespaces: { pid: 7 } })
        .setsid(51)
        .exec(51, "/bin/sh"),
    ["sshd", 42, false, false],
  ],
  [
    "docker run, typed on the host",
    (story) => shellOverSsh(story).fork(50, 42).exec(50, "/usr/bin/docker run -it alpine"),
    ["sshd", 42, false, true],
  ],

  ["cron", (story) => story.fork(40, 21).setsid(40).exec(40, "/bin/sh -c job"), ["init", 21, false, false]],
  [
    "a service",
    (story) => story.fork(40, 1).setsid(40).exec(40, "/usr/sbin/nginx"),
    ["init", 40, false, false],
  ],
  [
    "getty",
    (story) =>
      story
        .fork(40, 1)
        .setsid(40)
        .exec(40, "/sbin/agetty", { tty: { major: 4, minor: 1 } }),
    ["init", 40, false, true],
  ],
  [
    "login",
    (story) =>
      story
        .fork(40, 1)
        .setsid(40)
        .exec(40, "/bin/login", { tty: { major: 4, minor: 1 } }),
    ["console", 40, false, true],
  ],
  [
    "a shell at a virtual console",
    (story) =>
      story
        .fork(40, 1)
        .setsid(40)
        .exec(40, "/bin/login", { tty: { major: 4, minor: 1 } })
        .fork(41, 40)
        .setsid(41)
        .exec(41, "/bin/bash", { tty: { major: 4, minor: 1 } }),
    ["console", 40, false, true],
  ],
  [
    "a shell at a serial line",
    (story) =>
      story
        .fork(40, 1)
        .setsid(40)
        .exec(40, "/bin/login", { tty: { major: 4, minor: 64 } })
        .fork(41, 40)
        .setsid(41)
        .exec(41, "/bin/bash", { tty: { major: 4, minor: 64 } }),
    ["terminal", 41, false, true],
  ],
] as readonly Case[])("%s", ([, tell, want]) => {
  expect(entryIn(tell(new Story()))).toEqual(want);
});
