import { ecsCatalogue, type JsonObject, readFirst } from "@tallyman/ecs";
import { describe, expect, test } from "vitest";
import type { ExecEvent, ForkEvent, KernelEvent } from "./kernel-event.ts";
import { SessionModel } from "./session-model.ts";
import {
  boot,
  containerId,
  containerPidNamespace,
  hostPidNamespace,
  root,
  runningProcess,
  shellInContainer,
  testAgent,
  testHost,
  testPorts,
  tom,
} from "./testing/host-story.ts";

const pts = { major: 136, minor: 0 };
const initProcess = runningProcess({
  pid: 1,
  ppid: 0,
  startNs: 0n,
  comm: "systemd",
  executable: "/sbin/init",
});

function modelOf(running = shellInContainer().running, ports = testPorts(), limits = {}) {
  const model = new SessionModel(testHost, testAgent, ports, limits);
  const snapshot = model.snapshot(running).map(plain);
  const handle = (...events: KernelEvent[]) => events.flatMap((event) => model.handle(event)).map(plain);
  return { model, snapshot, handle };
}

/** As it looks in JSON: without what is undefined. */
function plain(document: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}

const at = (document: JsonObject | undefined, path: string) =>
  path.split(".").reduce<unknown>((value, key) => (value as JsonObject | undefined)?.[key], document);

function fork(pid: number, parent: number, seconds: number, changes: Partial<ForkEvent> = {}): ForkEvent {
  const atNs = boot(seconds);
  return { kind: "fork", pid, ppid: parent, startNs: atNs, atNs, ...changes };
}

function exec(pid: number, filename: string, seconds: number, changes: Partial<ExecEvent> = {}): ExecEvent {
  return {
    kind: "exec",
    pid,
    filename,
    args: [filename.slice(filename.lastIndexOf("/") + 1)],
    atNs: boot(seconds),
    ...changes,
  };
}

describe("documents", () => {
  const { shell } = shellInContainer();
  const { snapshot, handle } = modelOf();
  const atNs = boot(130);
  const [forked] = handle({
    ...shell.facts,
    kind: "fork",
    pid: 400,
    ppid: 310,
    pgid: 400,
    vpid: 10,
    startNs: atNs,
    atNs,
  });
  const [execed] = handle({
    ...shell.facts,
    kind: "exec",
    pid: 400,
    ppid: 310,
    pgid: 400,
    vpid: 10,
    startNs: atNs,
    atNs: atNs + 2_345_678n,
    filename: "/bin/grep",
    resolvedPath: "/bin/busybox",
    args: ["grep", "-r", "aws_secret_access_key", "/home"],
    environment: ["LD_PRELOAD=/tmp/x.so"],
    workingDirectory: "/tmp",
    standardFiles: [pts, null, pts],
  });
  const [ended] = handle({ kind: "exit", pid: 400, startNs: atNs, atNs: atNs + 9_000_000n, exitCode: 2 });
  const id = (document: unknown, path = "process.entity_id") => at(document as JsonObject, path);
  const shellId = id(snapshot.find((document) => at(document, "process.pid") === 310));
  const nginxId = id(snapshot.find((document) => at(document, "process.pid") === 305));

  test("an exec in a container's shell is whole", () => {
    const rootUser = { id: "0", name: "root" };
    const identity = {
      user: rootUser,
      group: rootUser,
      real_user: rootUser,
      real_group: rootUser,
      saved_user: rootUser,
      saved_group: rootUser,
    };
    const tty = { char_device: { major: 136, minor: 0 } };
    const shim = {
      pid: 300,
      start: "2026-11-24T04:00:50.00Z",
      entity_id: at(snapshot[1], "process.entity_id"),
    };
    const bash = {
      ...identity,
      pid: 310,
      vpid: 7,
      entity_id: shellId,
      name: "bash",
      executable: "/usr/bin/bash",
      args: ["bash"],
      args_count: 1,
      command_line: "bash",
      working_directory: "/tmp",
      interactive: true,
      tty,
      start: "2026-11-24T04:00:50.50Z",
    };
    const grep = {
      ...identity,
      pid: 400,
      vpid: 10,
      entity_id: id(forked),
      name: "grep",
      executable: "/bin/grep",
      args: ["grep", "-r", "aws_secret_access_key", "/home"],
      args_count: 4,
      command_line: "grep -r aws_secret_access_key /home",
      working_directory: "/tmp",
      interactive: true,
      tty,
      start: "2026-11-24T04:02:10.00Z",
    };
    expect(execed).toEqual({
      "@timestamp": "2026-11-24T04:02:10.002345678Z",
      agent: { type: "endpoint", id: testAgent.id, version: "0.1.0", build: { original: "tallyman" } },
      container: { id: containerId },
      data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
      ecs: { version: "8.10.0" },
      event: {
        action: "exec",
        category: ["process"],
        type: ["start"],
        kind: "event",
        module: "endpoint",
        dataset: "endpoint.events.process",
        created: "2026-11-24T04:02:10.002345678Z",
        id: "run1-5",
        sequence: 5,
      },
      group: { ...rootUser, Ext: { real: rootUser } },
      host: {
        id: testHost.id,
        hostname: "web-01",
        name: "web-01",
        architecture: "x86_64",
        ip: ["10.20.0.11"],
        os: {
          type: "linux",
          family: "debian",
          full: "Debian 12.15",
          kernel: "6.18.44",
          name: "Linux",
          platform: "debian",
          version: "12.15",
          Ext: { variant: "Debian" },
        },
      },
      message: "Endpoint process event",
      process: {
        ...grep,
        parent: bash,
        group_leader: { ...grep, same_as_process: true },
        session_leader: { ...bash, same_as_process: false },
        entry_leader: { ...bash, same_as_process: false, entry_meta: { type: "container" }, parent: shim },
        previous: [{ executable: "/usr/bin/bash", args: ["bash"], args_count: 1 }],
        env_vars: ["LD_PRELOAD=/tmp/x.so"],
        thread: {
          capabilities: {
            effective: ["CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE"],
            permitted: ["CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE"],
          },
        },
        Ext: {
          ancestry: [shellId, shim.entity_id, at(snapshot[0], "process.entity_id")],
          interactive_fds: true,
          resolved_executable: "/bin/busybox",
        },
      },
      user: { ...rootUser, Ext: { real: rootUser } },
    });
  });

  test("a fork shows the forker's image, an end the last one, under one entity id", () => {
    expect(at(forked, "event.action")).toBe("fork");
    expect(at(forked, "process.executable")).toBe("/usr/bin/bash");
    expect(at(forked, "process.previous")).toBeUndefined();
    expect(at(ended, "event.type")).toEqual(["end"]);
    expect(at(ended, "process.executable")).toBe("/bin/grep");
    expect(at(ended, "process.exit_code")).toBe(2);
    expect(at(ended, "process.end")).toBe("2026-11-24T04:02:10.009000000Z");
    expect(at(execed, "process.end")).toBeUndefined();
    expect(new Set([forked, execed, ended].map((document) => id(document))).size).toBe(1);
  });

  test("a fork of which the source tells no more than the pids has the rest from its forker", () => {
    const told = modelOf();
    const [before] = told.handle(exec(310, "/bin/sh", 130, { standardFiles: [pts, pts, pts] }));
    const [after] = told.handle(fork(500, 310, 131));
    const shared = [
      "args",
      "command_line",
      "executable",
      "working_directory",
      "interactive",
      "tty",
      "user",
      "real_group",
      "thread",
      "Ext.interactive_fds",
      "session_leader.entity_id",
      "group_leader.entity_id",
      "entry_leader.entity_id",
    ];
    for (const path of shared) {
      expect(at(after, `process.${path}`)).toBeDefined();
      expect([path, at(after, `process.${path}`)]).toEqual([path, at(before, `process.${path}`)]);
    }
    // Its namespaces as well: by them crun's detached containers are known.
    told.handle(
      fork(600, 1, 132, { namespaces: { pid: containerPidNamespace } }),
      exec(600, "/usr/bin/crun", 133),
    );
    told.handle(fork(601, 600, 134), { kind: "setsid", pid: 601, atNs: boot(135) });
    const [first] = told.handle(exec(601, "/bin/sh", 136, { ppid: 1 }));
    expect(at(first, "process.entry_leader.entry_meta.type")).toBe("container");
  });

  test("what was running is told first, in the same shape", () => {
    expect(
      snapshot.map((document) => [
        at(document, "process.pid"),
        at(document, "event.action"),
        at(document, "event.type"),
      ]),
    ).toEqual([1, 300, 305, 310].map((pid) => [pid, "already_running", ["info"]]));
    expect(at(snapshot[0], "process.entry_leader")).toBeUndefined();
    expect(at(snapshot[1], "process.entry_leader.entry_meta.type")).toBe("init");
    expect(at(snapshot[2], "process.entry_leader.entry_meta.type")).toBe("container");
    expect(at(snapshot[2], "process.entry_leader.entity_id")).toBe(nginxId);
    expect(at(snapshot[2], "container.id")).toBe(containerId);
    expect(at(snapshot[1], "container.id")).toBeUndefined();
  });

  test("go to the data stream that the operator names", () => {
    const agent = { ...testAgent, dataStreamNamespace: "prod" };
    const [document] = new SessionModel(testHost, agent, testPorts()).handle(fork(500, 1, 130));
    expect(at(document, "data_stream")).toEqual({
      type: "logs",
      dataset: "endpoint.events.process",
      namespace: "prod",
    });
  });

  test("tell the sixteen images before the present one, the newest last", () => {
    const { handle } = modelOf();
    const programs = Array.from({ length: 20 }, (_, i) => `/bin/p${i}`);
    const last = handle(...programs.map((program, i) => exec(310, program, 130 + i))).at(-1);
    const previous = at(last, "process.previous") as { executable: string }[];
    expect(previous.map(({ executable }) => executable)).toEqual(programs.slice(3, 19));
  });

  test("an environment of which nothing is kept is absent", () => {
    const [document] = modelOf().handle(exec(310, "/bin/id", 131, { environment: [] }));
    expect(at(document, "process.env_vars")).toBeUndefined();
  });

  test("sequence numbers go up by one, event ids never repeat", () => {
    const all = [...snapshot, forked, execed, ended];
    expect(all.map((document) => at(document, "event.sequence"))).toEqual(all.map((_, i) => i));
    expect(new Set(all.map((document) => at(document, "event.id"))).size).toBe(all.length);
  });

  test("every field is one that the catalogue knows", () => {
    const names = new Set<string>();
    const walk = (value: unknown, path: string): void => {
      if (Array.isArray(value)) for (const item of value) walk(item, path);
      else if (typeof value === "object" && value !== null) {
        for (const [key, below] of Object.entries(value)) walk(below, path === "" ? key : `${path}.${key}`);
      } else names.add(path);
    };
    const network = { kind: "connect", pid: 310, atNs, protocol: "tcp", family: "ipv4" } as const;
    const [connection] = handle({
      ...network,
      remote: { address: "203.0.113.9", port: 443 },
      local: { address: "10.0.0.2" },
    });
    const [rename] = handle({
      kind: "rename",
      pid: 310,
      atNs,
      path: "/tmp/a.b",
      oldPath: "/tmp/c.d",
      pathTruncated: true,
    });
    const [cut] = handle(exec(310, "/bin/x", 131, { argsTruncated: true, environmentTruncated: true }));
    for (const document of [...snapshot, forked, execed, ended, connection, rename, cut]) walk(document, "");
    expect([...names].filter((name) => ecsCatalogue().find(name) === undefined)).toEqual([]);
  });
});

describe("network and file events", () => {
  const { handle } = modelOf();
  test("carry the process with all its leaders, and their own fields", () => {
    const network = { pid: 310, protocol: "tcp", family: "ipv4" } as const;
    const documents = handle(
      { ...network, kind: "connect", atNs: boot(130), remote: { address: "203.0.113.9", port: 443 } },
      { ...network, kind: "accept", atNs: boot(131), local: { address: "10.0.0.2", port: 22 } },
      { ...network, kind: "disconnect", direction: "egress", atNs: boot(132) },
      { kind: "create", pid: 310, atNs: boot(133), path: "/etc/cron.d/job" },
      { kind: "rename", pid: 310, atNs: boot(134), path: "/tmp/b", oldPath: "/tmp/a" },
      { kind: "delete", pid: 310, atNs: boot(135), path: "/tmp/b" },
      { kind: "open", pid: 310, atNs: boot(136), path: "/etc/passwd" },
    );
    const rows = documents.map((document) => [
      at(document, "event.action"),
      at(document, "event.category"),
      at(document, "event.type"),
      at(document, "data_stream.dataset"),
      at(document, "event.dataset"),
    ]);
    expect(rows).toEqual([
      ["connection_attempted", ["network"], ["start"], "endpoint.events.network", "endpoint.events.network"],
      ["connection_accepted", ["network"], ["start"], "endpoint.events.network", "endpoint.events.network"],
      ["disconnect_received", ["network"], ["end"], "endpoint.events.network", "endpoint.events.network"],
      ["creation", ["file"], ["creation"], "endpoint.events.file", "endpoint.events.file"],
      ["rename", ["file"], ["change"], "endpoint.events.file", "endpoint.events.file"],
      ["deletion", ["file"], ["deletion"], "endpoint.events.file", "endpoint.events.file"],
      ["open", ["file"], ["change"], "cloud_defend.file", "cloud_defend.file"],
    ]);
    for (const document of documents) {
      expect(at(document, "process.name")).toBe("bash");
      expect(at(document, "process.parent.pid")).toBe(300);
      expect(at(document, "process.entry_leader.entry_meta.type")).toBe("container");
      expect(at(document, "container.id")).toBe(containerId);
    }
    expect(at(documents[0], "destination")).toEqual({ address: "203.0.113.9", ip: "203.0.113.9", port: 443 });
    expect(at(documents[4], "file.Ext.original.path")).toBe("/tmp/a");
  });
});

test("a file that is opened to be changed is reported in containers alone", () => {
  const { handle } = modelOf();
  const opened = { kind: "open", path: "/etc/passwd" } as const;
  expect(handle({ ...opened, pid: 1, atNs: boot(130) })).toEqual([]);
  expect(handle({ ...opened, pid: 310, atNs: boot(131) }).map(plain)).toMatchObject([
    {
      container: { id: containerId },
      event: { action: "open", category: ["file"], type: ["change"], module: "cloud_defend" },
      file: { path: "/etc/passwd", name: "passwd" },
    },
  ]);
});

describe("the container", () => {
  const inside = (path: string) => ({
    namespaces: { pid: containerPidNamespace },
    cgroup: { id: 77n, path },
  });
  const idOnly = { cgroup: { id: 77n } };
  const ids = (documents: readonly JsonObject[]) =>
    documents.map((document) => [at(document, "event.action"), at(document, "container.id")]);

  test("stays known where events tell the control group's id alone, as eBPF does of all but execs", () => {
    const { handle } = modelOf();
    const documents = handle(
      fork(500, 310, 130, idOnly),
      { kind: "create", pid: 500, atNs: boot(130.5), path: "/x", ...idOnly },
      exec(500, "/bin/sh", 131, inside(`/docker/${containerId}`)),
      { kind: "create", pid: 500, atNs: boot(132), path: "/x", ...idOnly },
      {
        kind: "connect",
        pid: 500,
        atNs: boot(133),
        protocol: "tcp",
        family: "ipv4",
        cgroup: { id: 78n },
      },
      { kind: "exit", pid: 500, atNs: boot(134), ...idOnly },
    );
    expect(ids(documents)).toEqual(
      ["fork", "creation", "exec", "creation", "connection_attempted", "end"].map((action) => [
        action,
        containerId,
      ]),
    );
  });

  test("is the one through which a process came in, whatever group it moves to", () => {
    const { handle } = modelOf();
    const documents = handle(exec(310, "/bin/sh", 131, { cgroup: { id: 1n, path: "/user.slice" } }), {
      kind: "create",
      pid: 310,
      atNs: boot(132),
      path: "/x",
      cgroup: { id: 1n },
    });
    expect(ids(documents).map(([, id]) => id)).toEqual([containerId, containerId]);
  });

  test("a process of the host hands it on, and leaves it with the control group", () => {
    const { handle } = modelOf();
    const group = (path: string) => ({ cgroup: { id: 1n, path } });
    handle(fork(500, 1, 130));
    const documents = handle(
      exec(500, "/bin/sh", 131, group(`/docker/${containerId}`)),
      fork(501, 500, 131.5),
      exec(500, "/bin/sh", 132, group("/user.slice")),
    );
    expect(ids(documents).map(([, id]) => id)).toEqual([containerId, containerId, undefined]);
  });
});

describe("identity", () => {
  const userFork = { credentials: tom } as const;
  const actions = (documents: readonly JsonObject[]) =>
    documents.map((document) => at(document, "event.action"));

  test("set*id gives a change of what changed, and nothing where nothing did", () => {
    const { handle } = modelOf();
    handle(fork(500, 310, 130, { credentials: root }));
    const change = (seconds: number, credentials: typeof root) =>
      handle({ kind: "ids", pid: 500, atNs: boot(seconds), credentials });
    const group = change(131, { ...root, egid: 1001 });
    expect(actions(group)).toEqual(["gid_change"]);
    expect(at(group[0], "event.type")).toEqual(["change"]);
    expect(actions(change(132, { ...root, egid: 1001 }))).toEqual([]);
    const both = change(133, tom);
    expect(actions(both)).toEqual(["uid_change", "gid_change"]);
    expect(at(both[0], "user")).toEqual({
      id: "1001",
      name: "tom",
      Ext: { real: { id: "1001", name: "tom" } },
    });
    expect(at(both[0], "event.type")).toEqual(["change"]);
  });

  test("a set-user-id program is an exec, then a change", () => {
    const { handle } = modelOf();
    handle(fork(500, 310, 130, userFork));
    const documents = handle(exec(500, "/usr/bin/sudo", 131, { credentials: { ...tom, euid: 0, suid: 0 } }));
    expect(actions(documents)).toEqual(["exec", "uid_change"]);
    for (const document of documents) {
      expect(at(document, "process.name")).toBe("sudo");
      expect(at(document, "process.user.id")).toBe("0");
      expect(at(document, "process.real_user")).toEqual({ id: "1001", name: "tom" });
      expect(at(document, "process.saved_user.id")).toBe("0");
      expect(at(document, "user.id")).toBe("0");
      expect(at(document, "user.Ext.real.id")).toBe("1001");
    }
  });

  test("real, effective and saved ids are told apart, for users and for groups", () => {
    const { handle } = modelOf();
    const ids = { uid: 1000, euid: 1001, suid: 1, gid: 1, egid: 1000, sgid: 1001 };
    const [document] = handle(fork(500, 310, 130, { credentials: ids }));
    const names = ["real_user", "user", "saved_user", "real_group", "group", "saved_group"].map((of) =>
      at(document, `process.${of}.name`),
    );
    expect(names).toEqual(["anna", "tom", "daemon", "daemon", "anna", "tom"]);
    expect(at(document, "user.Ext.real.name")).toBe("anna");
    expect(at(document, "group.Ext.real.name")).toBe("daemon");
  });

  test("effective and permitted capabilities are told apart", () => {
    const { handle } = modelOf();
    const [document] = handle(fork(500, 310, 130, { capabilities: { effective: 1n, permitted: 3n } }));
    expect(at(document, "process.thread.capabilities")).toEqual({
      effective: ["CAP_CHOWN"],
      permitted: ["CAP_CHOWN", "CAP_DAC_OVERRIDE"],
    });
  });

  test("a user without a name has an id", () => {
    const { handle } = modelOf();
    const [document] = handle(fork(500, 310, 130, { credentials: { ...root, euid: 4711 } }));
    expect(at(document, "user")).toEqual({ id: "4711", Ext: { real: { id: "0", name: "root" } } });
  });

  test("where no source knows who it is, nothing is said", () => {
    const { handle } = modelOf([]);
    const [document] = handle(exec(500, "/bin/id", 131));
    expect(at(document, "user")).toBeUndefined();
    expect(at(document, "process.user")).toBeUndefined();
  });
});

describe("sessions", () => {
  test("setsid changes ids and drops the terminal, but not the entry", () => {
    const { handle } = modelOf();
    handle(fork(500, 310, 130));
    const [document] = handle({ kind: "setsid", pid: 500, atNs: boot(131) });
    expect(at(document, "event.action")).toBe("session_id_change");
    expect(at(document, "process.session_leader.pid")).toBe(500);
    expect(at(document, "process.session_leader.same_as_process")).toBe(true);
    expect(at(document, "process.group_leader.pid")).toBe(500);
    expect(at(document, "process.interactive")).toBe(false);
    expect(at(document, "process.tty")).toBeUndefined();
    expect(at(document, "process.entry_leader.pid")).toBe(310);
  });

  test("an SSH session from the listener to the shell", () => {
    const listener = runningProcess({
      pid: 52,
      ppid: 1,
      startNs: boot(10),
      comm: "sshd",
      executable: "/usr/sbin/sshd",
    });
    const { handle } = modelOf([initProcess, listener]);
    const shellFacts = { pgid: 62, sid: 62, tty: pts, credentials: tom };
    const documents = handle(
      fork(60, 52, 130, { pgid: 60, sid: 60 }),
      exec(60, "/usr/sbin/sshd", 130.1, { pgid: 60, sid: 60 }),
      fork(61, 60, 130.2, { pgid: 60, sid: 60 }),
      fork(62, 61, 130.3, { pgid: 60, sid: 60, credentials: tom }),
      { kind: "setsid", pid: 62, atNs: boot(130.4) },
      exec(62, "/bin/bash", 130.5, {
        ...shellFacts,
        environment: ["SSH_CONNECTION=203.0.113.77 52677 10.20.0.11 22"],
      }),
      fork(63, 62, 131, { ...shellFacts, pgid: 63 }),
      exec(63, "/usr/bin/id", 131.1, { ...shellFacts, pgid: 63, sid: 62 }),
    );
    const last = documents.at(-1);
    const entry = (document: JsonObject | undefined) => [
      at(document, "process.entry_leader.pid"),
      at(document, "process.entry_leader.entry_meta.type"),
    ];
    expect(documents.map(entry)).toEqual([
      [52, "init"],
      [52, "init"],
      [52, "init"],
      [52, "init"],
      [52, "init"],
      [62, "sshd"],
      [62, "sshd"],
      [62, "sshd"],
    ]);
    expect(at(last, "process.entry_leader.entry_meta.source.ip")).toBe("203.0.113.77");
    expect(at(last, "process.entry_leader.parent.pid")).toBe(61);
    expect(at(last, "process.entry_leader.same_as_process")).toBe(false);
  });

  test("`runc run -d`: the child has its forker's image, and the container is its own entry", () => {
    const shell = runningProcess({
      pid: 80,
      ppid: 1,
      startNs: boot(10),
      comm: "bash",
      executable: "/bin/bash",
      args: ["bash"],
    });
    const { handle } = modelOf([initProcess, shell]);
    const inner = { namespaces: { pid: containerPidNamespace }, cgroup: { path: "/c1" } };
    handle(fork(90, 80, 130), exec(90, "/usr/sbin/runc", 130.1, { args: ["runc", "run", "-d", "c1"] }));
    handle(
      fork(91, 90, 130.2),
      exec(91, "/proc/self/exe", 130.3, { args: ["runc", "init"], resolvedPath: "/", comm: "exe" }),
    );
    // CLONE_PARENT: the parent is runc, the forker runc init.
    handle(fork(92, 90, 130.4, { forkerPid: 91, ...inner }), { kind: "setsid", pid: 92, atNs: boot(130.5) });
    handle({ kind: "exit", pid: 91, atNs: boot(130.6) }, { kind: "exit", pid: 90, atNs: boot(130.6) });
    const [first] = handle(
      exec(92, "/entrypoint.sh", 130.7, {
        ppid: 1,
        args: ["/bin/sh", "/entrypoint.sh"],
        resolvedPath: "/bin/sh",
      }),
    );
    expect(at(first, "process.name")).toBe("entrypoint.sh");
    expect(at(first, "process.entry_leader.entry_meta.type")).toBe("container");
    expect(at(first, "process.entry_leader.same_as_process")).toBe(true);
    expect(at(first, "process.previous")).toEqual([{ args: ["runc", "init"], args_count: 2 }]);
    expect(at(first, "container.id")).toBe("c1");
    const [next] = handle(exec(92, "/usr/sbin/nginx", 130.8, { ppid: 1 }));
    expect(at(next, "process.entry_leader.entry_meta.type")).toBe("container");
    expect(at(next, "process.entry_leader.name")).toBe("nginx");
    const [, child] = handle(fork(93, 92, 131), exec(93, "/bin/sh", 131.1));
    expect(at(child, "process.entry_leader.pid")).toBe(92);
    expect(at(child, "container.id")).toBe("c1");
  });

  test("bubblewrap is no container, and its group's name none's id", () => {
    const shell = runningProcess({
      pid: 80,
      ppid: 1,
      startNs: boot(10),
      comm: "bash",
      executable: "/bin/bash",
    });
    const { handle } = modelOf([initProcess, shell]);
    const inner = { namespaces: { pid: containerPidNamespace }, cgroup: { path: "/user.slice/shell" } };
    handle(fork(90, 80, 130, { pgid: 80, sid: 80 }), exec(90, "/usr/bin/bwrap", 130.1));
    handle(fork(91, 90, 130.2, inner), { kind: "setsid", pid: 91, atNs: boot(130.3) });
    const [document] = handle(exec(91, "/bin/sh", 130.4, inner));
    expect(at(document, "process.entry_leader.entry_meta.type")).toBe("init");
    expect(at(document, "container")).toBeUndefined();
  });

  test("leaders that are not known are left out", () => {
    const { handle } = modelOf([]);
    const [document] = handle(
      exec(500, "/bin/id", 131, { ppid: 400, pgid: 300, sid: 0, startNs: boot(100) }),
    );
    for (const relative of ["parent", "group_leader", "session_leader", "entry_leader"]) {
      expect(at(document, `process.${relative}`)).toBeUndefined();
    }
  });

  test("a leader shows its newest state, to its members as well", () => {
    const { handle } = modelOf();
    handle(fork(500, 310, 130));
    handle(exec(310, "/bin/zsh", 131));
    const [document] = handle({ kind: "create", pid: 500, atNs: boot(132), path: "/tmp/x" });
    expect(at(document, "process.name")).toBe("bash");
    expect(at(document, "process.parent.name")).toBe("zsh");
    expect(at(document, "process.session_leader.name")).toBe("zsh");
    expect(at(document, "process.entry_leader.name")).toBe("zsh");
  });

  test("an orphan's new parent shows at its next event", () => {
    const { handle } = modelOf();
    handle(fork(500, 310, 130), fork(501, 500, 131), { kind: "exit", pid: 500, atNs: boot(132) });
    const [document] = handle({ kind: "create", pid: 501, ppid: 1, atNs: boot(133), path: "/tmp/x" });
    expect(at(document, "process.parent.pid")).toBe(1);
  });
});

describe("interactive", () => {
  test.for([
    [pts, [pts, pts, pts], true, true],
    [pts, [null, pts, pts], true, false],
    [pts, [pts, null, { major: 136, minor: 1 }], true, false],
    [{ major: 4, minor: 1 }, undefined, true, undefined],
    [{ major: 4, minor: 64 }, undefined, true, undefined],
    [{ major: 5, minor: 1 }, undefined, false, undefined],
    [null, [null, null, null], false, false],
    [undefined, undefined, undefined, undefined],
  ] as const)("terminal %j with files %j", ([tty, standardFiles, interactive, byFiles]) => {
    const { handle } = modelOf([]);
    const [document] = handle(
      exec(500, "/bin/id", 131, {
        ...(tty !== undefined && { tty }),
        ...(standardFiles !== undefined && { standardFiles }),
      }),
    );
    expect(at(document, "process.interactive")).toBe(interactive);
    expect(at(document, "process.Ext.interactive_fds")).toBe(byFiles);
  });
});

describe("what comes late, twice or not at all", () => {
  test("a repeated exit gives one end", () => {
    const { handle, model } = modelOf();
    const exit: KernelEvent = { kind: "exit", pid: 310, atNs: boot(130), exitCode: 0 };
    expect(handle(exit, { ...exit, atNs: boot(130.001) }).length).toBe(1);
    expect(model.report().repeatedEvents).toBe(1);
  });

  test("a repeated fork, and one that an exec overtook, give nothing", () => {
    const { handle, model } = modelOf();
    const first = fork(500, 310, 130);
    expect(handle(first, first).length).toBe(1);
    expect(handle(exec(501, "/bin/id", 131, { startNs: boot(130.9) }), fork(501, 310, 130.9)).length).toBe(1);
    expect(model.report().repeatedEvents).toBe(2);
  });

  test("an event of an unknown process is told with what is known, and counted", () => {
    const { handle, model } = modelOf();
    const [document] = handle({
      kind: "create",
      pid: 900,
      ppid: 310,
      sid: 310,
      comm: "tool",
      startNs: boot(90),
      atNs: boot(130),
      path: "/x",
    });
    expect(at(document, "process.name")).toBe("tool");
    expect(at(document, "process.executable")).toBeUndefined();
    expect(at(document, "process.parent.pid")).toBe(310);
    expect(at(document, "process.entry_leader.entry_meta.type")).toBe("container");
    expect(model.report().unknownProcesses).toBe(1);
    handle({ kind: "create", pid: 900, atNs: boot(131), path: "/y" });
    expect(model.report().unknownProcesses).toBe(1);
  });

  test("an exit of an unknown process ends it", () => {
    const { handle, model } = modelOf();
    const exit: KernelEvent = {
      kind: "exit",
      pid: 900,
      comm: "tool",
      startNs: boot(90),
      atNs: boot(130),
      exitCode: 1,
    };
    const documents = handle(exit, exit);
    expect(documents.length).toBe(1);
    expect(at(documents[0], "process.exit_code")).toBe(1);
    expect(model.report().livingProcesses).toBe(4);
  });

  test("a pid that is used again is another process", () => {
    const { handle } = modelOf();
    const [first] = handle(fork(500, 310, 130));
    handle({ kind: "exit", pid: 500, atNs: boot(131) });
    const [second] = handle(fork(500, 300, 132));
    expect(at(second, "process.entity_id")).not.toBe(at(first, "process.entity_id"));
    expect(at(second, "process.name")).toBe("containerd-shim-runc-v2");
  });

  test("the same where its exit and fork were missed", () => {
    const { handle } = modelOf();
    const [first] = handle(fork(500, 310, 130));
    const [second] = handle(exec(500, "/bin/id", 140, { startNs: boot(139), ppid: 1 }));
    expect(at(second, "process.entity_id")).not.toBe(at(first, "process.entity_id"));
    expect(at(second, "process.previous")).toBeUndefined();
  });

  test("the same where its end was seen and nothing tells starts", () => {
    const { handle, model } = modelOf();
    const [first] = handle(fork(500, 310, 130, { credentials: tom }), {
      kind: "exit",
      pid: 500,
      atNs: boot(131),
    });
    const { startNs: _, ...after } = fork(500, 1, 140);
    const [second] = handle({ ...after, kind: "create", path: "/x", comm: "new" });
    expect(at(second, "process.entity_id")).not.toBe(at(first, "process.entity_id"));
    expect([at(second, "process.name"), at(second, "process.user")]).toEqual(["new", undefined]);
    expect(model.report().unknownProcesses).toBe(1);
  });

  test("what comes late of the process before is dropped, and counted", () => {
    const { handle, model } = modelOf();
    handle(fork(500, 310, 130), { kind: "exit", pid: 500, atNs: boot(131) }, fork(500, 300, 132));
    expect(handle({ kind: "create", pid: 500, startNs: boot(130), atNs: boot(130.5), path: "/x" })).toEqual(
      [],
    );
    expect(handle({ kind: "create", pid: 500, atNs: boot(130.5), path: "/x" })).toEqual([]);
    expect(handle(fork(500, 310, 130))).toEqual([]);
    expect(model.report().staleEvents).toBe(3);
  });

  test("a late event does not turn newer facts back", () => {
    const { handle } = modelOf();
    handle(fork(500, 310, 130), { kind: "setsid", pid: 500, atNs: boot(132) });
    const [document] = handle({ kind: "create", pid: 500, sid: 310, tty: pts, atNs: boot(131), path: "/x" });
    expect(at(document, "process.session_leader.pid")).toBe(500);
    expect(at(document, "process.interactive")).toBe(false);
  });

  test("an exec that a later one has overtaken is told as what it was, and is not what runs", () => {
    const { handle } = modelOf();
    const [, second, first, after] = handle(
      fork(500, 310, 130),
      exec(500, "/bin/zsh", 132),
      exec(500, "/bin/sh", 131),
      { kind: "create", pid: 500, atNs: boot(133), path: "/x" },
    );
    const before = (document: JsonObject | undefined) =>
      (at(document, "process.previous") as JsonObject[]).map(({ executable }) => executable);
    expect(at(second, "process.name")).toBe("zsh");
    expect([at(first, "process.name"), at(first, "@timestamp")]).toEqual([
      "sh",
      "2026-11-24T04:02:11.000000000Z",
    ]);
    expect(before(first)).toEqual(["/usr/bin/bash"]);
    expect(at(after, "process.name")).toBe("zsh");
    expect(before(after)).toEqual(["/usr/bin/bash", "/bin/sh"]);
  });

  test("an exec that comes after the exit is still told, and revives nobody", () => {
    const { handle, model } = modelOf();
    const [, , late] = handle(
      fork(500, 310, 130),
      { kind: "exit", pid: 500, atNs: boot(132) },
      exec(500, "/bin/id", 131),
    );
    expect(at(late, "process.name")).toBe("id");
    expect(model.report().livingProcesses).toBe(4);
  });

  test("lost events are counted", () => {
    const { handle, model } = modelOf();
    expect(
      handle({ kind: "lost", atNs: boot(130), count: 7 }, { kind: "lost", atNs: boot(131), count: 1 }),
    ).toEqual([]);
    expect(model.report().lostEvents).toBe(8);
  });

  test("a process is known for 30 s after its end", () => {
    const { handle, model } = modelOf();
    handle(fork(500, 310, 130), fork(501, 500, 130.5), { kind: "exit", pid: 500, atNs: boot(131) });
    const [soon] = handle({ kind: "create", pid: 501, atNs: boot(160.9), path: "/x" });
    expect(at(soon, "process.parent.pid")).toBe(500);
    const [later] = handle({ kind: "create", pid: 501, atNs: boot(161), path: "/x" });
    expect(at(later, "process.parent")).toBeUndefined();
    expect(at(later, "process.Ext.ancestry")).toEqual(at(soon, "process.Ext.ancestry"));
    expect(model.report().processes).toBe(5);
  });

  test("a session goes by its leader long after that has gone", () => {
    const { handle } = modelOf();
    handle(fork(500, 310, 130), { kind: "exit", pid: 310, atNs: boot(131) });
    const [document] = handle({ kind: "create", pid: 500, ppid: 1, atNs: boot(9000), path: "/x" });
    expect(at(document, "process.session_leader.pid")).toBe(310);
    expect(at(document, "process.entry_leader.name")).toBe("bash");
  });

  test("an entry whose leader had to be forgotten keeps its type", () => {
    const { handle, model } = modelOf(undefined, undefined, { processesMax: 5 });
    handle(fork(500, 310, 130), { kind: "exit", pid: 310, atNs: boot(131) });
    const [document] = handle(fork(501, 500, 132));
    expect(model.report().evictedLiving + model.report().evictedExited).toBeGreaterThan(0);
    expect(at(document, "process.entry_leader.entry_meta.type")).toBe("container");
    expect(at(document, "process.entry_leader.pid")).toBe(310);
  });
});

describe("the snapshot and what was gathered meanwhile", () => {
  const { running } = shellInContainer();

  test("a fork from before is not told again", () => {
    const { handle } = modelOf();
    expect(handle(fork(310, 300, 50.5, { atNs: boot(50.5) }))).toEqual([]);
  });

  test("an exec from before is told, without the image that came of it for a former one", () => {
    const { handle } = modelOf();
    const [first] = handle(exec(310, "/bin/sh", 119.8));
    const [second] = handle(exec(310, "/usr/bin/bash", 119.9));
    expect(at(first, "process.previous")).toBeUndefined();
    expect(at(first, "process.entry_leader.entry_meta.type")).toBe("container");
    expect(at(second, "process.name")).toBe("bash");
  });

  test("events of a process that had the pid before are dropped", () => {
    const { handle, model } = modelOf();
    expect(handle({ kind: "exit", pid: 310, startNs: boot(20), atNs: boot(49) })).toEqual([]);
    expect(handle({ kind: "exit", pid: 310, atNs: boot(49) })).toEqual([]);
    expect(model.report().livingProcesses).toBe(4);
  });

  test("a process that has ended since is told whole", () => {
    const { handle } = modelOf();
    const documents = handle(fork(800, 310, 119), exec(800, "/bin/id", 119.1), {
      kind: "exit",
      pid: 800,
      atNs: boot(119.2),
    });
    expect(documents.map((document) => at(document, "event.action"))).toEqual(["fork", "exec", "end"]);
  });

  test("order does not matter, ancestors come first", () => {
    const { snapshot } = modelOf([...running].reverse());
    const shell = snapshot.find((document) => at(document, "process.pid") === 310);
    expect(at(shell, "process.entry_leader.entry_meta.type")).toBe("container");
    expect(at(shell, "process.Ext.ancestry")).toHaveLength(2);
  });

  test("a second one tells only what is new, and drops who has gone", () => {
    const { model } = modelOf();
    const later = running.slice(0, 3).map((process) => ({ ...process, atNs: boot(200) }));
    const extra = runningProcess({ pid: 700, ppid: 1, startNs: boot(190), comm: "new", atNs: boot(200) });
    const documents = model.snapshot([...later, extra]).map(plain);
    expect(documents.map((document) => at(document, "process.pid"))).toEqual([700]);
    expect(model.report().vanishedProcesses).toBe(1);
    expect(model.report().livingProcesses).toBe(4);
  });

  test("a second one leaves alone who came while it was made", () => {
    const { model, handle } = modelOf();
    const later = running.map((process) => ({ ...process, atNs: boot(200) }));
    handle(fork(700, 310, 201));
    model.snapshot(later);
    expect(model.report().vanishedProcesses).toBe(0);
    expect(model.report().livingProcesses).toBe(5);
  });

  test("more processes than there is room for leave the newest, and count the rest", () => {
    const many = Array.from({ length: 50 }, (_, i) =>
      runningProcess({ pid: i + 1, ppid: 0, startNs: boot(i), comm: "x" }),
    );
    const { model, snapshot } = modelOf(many, undefined, { processesMax: 10 });
    expect(snapshot.length).toBe(10);
    expect(model.report().evictedLiving).toBe(40);
  });
});

describe("hostile text", () => {
  const odd = ["\u001b[2J\u001b]0;x\u0007", "\ufffd\ud800", "a\nb", "\u202e", "'; rm -rf /", "__proto__", ""];

  test("goes through as it is", () => {
    const { model } = modelOf();
    const [document] = model.handle(
      exec(310, "/tmp/\u001b[31m", 130, { args: odd, environment: odd, workingDirectory: "/\u0007" }),
    );
    expect(at(document, "process.args")).toEqual(odd);
    expect(at(document, "process.env_vars")).toEqual(odd);
    expect(at(document, "process.command_line")).toBe(odd.join(" "));
    expect(at(document, "process.working_directory")).toBe("/\u0007");
    expect(at(document, "process.name")).toBe("\u001b[31m");
    expect(readFirst(document as JsonObject, "process.name", "keyword")).toBe("\u001b[31m");
  });

  test("of 16 kB and more is no trouble", () => {
    const { handle, model } = modelOf();
    const args = Array.from({ length: 16_384 }, () => "");
    const slashes = "/..".repeat(100_000);
    const [document] = handle(exec(310, slashes, 130, { args }));
    expect(at(document, "process.executable")).toBe("/");
    expect(at(document, "process.args_count")).toBe(16_384);
    expect(model.report().textBytes).toBeGreaterThan(16_384);
    handle({ kind: "create", pid: 310, atNs: boot(131), path: slashes, cgroup: { path: slashes } });
  });
});

test("suspending changes no time: the clock of events runs on", () => {
  const { handle } = modelOf();
  const [before] = handle(fork(500, 310, 130));
  // Eight hours asleep.
  const [after] = handle(fork(501, 310, 130 + 8 * 3600));
  expect(at(before, "@timestamp")).toBe("2026-11-24T04:02:10.000000000Z");
  expect(at(after, "@timestamp")).toBe("2026-11-24T12:02:10.000000000Z");
});

test("the names of host groups are not those of containers", () => {
  const shell = runningProcess({
    pid: 80,
    ppid: 1,
    startNs: boot(10),
    comm: "bash",
    namespaces: { pid: hostPidNamespace },
    cgroup: { path: "/process_api/ed3005d14021439c0aa35470ec30f7f4" },
  });
  const { snapshot } = modelOf([initProcess, shell]);
  expect(at(snapshot[1], "container")).toBeUndefined();
});

describe("sources that know little, and those that know more", () => {
  test("of a user with an effective id alone, nothing else is said", () => {
    const { handle } = modelOf([]);
    const [document] = handle(exec(5, "/bin/id", 1, { credentials: { euid: 1000 } }));
    expect(document?.["user"]).toEqual({ id: "1000", name: "anna" });
    expect(document).not.toHaveProperty("group");
    expect(at(document, "process.user.id")).toBe("1000");
    expect(at(document, "process.real_user")).toBeUndefined();
  });

  test("a container that the source names is shown, and inherited", () => {
    const { handle } = modelOf([]);
    const container = { id: "c1", facts: { name: "web", image: "shop/web:1.4", pod: { name: "web-7" } } };
    handle(exec(5, "/bin/sh", 1, { container }));
    const [child] = handle(fork(6, 5, 2));
    expect(child?.["container"]).toEqual({
      id: "c1",
      name: "web",
      image: { name: "shop/web", tag: ["1.4"] },
    });
    expect(at(child, "orchestrator.resource.name")).toBe("web-7");
  });

  test("one that says that there is no container outweighs the control group", () => {
    const { handle } = modelOf([]);
    const [document] = handle(
      exec(5, "/bin/sh", 1, { container: null, cgroup: { path: `/docker/${containerId}` } }),
    );
    expect(document).not.toHaveProperty("container");
  });

  test("a parent that is introduced is known, without a document", () => {
    const { model, handle } = modelOf([]);
    model.introduce([
      runningProcess({ pid: 4, ppid: 1, startNs: 0n, comm: "bash", executable: "/bin/bash" }),
    ]);
    const [document] = handle(exec(5, "/bin/id", 1, { ppid: 4 }));
    expect(at(document, "process.parent.executable")).toBe("/bin/bash");
    expect(model.report()).toMatchObject({ processes: 2, vanishedProcesses: 0 });
  });

  test("who is known already, ended or not, stays as it is when it is introduced again", () => {
    const { model, handle } = modelOf([]);
    handle(exec(4, "/bin/zsh", 1, { args: ["zsh", "-l"] }));
    handle({ kind: "exit", pid: 4, atNs: boot(2) });
    model.introduce([{ pid: 4, ppid: 1, atNs: boot(3), comm: "zsh", executable: "/bin/zsh" }]);
    const [document] = handle(exec(5, "/bin/id", 3, { ppid: 4 }));
    expect(at(document, "process.parent.args")).toEqual(["zsh", "-l"]);
    expect(model.report()).toMatchObject({ processes: 2, livingProcesses: 1 });
  });

  test("a connection whose protocol nobody knows has none", () => {
    const { handle } = modelOf([]);
    const [document] = handle({
      kind: "connect",
      pid: 5,
      atNs: boot(1),
      family: "ipv4",
      remote: { address: "203.0.113.9" },
    });
    expect(document?.["network"]).toEqual({ type: "ipv4", direction: "egress" });
  });

  test("runc, exec'd under another name by a process that nobody knew, is no container yet", () => {
    const { model, handle } = modelOf([]);
    model.introduce([{ pid: 4, ppid: 1, atNs: boot(0), comm: "runc", executable: "/usr/sbin/runc" }]);
    const init = { comm: "exe", filename: "/proc/self/exe", resolvedPath: "/usr/sbin/runc", ppid: 4 };
    const [document] = handle({ kind: "exec", pid: 5, atNs: boot(1), args: ["runc", "init"], ...init });
    expect(at(document, "process.name")).toBe("runc");
    expect(at(document, "process.entry_leader.entry_meta.type")).toBe("init");
    const [shell] = handle(exec(6, "/bin/sh", 2, { ppid: 4 }));
    expect(at(shell, "process.entry_leader.entry_meta.type")).toBe("container");
  });
});
