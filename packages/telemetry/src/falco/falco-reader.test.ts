import type { JsonObject } from "@tallyman/ecs";
import { describe, expect, test } from "vitest";
import { at, documentsOf, recordedLines } from "../testing/recording.ts";
import { FalcoReader } from "./falco-reader.ts";

// The records are made from the format's documentation.
const records = recordedLines("falco.ndjson").map((line) => JSON.parse(line) as JsonObject);
const documents = documentsOf(new FalcoReader("1.0.0"), records);
const find = (name: string, action = "exec") =>
  documents.find(
    (document) => at(document, "process.name") === name && at(document, "event.action") === action,
  );

describe("the session", () => {
  test("a program in a pod is interactive, with its container and all its leaders", () => {
    expect(find("kubectl")).toMatchObject({
      host: { name: "worker-2" },
      container: {
        id: expect.stringMatching(/^551e161c/),
        name: "web",
        security_context: { privileged: false },
      },
      orchestrator: { namespace: "shop", resource: { name: "web-6d5f9c7b8-x2x9q" } },
      user: { id: "0", name: "root" },
      group: { id: "0", name: "root" },
      process: {
        executable: "/tmp/kubectl",
        command_line: "kubectl get pods",
        interactive: true,
        vpid: 34,
        parent: { name: "sh" },
        group_leader: { same_as_process: true },
        session_leader: { pid: 5210 },
        entry_leader: { pid: 5210, entry_meta: { type: "container" } },
        thread: { capabilities: { effective: ["CAP_CHOWN", "CAP_KILL"] } },
      },
    });
  });

  test("a script is named by its own name, though Falco tells its interpreter", () => {
    expect(find("entrypoint.sh")).toMatchObject({
      process: { executable: "/entrypoint.sh", Ext: { resolved_executable: "/usr/bin/dash" } },
    });
  });

  test("a login over ssh is an entry, with the address it came from", () => {
    expect(at(find("docker"), "process.entry_leader.entry_meta")).toEqual({
      type: "sshd",
      source: { ip: "10.20.0.50" },
    });
  });

  test("a parent that was never told of by itself is known from its child", () => {
    expect(at(find("bash"), "process.parent")).toMatchObject({
      executable: "/usr/bin/containerd-shim-runc-v2",
      args: expect.arrayContaining(["-namespace"]),
    });
  });

  test("connections, files, users and ends", () => {
    expect(find("curl", "connection_attempted")).toMatchObject({
      source: { ip: "10.244.1.9", port: 41822 },
      destination: { ip: "198.51.100.23", port: 8080 },
    });
    expect(find("nginx", "connection_accepted")).toMatchObject({
      source: { ip: "203.0.113.9" },
      destination: { port: 443 },
    });
    expect(at(find("sh", "creation"), "file.path")).toBe("/tmp/.hidden");
    expect(at(find("sh", "rename"), "file.Ext.original.path")).toBe("/tmp/.hidden");
    expect(at(find("sh", "deletion"), "file.path")).toBe("/tmp/x");
    expect(at(find("bash", "uid_change"), "user")).toMatchObject({ id: "1000", name: "anna" });
    expect(at(find("kubectl", "end"), "process.exit_code")).toBe(1);
  });
});

const base = { rule: "r", time: "2026-11-24T13:00:00.000000001Z", hostname: "h" };
const process = {
  "proc.pid": 7,
  "proc.vpid": 7,
  "proc.name": "id",
  "proc.exe": "id",
  "proc.exepath": "/usr/bin/id",
};

test.for([
  [{ "evt.type": "execve", "evt.dir": ">" }, "calls that had only begun"],
  [{ "evt.type": "execve", "evt.rawres": -2 }, "calls that failed"],
  [{ "evt.type": "connect", "evt.rawres": -101, "evt.res": "ENETUNREACH" }, "calls that failed"],
  [
    { "evt.type": "connect", "evt.rawres": 0, "fd.l4proto": "udp", "fd.sip": "10.0.0.1" },
    "sockets of other kinds than TCP, or without addresses",
  ],
  [
    { "evt.type": "openat", "evt.rawres": 3, "fd.name": "/etc/passwd", "evt.arg.flags": "O_RDONLY" },
    "files that were opened and not created",
  ],
  [{ "evt.type": "unlink", "evt.rawres": 0, "fs.path.name": "relative" }, "file events without a path"],
  [{ "evt.type": "clone", "evt.rawres": 99 }, "events of other types"],
  [{ "evt.type": "mmap" }, "events of other types"],
  [{}, "events of rules whose output has no proc.pid and evt.type"],
] as const)("%j tells nothing", ([fields, reason]) => {
  const reader = new FalcoReader("1");
  expect(reader.take({ ...base, output_fields: { ...process, ...fields } })).toEqual([]);
  expect(reader.report().unused.get(reason)).toBe(1);
});

test.for([
  [
    "numbers as text and <NA> are read as what they are",
    { ...process, "proc.pid": "7", "container.id": "<NA>", "user.uid": "1000", "user.name": "<NA>" },
  ],
  [
    "null is nothing",
    { ...process, "container.id": null, "user.uid": 1000, "user.name": null, "proc.tty": null },
  ],
] as const)("%s", ([, fields]) => {
  const [document] = documentsOf(new FalcoReader("1"), [
    { ...base, output_fields: { "evt.type": "execve", ...fields } },
  ]);
  expect(document).toMatchObject({
    "@timestamp": "2026-11-24T13:00:00.000000001Z",
    user: { id: "1000" },
    process: { pid: 7 },
  });
  expect(document).not.toHaveProperty("container");
  expect(at(document, "process")).not.toHaveProperty("interactive");
});

test("the session of a container's process is not taken for one of the host", () => {
  const fields = { ...process, "evt.type": "execve", "proc.vpid": 3, "proc.sid": 1, "proc.vpgid": 2 };
  const [document] = documentsOf(new FalcoReader("1"), [{ ...base, output_fields: fields }]);
  expect(at(document, "process")).not.toHaveProperty("session_leader");
});

test("Falco's own id of an event is the document's", () => {
  const [document] = documentsOf(new FalcoReader("1"), [
    { ...base, uuid: "u-1", output_fields: { ...process, "evt.type": "execve" } },
  ]);
  expect(at(document, "event.id")).toBe("u-1");
});

test.for([
  [{ "evt.arg.ret": 3, "evt.arg.sig": 0 }, 3],
  [{ "evt.arg.ret": "256" }, 0],
  [{ "evt.arg.ret": 0, "evt.arg.sig": "SIGKILL" }, undefined],
  [{ "evt.arg.ret": 0, "evt.arg.sig": 9 }, undefined],
] as const)("an end with %j has the exit code %s", ([fields, code]) => {
  const output_fields = { ...process, "evt.type": "procexit", ...fields };
  const [document] = documentsOf(new FalcoReader("1"), [{ ...base, output_fields }]);
  expect(at(document, "process.exit_code")).toBe(code);
});
