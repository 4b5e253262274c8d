import { describe, expect, test } from "vitest";
import { type Entry, type EntrySubject, type EntryType, entryOf } from "./entry.ts";

const host = 4026531836;
const inner = 4026532500;
const pts = { major: 136, minor: 0 };
const serial = { major: 4, minor: 64 };
const virtualConsole = { major: 4, minor: 1 };

/** A session leader by the name of `bash`, exec'd by an unremarkable parent that has no entry. */
const base: EntrySubject = {
  pid: 100,
  ppid: 90,
  sid: 100,
  tty: null,
  image: { name: "bash", args: ["bash"] },
  replaced: { name: "bash", args: ["bash"] },
  pidNamespace: host,
  hostPidNamespace: host,
  isInContainerGroup: false,
  isFoundRunning: false,
  parent: { name: "daemon", pidNamespace: host, entry: undefined },
  entry: undefined,
  leadsEntry: false,
  sessionLeaderEntry: undefined,
  groupLeaderEntry: undefined,
};

function subject(changes: Partial<EntrySubject>): EntrySubject {
  return { ...base, ...changes };
}

const parent = (name: string, entry?: Entry, pidNamespace = host) => ({ name, entry, pidNamespace });
const image = (name: string, ...args: string[]) => ({ name, args: args.length > 0 ? args : [name] });
const entry = (type: EntryType): Entry => ({ type, leaderPid: 7, leaderId: "someone" });
const sshd = entry("sshd");
const init = entry("init");
const terminal = entry("terminal");
const container = entry("container");
const member = { sid: 50 } as const;

type Case = readonly [about: string, changes: Partial<EntrySubject>, want: EntryType | Entry | undefined];

describe("Elastic's rules", () => {
  test.for([
    ["pid 1 has none", { pid: 1, sid: 1, ppid: 0 }, undefined],
    ["kthreadd has none", { pid: 2, sid: 0, ppid: 0 }, undefined],
    ["a kernel thread has none", { pid: 40, sid: 0, ppid: 2, sessionLeaderEntry: init }, undefined],

    ["a serial line is a terminal", { tty: serial, image: image("agetty") }, "terminal"],
    ["a serial line's last device is a terminal", { tty: { major: 4, minor: 255 } }, "terminal"],
    ["a serial line goes before init", { tty: serial, ppid: 1 }, "terminal"],
    [
      "login at a virtual console is a console",
      { tty: virtualConsole, ppid: 1, image: image("login") },
      "console",
    ],
    [
      "another program at a virtual console is not",
      { tty: virtualConsole, ppid: 1, image: image("agetty") },
      "init",
    ],
    [
      "a virtual console's last device is one",
      { tty: { major: 4, minor: 63 }, ppid: 1, image: image("login") },
      "console",
    ],
    ["login at a pseudo-terminal is not", { tty: pts, ppid: 1, image: image("login") }, "init"],

    ["a session leader below pid 1 is init", { ppid: 1 }, "init"],
    ["also when its parent is named like a runtime", { ppid: 1, parent: parent("runc") }, "init"],
    ["also when it has a pseudo-terminal", { ppid: 1, tty: pts }, "init"],

    ["a pts below ssm-session-worker is ssm", { tty: pts, parent: parent("ssm-session-worker") }, "ssm"],
    ["without a terminal it is not", { parent: parent("ssm-session-worker", init) }, init],
    [
      "with a virtual console it is not",
      { tty: virtualConsole, parent: parent("ssm-session-worker", init) },
      init,
    ],

    ["a shell below sshd is sshd", { tty: pts, parent: parent("sshd", init) }, "sshd"],
    ["a command without terminal below sshd is sshd", { parent: parent("sshd", init) }, "sshd"],
    ["sshd's children by its own name inherit", { image: image("sshd"), parent: parent("sshd", init) }, init],
    ["a program that only begins like sshd is none", { parent: parent("sshd-keygen", init) }, init],

    ["below containerd-shim is container", { parent: parent("containerd-shim-runc-v2") }, "container"],
    ["below runc is container", { parent: parent("runc") }, "container"],
    ["below conmon is container", { parent: parent("conmon") }, "container"],
    [
      "pause below a shim is container",
      { image: image("pause"), parent: parent("containerd-shim") },
      "container",
    ],
    ["runc below a shim inherits", { image: image("runc"), parent: parent("containerd-shim", init) }, init],
    ["a shim below runc inherits", { image: image("containerd-shim"), parent: parent("runc", init) }, init],
    ["calico-node inherits", { image: image("calico-node"), parent: parent("runc", init) }, init],
    ["check-status inherits", { image: image("check-status"), parent: parent("runc", init) }, init],
    ["conmon inherits", { image: image("conmon"), parent: parent("runc", init) }, init],
    [
      "a filtered name need only begin so",
      { image: image("containerd-shim-runc-v2"), parent: parent("runc", init) },
      init,
    ],
    ["runc below sshd inherits", { image: image("runc"), parent: parent("sshd", init) }, init],
    [
      "conmon below ssm inherits",
      { tty: pts, image: image("conmon"), parent: parent("ssm-session-worker", init) },
      init,
    ],
    [
      "the last pseudo-terminal below ssm is ssm",
      { tty: { major: 143, minor: 255 }, parent: parent("ssm-session-worker") },
      "ssm",
    ],
    ["the name must begin so, not hold it", { parent: parent("my-runc", init) }, init],

    ["a member inherits from its parent", { ...member, parent: parent("bash", sshd) }, sshd],
    [
      "the parent goes before the leaders",
      { ...member, parent: parent("bash", sshd), sessionLeaderEntry: init, groupLeaderEntry: init },
      sshd,
    ],
    [
      "without the parent's, from its session leader",
      { ...member, sessionLeaderEntry: terminal, groupLeaderEntry: init },
      terminal,
    ],
    [
      "without a known parent, from its session leader",
      { ...member, parent: undefined, sessionLeaderEntry: terminal },
      terminal,
    ],
    ["without that, from its group leader", { ...member, parent: undefined, groupLeaderEntry: sshd }, sshd],
    ["a member below a runtime is no entry", { ...member, parent: parent("runc", init) }, init],
    ["a member below pid 1 is no entry", { ...member, ppid: 1, sessionLeaderEntry: sshd }, sshd],
    ["a session leader inherits where it begins nothing", { parent: parent("bash", sshd) }, sshd],
    ["a session leader that finds nothing is unknown", { parent: undefined }, "unknown"],
    ["a member that finds nothing has none", { ...member, parent: undefined }, undefined],
  ] as readonly Case[])("%s", ([, changes, want]) => {
    expect(entryOf(subject(changes))).toBe(want);
  });
});

describe("what they miss", () => {
  const runcInit = image("runc", "runc", "init");
  const inContainer = { pidNamespace: inner } as const;
  test.for([
    // By the time of the exec, `runc run -d` and `runc start` have left.
    [
      "the successor of `runc init` is container below pid 1",
      { ppid: 1, replaced: runcInit, ...inContainer },
      "container",
    ],
    ["… also under a path", { ppid: 1, replaced: image("exe", "/usr/sbin/runc", "init") }, "container"],
    ["… also in the host's pid namespace", { ppid: 1, replaced: runcInit }, "container"],
    ["… also when its parent is not known", { parent: undefined, replaced: runcInit }, "container"],
    ["… also with a terminal", { ppid: 1, tty: pts, replaced: runcInit }, "container"],
    [
      "`runc run` in the foreground",
      { parent: parent("runc"), replaced: runcInit, ...inContainer },
      "container",
    ],
    ["`runc exec -t`", { tty: pts, parent: parent("runc"), replaced: runcInit, ...inContainer }, "container"],
    ["podman", { parent: parent("conmon"), replaced: runcInit, ...inContainer }, "container"],
    [
      "`runc init` itself is not, when it execs its sealed copy",
      { ppid: 1, image: runcInit, replaced: runcInit },
      "init",
    ],
    ["`runc` without init is not", { ppid: 1, replaced: image("runc", "runc", "list") }, "init"],
    ["a member of a session is not", { ...member, replaced: runcInit, parent: parent("bash", sshd) }, sshd],
    ["another program's init is not", { ppid: 1, replaced: image("terraform", "terraform", "init") }, "init"],

    [
      "the container's first process stays it over an exec",
      { ppid: 1, entry: container, leadsEntry: true },
      container,
    ],
    ["… also below a runtime", { parent: parent("runc"), entry: container, leadsEntry: true }, container],
    ["an entry of another type does not", { ppid: 1, entry: sshd, leadsEntry: true }, "init"],

    ["below crun is container", { parent: parent("crun", init), ...inContainer }, "container"],
    ["below youki is container", { parent: parent("youki", init), ...inContainer }, "container"],
    ["crun itself inherits", { image: image("crun"), parent: parent("conmon", init) }, init],
    ["youki itself inherits", { image: image("youki"), parent: parent("conmon", init) }, init],
    ["crunch is no runtime", { parent: parent("crunch", init), ...inContainer }, init],
    [
      "the successor of crun in another pid namespace",
      { ppid: 1, replaced: image("crun"), ...inContainer },
      "container",
    ],
    [
      "… and in a container's control group",
      { ppid: 1, replaced: image("crun"), isInContainerGroup: true },
      "container",
    ],
    ["… but not on the host: a hook", { ppid: 1, replaced: image("crun") }, "init"],
    [
      "the successor of youki in another pid namespace",
      { ppid: 1, replaced: image("youki"), ...inContainer },
      "container",
    ],

    [
      "sshd-session below sshd inherits",
      { image: image("sshd-session"), parent: parent("sshd", init) },
      init,
    ],
    [
      "sshd-auth below sshd-session inherits",
      { image: image("sshd-auth"), parent: parent("sshd-session", init) },
      init,
    ],
    ["a shell below sshd-session is sshd", { tty: pts, parent: parent("sshd-session", init) }, "sshd"],
    ["a shell below sshd-auth is sshd", { tty: pts, parent: parent("sshd-auth", init) }, "sshd"],

    [
      "bubblewrap inherits",
      { parent: parent("bwrap", sshd), replaced: image("bwrap"), ...inContainer },
      sshd,
    ],
    [
      "`unshare -p` inherits",
      { parent: parent("unshare", sshd), replaced: image("unshare"), ...inContainer },
      sshd,
    ],
    [
      "a browser's sandbox inherits",
      { ...member, parent: parent("chrome", terminal), ...inContainer },
      terminal,
    ],
    ["a sandbox below pid 1 is init", { ppid: 1, ...inContainer }, "init"],
  ] as readonly Case[])("%s", ([, changes, want]) => {
    expect(entryOf(subject(changes))).toBe(want);
  });
});

describe("within a container, where whoever is inside chooses names, parents and terminals", () => {
  const within = { entry: container, pidNamespace: inner } as const;
  const below = (name: string) => parent(name, container, inner);
  test.for([
    ["a program called sshd opens no way in", { ...within, parent: below("sshd") }, container],
    [
      "nor does one called ssm-session-worker",
      { ...within, tty: pts, parent: below("ssm-session-worker") },
      container,
    ],
    ["nor a serial line", { ...within, tty: serial, parent: below("sh") }, container],
    [
      "nor login at a virtual console",
      { ...within, tty: virtualConsole, image: image("login"), parent: below("sh") },
      container,
    ],
    [
      "nor an orphan that pid 1 has taken over, as with --pid=host",
      { ...within, ppid: 1, parent: undefined },
      container,
    ],
    [
      "nor one that a shim has taken over",
      { ...within, ...member, parent: parent("containerd-shim", init) },
      container,
    ],
    ["nor where the session is unknown", { ...within, sid: undefined, parent: below("sshd") }, container],
    [
      "nor where only the parent is known to be inside",
      { ...within, entry: undefined, parent: below("sshd") },
      container,
    ],
    [
      "nor where it was found running",
      { ...within, entry: undefined, isFoundRunning: true, replaced: undefined, parent: below("sshd") },
      container,
    ],
    [
      "a container in it is one of its own",
      { ...within, parent: below("containerd-shim-runc-v2") },
      "container",
    ],
    [
      "… detached as well",
      { ...within, ppid: 1, parent: undefined, replaced: image("runc", "runc", "init") },
      "container",
    ],
    [
      "who came in from outside keeps his entry",
      { ...within, entry: sshd, parent: parent("nsenter", sshd) },
      sshd,
    ],
  ] as readonly Case[])("%s", ([, changes, want]) => {
    expect(entryOf(subject(changes))).toBe(want);
  });
});

describe("of a process found running", () => {
  const found = { isFoundRunning: true, replaced: undefined } as const;
  const inContainer = { ...found, pidNamespace: inner } as const;
  test.for([
    [
      "another pid namespace and a container's group",
      { ...inContainer, ppid: 1, isInContainerGroup: true },
      "container",
    ],
    [
      "another pid namespace and a runtime for a parent",
      { ...inContainer, parent: parent("containerd-shim") },
      "container",
    ],
    ["the same below crun", { ...inContainer, parent: parent("crun") }, "container"],
    [
      "a container's group in the host's pid namespace is not enough",
      { ...found, ppid: 1, isInContainerGroup: true },
      "init",
    ],
    ["another pid namespace is not enough", { ...inContainer, parent: parent("bwrap", sshd) }, sshd],
    [
      "a session within a container is of its parent's namespace",
      { ...inContainer, isInContainerGroup: true, parent: parent("bash", sshd, inner) },
      sshd,
    ],
    [
      "without a known parent the host's namespace counts",
      { ...inContainer, isInContainerGroup: true, parent: undefined },
      "container",
    ],
    [
      "a member is not",
      { ...inContainer, ...member, isInContainerGroup: true, parent: parent("x", init) },
      init,
    ],
    [
      "unknown namespaces prove nothing",
      { ...found, pidNamespace: undefined, ppid: 1, isInContainerGroup: true },
      "init",
    ],
    ["Elastic's rules hold as well", { ...found, parent: parent("conmon") }, "container"],
    ["sshd's do too", { ...found, tty: pts, parent: parent("sshd") }, "sshd"],
  ] as readonly Case[])("%s", ([, changes, want]) => {
    expect(entryOf(subject(changes))).toBe(want);
  });
});

describe("of a process whose session is unknown", () => {
  const foreign = {
    sid: undefined,
    replaced: undefined,
    pidNamespace: undefined,
    hostPidNamespace: undefined,
  } as const;
  test.for([
    ["a runtime for a parent decides", { ...foreign, parent: parent("containerd-shim", init) }, "container"],
    ["sshd for a parent decides", { ...foreign, parent: parent("sshd", init) }, "sshd"],
    ["others inherit", { ...foreign, parent: parent("bash", sshd) }, sshd],
    ["below pid 1 with nothing to inherit it is init", { ...foreign, ppid: 1, parent: undefined }, "init"],
    [
      "below pid 1 it still has what its group has",
      { ...foreign, ppid: 1, parent: undefined, groupLeaderEntry: sshd },
      sshd,
    ],
    ["a terminal alone says nothing", { ...foreign, tty: serial, parent: undefined }, undefined],
    ["nothing known, nothing said", { ...foreign, ppid: undefined, parent: undefined }, undefined],
  ] as readonly Case[])("%s", ([, changes, want]) => {
    expect(entryOf(subject(changes))).toBe(want);
  });
});
