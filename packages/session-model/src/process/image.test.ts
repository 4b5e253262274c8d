import { expect, test } from "vitest";
import { imageOfExec, imageOfRunning } from "./image.ts";

const exec = { kind: "exec", pid: 1, atNs: 0n } as const;

test.for([
  ["a program by its path", { filename: "/usr/bin/id" }, "id", "/usr/bin/id", undefined],
  [
    "a script by its own name",
    { filename: "./s.sh", resolvedPath: "/usr/bin/dash" },
    "s.sh",
    "/srv/app/s.sh",
    "/usr/bin/dash",
  ],
  [
    "a link by the link",
    { filename: "/bin/mysh", resolvedPath: "/usr/bin/dash" },
    "mysh",
    "/bin/mysh",
    "/usr/bin/dash",
  ],
  [
    "an applet by the applet",
    { filename: "/bin/grep", resolvedPath: "/bin/busybox" },
    "grep",
    "/bin/grep",
    "/bin/busybox",
  ],
  ["a descriptor by its file", { filename: "/dev/fd/7", resolvedPath: "/opt/x" }, "x", "/opt/x", undefined],
  ["the same under /proc", { filename: "/proc/self/fd/7", resolvedPath: "/opt/x" }, "x", "/opt/x", undefined],
  [
    "that of another process",
    { filename: "/proc/4711/exe", resolvedPath: "/opt/x" },
    "x",
    "/opt/x",
    undefined,
  ],
  ["a detour to one", { filename: "/proc/./self//fd/7", resolvedPath: "/opt/x" }, "x", "/opt/x", undefined],
  ["standard input", { filename: "/dev/stdin", resolvedPath: "/opt/x" }, "x", "/opt/x", undefined],
  [
    "a relative one",
    { filename: "self/exe", workingDirectory: "/proc", resolvedPath: "/opt/x" },
    "x",
    "/opt/x",
    undefined,
  ],
  [
    "a file under another process's root",
    { filename: "/proc/4711/root/opt/x", resolvedPath: "/opt/x" },
    "x",
    "/proc/4711/root/opt/x",
    "/opt/x",
  ],
  [
    "a file that is beside them",
    { filename: "/proc/sys/x", resolvedPath: "/opt/x" },
    "x",
    "/proc/sys/x",
    "/opt/x",
  ],
  [
    "itself by its file",
    { filename: "/proc/self/exe", resolvedPath: "/usr/sbin/runc" },
    "runc",
    "/usr/sbin/runc",
    undefined,
  ],
  [
    "a file without a path by the short name",
    { filename: "/proc/self/exe", resolvedPath: "/", comm: "exe" },
    "exe",
    undefined,
    undefined,
  ],
  [
    "a script whose path is not told by its short name",
    {
      resolvedPath: "/usr/bin/dash",
      comm: "s.sh",
      args: ["/bin/sh", "./s.sh"],
      workingDirectory: "/srv/app",
    },
    "s.sh",
    "/srv/app/s.sh",
    "/usr/bin/dash",
  ],
  ["only a short name", { comm: "kworker" }, "kworker", undefined, undefined],
  ["nothing", {}, "", undefined, undefined],
  ["a removed file", { filename: "/tmp/x", resolvedPath: "/tmp/x (deleted)" }, "x", "/tmp/x", undefined],
  ["a detour", { filename: "/usr/bin/../../tmp/evil" }, "evil", "/tmp/evil", undefined],
] as const)("an exec of %s", ([, known, name, executable, resolved]) => {
  const image = imageOfExec({ ...exec, ...known }, "/srv/app");
  expect([image.name, image.executable, image.resolvedExecutable]).toEqual([name, executable, resolved]);
});

test.for([
  ["a program", { executable: "/usr/bin/id", comm: "id", args: ["id"] }, "id", "/usr/bin/id"],
  [
    "a script",
    { executable: "/usr/bin/dash", comm: "s.sh", args: ["/bin/sh", "-e", "./s.sh"] },
    "s.sh",
    "/srv/app/s.sh",
  ],
  ["an applet", { executable: "/bin/busybox", comm: "grep", args: ["grep", "x"] }, "grep", "/bin/grep"],
  [
    "a script with a long name",
    { executable: "/usr/bin/dash", comm: "very-long-scrip", args: ["/bin/sh", "/opt/very-long-script.sh"] },
    "very-long-script.sh",
    "/opt/very-long-script.sh",
  ],
  [
    "a program with a long name",
    { executable: "/usr/bin/containerd-shim-runc-v2", comm: "containerd-shim", args: ["x"] },
    "containerd-shim-runc-v2",
    "/usr/bin/containerd-shim-runc-v2",
  ],
  [
    "one that renamed itself",
    { executable: "/usr/sbin/runc", comm: "runc:[2:INIT]", args: ["runc", "init"] },
    "runc",
    "/usr/sbin/runc",
  ],
  [
    "one that rewrote its arguments",
    { executable: "/usr/sbin/sshd", comm: "sshd", args: ["sshd: tom [priv]"] },
    "sshd",
    "/usr/sbin/sshd",
  ],
  ["a removed program", { executable: "/tmp/x (deleted)", comm: "x" }, "x", "/tmp/x"],
  ["a kernel thread", { comm: "kthreadd" }, "kthreadd", undefined],
  // The name of a descendant of it is no proof: `sh` must not pass for `shutdown`.
  [
    "a short name that only begins alike",
    { executable: "/usr/bin/dash", comm: "sh", args: ["/bin/shutdown"] },
    "dash",
    "/usr/bin/dash",
  ],
] as const)("found running: %s", ([, known, name, executable]) => {
  const image = imageOfRunning({ pid: 1, atNs: 0n, workingDirectory: "/srv/app", ...known });
  expect([image.name, image.executable]).toEqual([name, executable]);
});

test("the command line is the arguments with a blank between them, and nothing else", () => {
  const args = ["grep", "", "a b", "'", "\u001b[31m", "\ufffd\u{1f600}"];
  expect(imageOfExec({ ...exec, args }, undefined).commandLine).toBe(
    "grep  a b ' \u001b[31m \ufffd\u{1f600}",
  );
});
