import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { withEndedProcess } from "../testing/ended-process.ts";
import { announced, whyNoLibc } from "../testing/requirements.ts";
import { cgroupPathIn } from "./cgroup.ts";
import { ProcReader, parseStat, parseStatus } from "./read-processes.ts";

const restOfStat = "0 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0 0 0 0 0 0 0";

describe("parseStat", () => {
  it.each([
    ["sh", "34816", { major: 136, minor: 0 }],
    // pts/300: the minor number is in two parts.
    ["a) S (b", String((136 << 8) | (300 & 0xff) | ((300 & 0xf_ff00) << 12)), { major: 136, minor: 300 }],
    ["tty1", "1025", { major: 4, minor: 1 }],
    ["ttyS0", "1088", { major: 4, minor: 64 }],
    ["", "0", null],
  ])("reads a process named %j on terminal %s", (comm, number, tty) => {
    expect(parseStat(`4711 (${comm}) S 1 4700 4600 ${number} -1 ${restOfStat}`)).toEqual({
      comm,
      ppid: 1,
      pgid: 4700,
      sid: 4600,
      tty,
      startNs: 123_450_000_000n,
    });
  });
});

describe("parseStatus", () => {
  it("reads ids and capabilities", () => {
    const content =
      "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t4711\t12\nCapPrm:\t0000000020000420\nCapEff:\t000001ffffffffff\n";
    expect(parseStatus(content)).toEqual({
      vpid: 12,
      credentials: { uid: 1, euid: 2, suid: 3, gid: 5, egid: 6, sgid: 7 },
      capabilities: { effective: 0x1ff_ffff_ffffn, permitted: 0x20000420n },
    });
  });
});

describe("cgroupPathIn", () => {
  const hybrid = "12:cpu,cpuacct:/\n8:pids:/docker/1\n1:name=systemd:/\n0::/system.slice/docker.service\n";
  it.each([
    [hybrid, true, "/docker/1"],
    [hybrid, false, "/system.slice/docker.service"],
    ["3:net_cls,pids:/a:b\n", true, "/a:b"],
    ["0::/\n", false, "/"],
    ["1:cpu:/\n", false, undefined],
  ])("finds it in %j", (content, pidsHierarchy, path) => {
    expect(cgroupPathIn(content, pidsHierarchy)).toBe(path);
  });
});

const reason = announced("reading /proc", whyNoLibc());

describe.skipIf(reason !== undefined)("ProcReader", () => {
  const reader = new ProcReader({
    keepsVariable: (variable) => variable.startsWith("KEPT="),
    environmentBytes: 64,
  });

  it("reads a process", async () => {
    const env = { KEPT: "yes", SECRET: "no", LATE: "x".repeat(64) };
    const child = spawn("/bin/cat", ["-", "", "a b"], {
      cwd: "/usr",
      env,
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    await once(child, "spawn");
    const { pid } = child as { pid: number };
    const found = reader.readAll().find((process) => process.pid === pid);
    child.kill("SIGKILL");
    expect(found).toMatchObject({
      pid,
      ppid: process.pid,
      pgid: pid,
      sid: pid,
      comm: "cat",
      args: ["/bin/cat", "-", "", "a b"],
      environment: ["KEPT=yes"],
      workingDirectory: "/usr",
      standardFiles: [null, { major: 1, minor: 3 }, { major: 1, minor: 3 }],
      credentials: { uid: process.getuid?.(), egid: process.getegid?.() },
    });
    expect(found?.executable).toMatch(/cat$/);
    expect(found?.parentStartNs).toBe(reader.read(process.pid)?.startNs);
    expect(found?.atNs).toBeGreaterThan(found?.startNs as bigint);
  });

  it("has nothing of a process that has ended but its ids, while nobody waits for it", async () => {
    await withEndedProcess((pid, ppid) => {
      expect(reader.read(pid)).toBeUndefined();
      expect(reader.readAll().map((process) => process.pid)).not.toContain(pid);
      expect(reader.readStat(pid)).toMatchObject({ comm: "sleep", ppid });
    });
  });

  it("reads a thread of the kernel", ({ skip }) => {
    const found = reader.read(2);
    if (found?.comm !== "kthreadd") skip("this pid namespace has no threads of the kernel");
    for (const name of ["args", "executable", "environment", "standardFiles"])
      expect(found).not.toHaveProperty(name);
  });

  it("has nothing of a process that is not there", () => {
    expect(reader.read(2 ** 22 + 1)).toBeUndefined();
  });
});
