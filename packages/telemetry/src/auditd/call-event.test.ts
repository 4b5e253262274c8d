import { expect, test } from "vitest";
import { type AuditRecord, parseAuditLine } from "./audit-record.ts";
import { eventOfCall } from "./call-event.ts";
import { type AuditEvent, EventAssembler } from "./event-assembler.ts";
import { SocketTypes } from "./socket-types.ts";

// Written by the documentation of the formats; recordings are in `audit-reader.test.ts`.

const ids =
  'ppid=10 pid=11 auid=1000 uid=1 gid=4 euid=2 suid=3 fsuid=2 egid=5 sgid=6 fsgid=5 tty=pts3 ses=1 comm="ls" exe="/usr/bin/ls"';

function event(call: string, ...others: readonly string[]): AuditEvent {
  const events = new EventAssembler();
  for (const text of [`SYSCALL ${call} ${ids}`, ...others]) {
    const at = text.indexOf(" ");
    events.add(
      parseAuditLine(`type=${text.slice(0, at)} msg=audit(7.001:1): ${text.slice(at + 1)}`) as AuditRecord,
    );
  }
  return events.end()[0] as AuditEvent;
}

const x86_64 = "arch=c000003e";
const i386 = "arch=40000003";
const aarch64 = "arch=c00000b7";
const arm = "arch=40000028";
const done = "success=yes exit=0";
const here = "a0=ffffff9c";
const cwd = 'CWD cwd="/home/x"';
const inet = "SOCKADDR saddr=02001F90C63364170000000000000000";

test("a process is as its call's record shows it", () => {
  expect(eventOfCall(event(`${x86_64} syscall=112 ${done}`), new SocketTypes())).toEqual({
    kind: "setsid",
    pid: 11,
    ppid: 10,
    atNs: 7_001_000_000n,
    tty: { major: 136, minor: 3 },
    credentials: { uid: 1, euid: 2, suid: 3, gid: 4, egid: 5, sgid: 6 },
    comm: "ls",
  });
});

test.for([
  [
    "exec of x86-64",
    event(`${x86_64} syscall=59 ${done}`, 'EXECVE argc=2 a0="ls" a1=2D6C20', cwd, 'PATH item=0 name="./ls"'),
    {
      kind: "exec",
      filename: "./ls",
      resolvedPath: "/usr/bin/ls",
      args: ["ls", "-l "],
      workingDirectory: "/home/x",
    },
  ],
  [
    "exec of i386",
    event(`${i386} syscall=11 ${done}`, 'EXECVE argc=1 a0="ls"'),
    { kind: "exec", args: ["ls"] },
  ],
  [
    "exec of arm64",
    event(`${aarch64} syscall=221 ${done}`, 'EXECVE argc=1 a0="ls"'),
    { kind: "exec", args: ["ls"] },
  ],
  [
    "execveat of arm",
    event(`${arm} syscall=387 ${done}`, 'EXECVE argc=1 a0="ls"'),
    { kind: "exec", args: ["ls"] },
  ],
  [
    "capabilities that rise",
    event(`${x86_64} syscall=59 ${done}`, "BPRM_FCAPS fver=0 pp=1ff pi=0 pe=3 pa=0"),
    { capabilities: { permitted: 0x1ffn, effective: 3n } },
  ],
  ["an exit with its code", event(`${x86_64} syscall=231 a0=1ff`), { kind: "exit", exitCode: 0xff }],
  ["an exit of arm64", event(`${aarch64} syscall=94 a0=0`), { kind: "exit", exitCode: 0 }],
  ["other ids", event(`${aarch64} syscall=147 ${done}`), { kind: "ids", credentials: { euid: 2 } }],
  [
    "a connection",
    event(`${x86_64} syscall=42 ${done}`, inet),
    { kind: "connect", family: "ipv4", remote: { address: "198.51.100.23", port: 8080 } },
  ],
  ["one that is not done yet", event(`${x86_64} syscall=42 success=no exit=-115`, inet), { kind: "connect" }],
  ["one that was refused", event(`${aarch64} syscall=203 success=no exit=-111`, inet), { kind: "connect" }],
  ["one of i386", event(`${i386} syscall=102 ${done} a0=3`, inet), { kind: "connect" }],
  [
    "one over IPv6",
    event(
      `${x86_64} syscall=42 ${done}`,
      "SOCKADDR saddr=0A0001BB0000000020010DB800000000000000000000000100000000",
    ),
    { family: "ipv6", remote: { address: "2001:db8::1", port: 443 } },
  ],
  [
    "one to a mapped address",
    event(
      `${x86_64} syscall=42 ${done}`,
      "SOCKADDR saddr=0A0001BB0000000000000000000000000000FFFF0A00000100000000",
    ),
    { remote: { address: "::ffff:10.0.0.1" } },
  ],
  [
    "a call that is taken",
    event(`${x86_64} syscall=288 success=yes exit=5`, inet),
    { kind: "accept", protocol: "tcp", remote: { port: 8080 } },
  ],
  [
    "a file that is made",
    event(
      `${x86_64} syscall=257 ${here} success=yes exit=3`,
      cwd,
      'PATH item=0 name="./" nametype=PARENT',
      "PATH item=1 name=6120622E7368 nametype=CREATE",
    ),
    { kind: "create", path: "/home/x/a b.sh" },
  ],
  [
    "a file of arm64",
    event(
      `${aarch64} syscall=56 a0=7 success=yes exit=3`,
      cwd,
      'PATH item=1 name="/tmp/../etc/x" nametype=CREATE',
    ),
    { kind: "create", path: "/etc/x" },
  ],
  [
    "a file that is moved over another",
    event(
      `${x86_64} syscall=264 a0=ffffffffffffff9c a2=ffffffffffffff9c ${done}`,
      cwd,
      'PATH item=2 name="a" nametype=DELETE',
      'PATH item=3 name="/tmp/b" nametype=DELETE',
      'PATH item=4 name="/tmp/b" nametype=CREATE',
    ),
    { kind: "rename", oldPath: "/home/x/a", path: "/tmp/b" },
  ],
  [
    "a file that goes",
    event(`${x86_64} syscall=87 ${done}`, cwd, 'PATH item=1 name="a" mode=0100644 nametype=DELETE'),
    { kind: "delete", path: "/home/x/a" },
  ],
] as const)("%s", ([, call, want]) => {
  expect(eventOfCall(call, new SocketTypes())).toMatchObject({ pid: 11, ...want });
});

test.for([
  ["other-call", event(`${x86_64} syscall=0 ${done}`)],
  ["other-call", event(`arch=80000016 syscall=11 ${done}`)],
  ["other-call", event(`${i386} syscall=59 ${done}`)],
  ["failed", event(`${x86_64} syscall=59 success=no exit=-2`)],
  ["failed", event(`${x86_64} syscall=42 success=no exit=-101`, inet)],
  ["other-socket", event(`${x86_64} syscall=42 ${done}`, "SOCKADDR saddr=01002F6465762F6C6F6700")],
  ["other-socket", event(`${x86_64} syscall=42 ${done}`, "SOCKADDR saddr=02000000C63364170000000000000000")],
  ["other-socket", event(`${x86_64} syscall=42 ${done}`, "SOCKADDR saddr=0200")],
  ["other-socket", event(`${x86_64} syscall=42 ${done}`)],
  [
    "no-file-created",
    event(`${x86_64} syscall=257 ${here} ${done}`, cwd, 'PATH item=0 name="a" nametype=NORMAL'),
  ],
  [
    "unknown-directory",
    event(`${x86_64} syscall=257 a0=5 ${done}`, cwd, 'PATH item=1 name="a" nametype=CREATE'),
  ],
  ["unknown-directory", event(`${x86_64} syscall=87 ${done}`, 'PATH item=1 name="a" nametype=DELETE')],
  [
    "other-call",
    event(`${x86_64} syscall=263 ${here} ${done}`, cwd, 'PATH item=1 name="d" mode=040755 nametype=DELETE'),
  ],
] as const)("%s", ([reason, call]) => {
  expect(eventOfCall(call, new SocketTypes())).toBe(reason);
});

test("a call without its record is incomplete", () => {
  const events = new EventAssembler();
  events.add(parseAuditLine('type=CWD msg=audit(7.001:1): cwd="/"') as AuditRecord);
  expect(eventOfCall(events.end()[0] as AuditEvent, new SocketTypes())).toBe("incomplete");
});

test.for([
  ["1", { kind: "connect", protocol: "tcp" }],
  ["80801", { kind: "connect", protocol: "tcp" }],
  ["2", "other-socket"],
  ["80002", "other-socket"],
] as const)("a socket of the type %s", ([type, want]) => {
  const sockets = new SocketTypes();
  eventOfCall(event(`${x86_64} syscall=41 a0=2 a1=${type} success=yes exit=10`), sockets);
  const found = eventOfCall(event(`${x86_64} syscall=42 a0=a ${done}`, inet), sockets);
  if (typeof want === "string") expect(found).toBe(want);
  else expect(found).toMatchObject(want);
});

test("sockets are forgotten at the limit", () => {
  const sockets = new SocketTypes();
  for (let i = 0; i < 70_000; i++) sockets.open({ node: undefined, pid: i }, "3", "1");
  expect(sockets.evicted).toBe(32_768);
  expect(sockets.of({ node: undefined, pid: 0 }, 3)).toBeUndefined();
  expect(sockets.of({ node: undefined, pid: 69_999 }, 3)).toBe("stream");
  expect(sockets.of({ node: "b", pid: 69_999 }, 3)).toBeUndefined();
  expect(sockets.of({ node: undefined, pid: 40_000 }, 3)).toBe("stream");
  for (let pid = 40_000; pid < 70_000; pid++) sockets.end({ node: undefined, pid });
  expect(sockets.of({ node: undefined, pid: 40_000 }, 3)).toBeUndefined();
  expect(sockets.of({ node: undefined, pid: 69_999 }, 3)).toBeUndefined();
  // What has ended is not there to be forgotten.
  for (let pid = 0; pid < 200_000; pid++) {
    sockets.open({ node: undefined, pid }, "3", "1");
    sockets.end({ node: undefined, pid });
  }
  expect(sockets.evicted).toBe(32_768);
});
