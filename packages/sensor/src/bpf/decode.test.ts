import type { KernelEvent } from "@tallyman/session-model";
import { describe, expect, it } from "vitest";
import { keepsVariables } from "../environment.ts";
import { decodeRecords } from "./decode.ts";
import { type Field, layouts, type RecordKind, recordKinds } from "./layout.ts";

type Value = number | bigint | string | Buffer;

/** A record as a program leaves it in the ring: fields, and the texts that follow in the order of their lengths. */
function record(
  kind: RecordKind,
  values: Readonly<Record<string, Value>>,
  texts: readonly string[] = [],
): Buffer {
  const { fields, size } = layouts[kind] as { fields: Record<string, Field>; size: number };
  const fixed = Buffer.alloc(size);
  const put = (name: string, value: Value) => {
    const { offset, size } = fields[name] as Field;
    if (typeof value === "string") fixed.write(value, offset, size, "latin1");
    else if (Buffer.isBuffer(value)) value.copy(fixed, offset);
    else if (size === 8) fixed.writeBigUInt64LE(BigInt(value), offset);
    else fixed.writeUIntLE(Number(value), offset, size);
  };
  put("kind", recordKinds[kind]);
  for (const [name, value] of Object.entries(values)) put(name, value);
  const bytes = texts.map((text) => Buffer.from(text));
  const lengths = Object.keys(fields).filter((name) => name.endsWith("Length"));
  for (const [i, name] of lengths.entries()) put(name, bytes[i]?.length ?? 0);
  return Buffer.concat([fixed, ...bytes]);
}

/** What the ring puts before each record: its length, and behind it what fills it up to eight bytes. */
function ring(...records: readonly Buffer[]): Uint8Array {
  return Buffer.concat(
    records.flatMap((bytes) => {
      const header = Buffer.alloc(8);
      header.writeUInt32LE(bytes.length);
      return [header, bytes, Buffer.alloc(-bytes.length & 7)];
    }),
  );
}

const keeps = keepsVariables(["LD_PRELOAD", "*_PROXY"]);
const decode = (...records: readonly Buffer[]): KernelEvent[] => decodeRecords(ring(...records), keeps);

const who = {
  pid: 4711,
  ppid: 4700,
  atNs: 5_000_000_001n,
  startNs: 4_000_000_002n,
  parentStartNs: 3_000_000_003n,
  vpid: 12,
  pgid: 4700,
  sid: 4600,
  tty: (136 << 20) | 3,
  uid: 1000,
  euid: 0,
  suid: 1,
  gid: 1001,
  egid: 2,
  sgid: 3,
  capabilitiesEffective: 0x1ff_ffff_ffffn,
  capabilitiesPermitted: 0x20000420n,
  pidNamespace: 4026531836,
  mountNamespace: 4026532250,
  networkNamespace: 4026531833,
  cgroupId: 812n,
  comm: "fifteen-letters",
};

const facts = {
  pid: 4711,
  atNs: 5_000_000_001n,
  ppid: 4700,
  startNs: 4_000_000_002n,
  parentStartNs: 3_000_000_003n,
  vpid: 12,
  pgid: 4700,
  sid: 4600,
  tty: { major: 136, minor: 3 },
  credentials: { uid: 1000, euid: 0, suid: 1, gid: 1001, egid: 2, sgid: 3 },
  capabilities: { effective: 0x1ff_ffff_ffffn, permitted: 0x20000420n },
  namespaces: { pid: 4026531836, mount: 4026532250, network: 4026531833 },
  cgroup: { id: 812n },
  comm: "fifteen-letters",
};

const ipv4 = (text: string) => Buffer.from(text.split(".").map(Number));

describe("decodeRecords", () => {
  it("reads a fork", () => {
    expect(decode(record("fork", { ...who, forkerPid: 99 }))).toEqual([
      { kind: "fork", ...facts, forkerPid: 99 },
    ]);
  });

  it.each(["setsid", "ids"] as const)("reads %s", (kind) => {
    expect(decode(record(kind, who))).toEqual([{ kind, ...facts }]);
  });

  it.each([
    ["uid", { credentials: { uid: 77 } }],
    ["sgid", { credentials: { sgid: 77 } }],
    ["pidNamespace", { namespaces: { pid: 77 } }],
    ["capabilitiesEffective", { capabilities: { effective: 77n } }],
    ["capabilitiesPermitted", { capabilities: { permitted: 77n } }],
    ["mountNamespace", { namespaces: { mount: 77 } }],
    ["networkNamespace", { namespaces: { network: 77 } }],
  ])("tells processes apart that only differ by their %s", (name, part) => {
    expect(decode(record("ids", who), record("ids", { ...who, [name]: 77 }))).toMatchObject([facts, part]);
  });

  it.each([
    [0, { exitCode: 0 }],
    [3 << 8, { exitCode: 3 }],
    [255 << 8, { exitCode: 255 }],
    [9, { signal: 9 }],
    // With a core dump.
    [0x80 | 11, { signal: 11 }],
  ])("reads an exit with status %i", (status, how) => {
    expect(decode(record("exit", { ...who, status }))).toEqual([{ kind: "exit", ...facts, ...how }]);
  });

  it("reads an exec", () => {
    const sizes = { argsSize: 14, environmentSize: 52 };
    const devices = { device0: (136 << 20) | 3, device1: 0, device2: (1 << 20) | 3 };
    const texts = [
      "sh\0-c\0déjà\0\0",
      "./run.sh\0",
      "dash\0bin\0usr\0",
      "home\0",
      "docker-1.scope\0system.slice\0",
      "LD_PRELOAD=/x.so\0SECRET=1\0HTTPS_PROXY=http://p\0BAD\0\0",
    ];
    expect(decode(record("exec", { ...who, ...sizes, ...devices, isScript: 1 }, texts))).toEqual([
      {
        kind: "exec",
        ...facts,
        cgroup: { id: 812n, path: "/system.slice/docker-1.scope" },
        standardFiles: [{ major: 136, minor: 3 }, null, { major: 1, minor: 3 }],
        isScript: true,
        args: ["sh", "-c", "déjà", ""],
        filename: "./run.sh",
        resolvedPath: "/usr/bin/dash",
        workingDirectory: "/home",
        environment: ["LD_PRELOAD=/x.so", "HTTPS_PROXY=http://p"],
      },
    ]);
  });

  it("marks what an exec record has only the beginning of, and leaves out what it does not have", () => {
    const values = { ...who, argsSize: 9000, environmentSize: 9000, workingDirectoryCut: 1, tty: 0 };
    const [event] = decode(record("exec", values, ["sh\0-", "", "", "deep\0", "", "LD_PRELOAD=/x"]));
    expect(event).toMatchObject({ args: ["sh", "-"], argsTruncated: true, tty: null });
    expect(event).toMatchObject({ environment: ["LD_PRELOAD=/x"], environmentTruncated: true });
    expect(event).not.toHaveProperty("workingDirectory");
    expect(event).not.toHaveProperty("filename");
    expect(event).not.toHaveProperty("resolvedPath");
  });

  it("does not know the arguments that a program could not read", () => {
    const [event] = decode(record("exec", { ...who, argsSize: 10 }));
    expect(event).not.toHaveProperty("args");
    expect(event).not.toHaveProperty("environment");
  });

  it.each(["create", "open"] as const)("reads which file it is: %s", (kind) => {
    expect(decode(record(kind, who, ["f\0d\0tmp\0"]))).toEqual([{ kind, ...facts, path: "/tmp/d/f" }]);
  });

  it("marks a path whose first directories are missing", () => {
    expect(decode(record("create", { ...who, pathCut: 1 }, ["f\0d\0"]))).toMatchObject([
      { path: "/…/d/f", pathTruncated: true },
    ]);
  });

  it.each([
    ["x\0", "b\0a\0", "/a/b/x"],
    ["../x/./y//z/\0", "b\0a\0", "/a/x/y/z"],
    ["../../../x\0", "a\0", "/x"],
    ["/etc/../x\0", "", "/x"],
    ["x\0", "", "/x"],
  ])("resolves the deleted name %j in %j", (name, directory, path) => {
    expect(decode(record("delete", who, [name, directory]))).toEqual([{ kind: "delete", ...facts, path }]);
  });

  it("resolves both names of a rename", () => {
    const event = record("rename", who, ["a\0", "tmp\0", "../b\0", "x\0var\0"]);
    expect(decode(event)).toEqual([{ kind: "rename", ...facts, oldPath: "/tmp/a", path: "/var/b" }]);
  });

  const toPort = (port: number) => ((port & 0xff) << 8) | (port >> 8);
  const pair = {
    localAddress: ipv4("10.0.0.1"),
    remoteAddress: ipv4("93.184.216.34"),
    remotePort: toPort(443),
    socket: 7n,
  };

  it("reads connections over IPv4", () => {
    const values = { ...who, family: 2, ...pair };
    const ends = {
      local: { address: "10.0.0.1", port: 40000 },
      remote: { address: "93.184.216.34", port: 443 },
    };
    expect(decode(record("accept", { ...values, localPort: toPort(40000) }))).toEqual([
      { kind: "accept", ...facts, protocol: "tcp", family: "ipv4", ...ends },
    ]);
  });

  it("reads connections over IPv6, and IPv4 in it", () => {
    const v6 = (text: string) => Buffer.from(text, "hex");
    const [event, mapped] = decode(
      record("connect", {
        ...who,
        family: 10,
        localAddress: v6(`${"0".repeat(31)}1`),
        remoteAddress: v6(`20010db8${"0".repeat(23)}1`),
      }),
      record("connect", {
        ...who,
        family: 10,
        localAddress: v6(`${"0".repeat(20)}ffff7f000001`),
        remoteAddress: v6(`${"0".repeat(20)}ffff01020304`),
      }),
    );
    expect(event).toMatchObject({
      family: "ipv6",
      local: { address: "::1" },
      remote: { address: "2001:db8::1" },
    });
    expect(mapped).toMatchObject({
      family: "ipv4",
      local: { address: "127.0.0.1" },
      remote: { address: "1.2.3.4" },
    });
  });

  it("learns a source port that was chosen after the connection was reported", () => {
    const values = { ...who, family: 2, ...pair };
    const later = { family: 2, ...pair, localPort: toPort(40000) };
    expect(
      decode(
        record("connect", values),
        record("connected", { ...later, socket: 8n }),
        record("connected", later),
        record("connected", later),
      ),
    ).toMatchObject([{ kind: "connect", local: { address: "10.0.0.1", port: 40000 } }]);
    const [event] = decode(record("connect", values));
    expect(event).toMatchObject({ local: { address: "10.0.0.1" } });
    expect(event).not.toHaveProperty("local.port");
  });

  it("says of the process of a connection that ended only who it is", () => {
    const values = {
      pid: 4711,
      atNs: 9n,
      startNs: 5n,
      family: 2,
      ...pair,
      localPort: toPort(40000),
      direction: 2,
    };
    expect(decode(record("disconnect", values))).toEqual([
      {
        kind: "disconnect",
        pid: 4711,
        atNs: 9n,
        startNs: 5n,
        direction: "ingress",
        protocol: "tcp",
        family: "ipv4",
        local: { address: "10.0.0.1", port: 40000 },
        remote: { address: "93.184.216.34", port: 443 },
      },
    ]);
  });

  it("passes over records that the ring has discarded", () => {
    const taken = ring(record("setsid", who), record("ids", who));
    new DataView(taken.buffer, taken.byteOffset).setUint32(0, layouts.setsid.size | 0x4000_0000, true);
    expect(decodeRecords(taken, keeps)).toMatchObject([{ kind: "ids" }]);
  });
});
