import type { JsonObject } from "@tallyman/ecs";
import { describe, expect, test } from "vitest";
import { at, documentsOf, recordedLines } from "../testing/recording.ts";
import { isTetragonRecord, TetragonReader } from "./tetragon-reader.ts";

// The records are made from the format's documentation.
const records = recordedLines("tetragon.ndjson").map((line) => JSON.parse(line) as JsonObject);
const documents = documentsOf(new TetragonReader("1.0.0"), records);
const find = (name: string, action = "exec") =>
  documents.find(
    (document) => at(document, "process.name") === name && at(document, "event.action") === action,
  );

describe("the session", () => {
  test("a program in a pod has its container, and its entry by the runtime's shim", () => {
    expect(find("kubectl")).toMatchObject({
      host: { name: "worker-1" },
      container: {
        id: "551e161c47d8ff0eb665438a7bcd5b4e3ef5a297282b40a92b7c77d6bd168eb3",
        name: "web",
        runtime: "containerd",
        image: { name: "docker.io/library/nginx", tag: ["1.27"] },
      },
      orchestrator: { namespace: "shop", resource: { name: "web-6d5f9c7b8-x2x9q", label: ["app=web"] } },
      user: { id: "0" },
      process: {
        executable: "/tmp/kubectl",
        args: ["/tmp/kubectl", "get", "pods"],
        working_directory: "/tmp",
        vpid: 34,
        parent: { name: "sh", pid: 5211 },
        entry_leader: { name: "bash", entry_meta: { type: "container" } },
      },
    });
    expect(at(find("kubectl"), "process")).not.toHaveProperty("interactive");
  });

  test("what ran before Tetragon is known without documents", () => {
    expect(documents.some((document) => at(document, "process.pid") === 4100)).toBe(false);
    expect(at(find("bash"), "process.parent.executable")).toBe("/usr/bin/containerd-shim-runc-v2");
  });

  test("an exec without a fork is the same process with another image", () => {
    const cat = find("cat");
    expect(at(cat, "process.parent.pid")).toBe(5211);
    expect(at(cat, "process.previous")).toMatchObject([
      { executable: "/bin/sh", args: ["/bin/sh", "-c", "exec cat /etc/hostname"] },
    ]);
    const shell = documents.find((document) => at(document, "process.pid") === 5215);
    expect(at(cat, "process.entity_id")).toBe(at(shell, "process.entity_id"));
  });

  test("connections, files and ends", () => {
    expect(find("curl", "connection_attempted")).toMatchObject({
      source: { ip: "10.244.1.9", port: 41822 },
      destination: { ip: "198.51.100.23", port: 8080 },
      network: { transport: "tcp", direction: "egress" },
      process: { parent: { name: "entrypoint.sh" } },
    });
    expect(at(find("curl", "deletion"), "file.path")).toBe("/tmp/.lock");
    expect(at(find("curl", "disconnect_received"), "event.type")).toEqual(["end"]);
    expect(at(find("docker", "end"), "process.exit_code")).toBe(125);
    expect(at(find("chmod", "end"), "process.exit_code")).toBe(0);
    expect(at(find("bash", "end"), "process")).not.toHaveProperty("exit_code");
  });

  test("entity ids are the same whenever it is read", () => {
    expect(documentsOf(new TetragonReader("1.0.0"), records)).toEqual(documents);
  });
});

test("credentials, capabilities, namespaces and variables, where Tetragon is told to export them", () => {
  const process = {
    pid: 7,
    uid: 0,
    binary: "/bin/id",
    flags: "execve clone truncArgs",
    start_time: "2026-11-24T13:00:00Z",
    process_credentials: { uid: 1000, euid: 0, suid: 0, gid: 1000, egid: 1000, sgid: 1000 },
    cap: { permitted: ["CAP_CHOWN", "DAC_OVERRIDE"], effective: ["CAP_CHOWN"] },
    ns: { pid: { inum: 4026531836, is_host: true } },
    environment_variables: [{ key: "LD_PRELOAD", value: "/tmp/x.so" }, { key: "EMPTY" }],
    user: { name: "root" },
  };
  const [document] = documentsOf(new TetragonReader("1"), [
    { process_exec: { process }, time: "2026-11-24T13:00:00Z" },
  ]);
  expect(document).toMatchObject({
    user: { id: "0", name: "root", Ext: { real: { id: "1000" } } },
    process: {
      env_vars: ["LD_PRELOAD=/tmp/x.so", "EMPTY="],
      thread: { capabilities: { permitted: ["CAP_CHOWN", "CAP_DAC_OVERRIDE"], effective: ["CAP_CHOWN"] } },
      Ext: { command_line_truncated: true },
    },
  });
});

test.for<[JsonObject, string]>([
  [{ process_loader: { process: { pid: 1 } }, time: "2026-01-01" }, "events of other kinds"],
  [{ process_exec: { process: {} }, time: "2026-01-01" }, "events that name no process"],
  [
    { process_kprobe: { process: { pid: 1 }, function_name: "vfs_read" }, time: "2026-01-01" },
    "kprobes on functions that rules do not ask for",
  ],
  [
    {
      process_kprobe: { process: { pid: 1 }, function_name: "tcp_connect", args: [{ int_arg: 1 }] },
      time: "2026-01-01",
    },
    "sockets of other kinds than TCP",
  ],
  [
    {
      process_kprobe: {
        process: { pid: 1 },
        function_name: "__x64_sys_unlink",
        args: [{ string_arg: "/a" }],
        return: { int_arg: -2 },
      },
      time: "2026-01-01",
    },
    "calls that failed",
  ],
  [
    {
      process_kprobe: {
        process: { pid: 1, cwd: "/" },
        function_name: "__arm64_sys_unlinkat",
        args: [{ int_arg: 5 }, { string_arg: "a" }],
      },
      time: "2026-01-01",
    },
    "paths relative to a directory that the event does not name",
  ],
  ...[
    ["", "/tmp/new"],
    ["/tmp/old", ""],
  ].map(([from = "", to = ""]): [JsonObject, string] => [
    {
      process_kprobe: {
        process: { pid: 1 },
        function_name: "__x64_sys_rename",
        args: [{ string_arg: from }, { string_arg: to }],
      },
      time: "2026-01-01",
    },
    "file events without a path",
  ]),
  [
    {
      process_kprobe: {
        process: { pid: 1, cwd: "/" },
        function_name: "__x64_sys_unlinkat",
        args: [{ int_arg: -100 }, { string_arg: "d" }, { int_arg: 0x200 }],
      },
      time: "2026-01-01",
    },
    "directories that were removed",
  ],
])("%j tells nothing", ([record, reason]) => {
  const reader = new TetragonReader("1");
  expect(reader.take(record)).toEqual([]);
  expect(reader.report().unused.get(reason)).toBe(1);
});

test("a rename has both names, the relative one by the working directory", () => {
  const args = [{ int_arg: -100 }, { string_arg: "a" }, { int_arg: -100 }, { string_arg: "/tmp/b" }];
  const probe = { process: { pid: 1, cwd: "/home/x" }, function_name: "__x64_sys_renameat2", args };
  const [document] = documentsOf(new TetragonReader("1"), [{ process_kprobe: probe, time: "2026-01-01" }]);
  expect(document).toMatchObject({ file: { path: "/tmp/b", Ext: { original: { path: "/home/x/a" } } } });
});

test.for([
  [{ process_exec: { process: { pid: 1 } }, node_name: "a", time: "2026-01-01" }, true],
  [{ process_exec: "x" }, false],
  [{ process: { pid: 1 } }, false],
  [{}, false],
] as const)("%j is one of its records: %s", ([record, is]) => {
  expect(isTetragonRecord(record)).toBe(is);
});
