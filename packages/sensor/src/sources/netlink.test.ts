import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditControl } from "../audit/audit-control.ts";
import type { NetlinkMessage } from "../netlink/netlink-socket.ts";
import { ProcConnector, ProcConnectorReader } from "../netlink/proc-connector.ts";
import { startSource } from "../start-source.ts";
import { auditctl, auditRules, auditState } from "../testing/audit-state.ts";
import { compile, hasCompiler } from "../testing/compile.ts";
import { Observation } from "../testing/observation.ts";
import { onlyOne } from "../testing/only-one.ts";
import { announced, whyNoAudit, whyNoConnector } from "../testing/requirements.ts";
import { AuditSource } from "./audit.ts";
import { ProcConnectorSource } from "./proc-connector.ts";
import { type RunningSource, type Source, SourceFailed } from "./source.ts";

afterAll(await onlyOne("audit"));
const noConnector = announced("the proc connector", whyNoConnector());
const noAudit = announced("audit", whyNoAudit());
const folder = mkdtempSync(join(tmpdir(), "tallyman-netlink-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sources: readonly [string, string | undefined, () => Source][] = [
  ["the proc connector", noConnector, () => new ProcConnectorSource()],
  ["audit", noAudit, () => new AuditSource({ isAllowed: true })],
];

describe.each(sources)("%s", (name, reason, make) => {
  describe.skipIf(reason !== undefined)("as a source", () => {
    let observation: Observation;
    beforeAll(async () => {
      const { running, rejected } = await startSource([make()]);
      expect(rejected).toEqual([]);
      observation = new Observation(running);
    });
    afterAll(() => observation.stop());

    it("reports all of a process that lives for a while", async () => {
      const options = { cwd: "/usr", env: { LD_PRELOAD: "" }, detached: true } as const;
      const child = spawn("/bin/sh", ["-c", "read line; exit 7", "tag a"], options);
      const { pid } = child;
      const exec = await observation.first("exec", (event) => event.pid === pid);
      child.stdin.end("\n");
      const exit = await observation.first("exit", (event) => event.pid === pid);
      const own = { pid, vpid: pid, ppid: process.pid, pgid: pid, sid: pid };
      expect(await observation.first("fork", (event) => event.pid === pid)).toMatchObject({
        ppid: process.pid,
      });
      expect(await observation.first("setsid", (event) => event.pid === pid)).toMatchObject({
        sid: pid,
        tty: null,
      });
      expect(exec).toMatchObject({
        ...own,
        args: ["/bin/sh", "-c", "read line; exit 7", "tag a"],
        comm: "sh",
        workingDirectory: "/usr",
        environment: ["LD_PRELOAD="],
        tty: null,
        credentials: { uid: process.getuid?.() },
        standardFiles: [null, null, null],
      });
      expect(exec.resolvedPath).toBe(
        execFileSync("readlink", ["-f", "/bin/sh"], { encoding: "utf8" }).trim(),
      );
      expect(exit).toMatchObject({ exitCode: 7 });
      expect(exec.atNs).toBeGreaterThanOrEqual(exec.startNs as bigint);
      expect(exit.atNs).toBeGreaterThan(exec.atNs);
    });

    it("reports a signal", async () => {
      const { pid } = spawn("/bin/sh", ["-c", "kill -9 $$"]);
      expect(await observation.first("exit", (event) => event.pid === pid)).toMatchObject({ signal: 9 });
    });

    it("reports new ids", async ({ skip }) => {
      const { pid, status } = spawnSync(process.execPath, ["-e", "process.setuid(1234)"]);
      if (status !== 0) skip("this user may not become another one");
      await observation.first("ids", (event) => event.pid === pid);
    });

    it.skipIf(!hasCompiler())("misses no event of short processes", async () => {
      const times = 500;
      const burst = spawn(compile("burst", folder), [String(times), compile("brief", folder), `tag-${name}`]);
      await once(burst, "exit");
      const ended = spawnSync("/bin/true", ["tag-end"]);
      await observation.first("exit", (event) => event.pid === ended.pid);
      const forks = observation.all("fork", ({ ppid }) => ppid === burst.pid);
      const pids = new Set(forks.map(({ pid }) => pid));
      expect(pids.size).toBe(times);
      expect(observation.all("exec", ({ pid }) => pids.has(pid))).toHaveLength(times);
      expect(observation.all("exit", ({ pid }) => pids.has(pid))).toHaveLength(times);
      expect(observation.all("lost", () => true)).toEqual([]);
      // Only audit tells of them when they have ended.
      if (name !== "audit") return;
      const tags = observation
        .all("exec", ({ pid }) => pids.has(pid))
        .map(({ args, filename }) => [filename, args?.[1]]);
      expect(tags).toEqual(
        Array.from({ length: times }, (_, i) => [join(folder, "brief"), `tag-${name}-${i}`]),
      );
    });
  });
});

describe.skipIf(noConnector !== undefined)("the socket of the proc connector", () => {
  const received = ({ socket }: ProcConnector) => {
    const found: (NetlinkMessage | "overrun" | "foreign")[] = [];
    for (let next = socket.receive(); next !== undefined; next = socket.receive())
      found.push(typeof next === "string" ? next : { ...next, payload: Buffer.from(next.payload) });
    return found;
  };

  it("passes over what another process says", ({ skip }) => {
    if (process.getuid?.() !== 0) skip("to say it takes CAP_NET_ADMIN");
    const inode = (fd: number) => /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0];
    const connector = ProcConnector.open();
    const columns = readFileSync("/proc/net/netlink", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/));
    const port = columns.find((column) => column.at(-1) === inode(connector.socket.fd))?.[2];
    const script = `
import socket, struct
event = struct.pack("<IIQII16x", 2, 0, 1, ${2 ** 22 + 1}, ${2 ** 22 + 1})
message = struct.pack("<IIIIHH", 1, 1, 7, 0, len(event), 0) + event
sender = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 11)
sender.sendto(struct.pack("<IHHII", 16 + len(message), 3, 0, 0, 0) + message, (${port}, 0))`;
    const { error, status, pid } = spawnSync("python3", ["-c", script]);
    if (error !== undefined) skip("there is no python3");
    expect(status).toBe(0);
    const found = received(connector);
    connector.close();
    expect(found).toContain("foreign");
    const reader = new ProcConnectorReader();
    const pids = found.map((one) => (typeof one === "string" ? undefined : reader.read(one.payload)?.pid));
    expect(pids).toContain(pid);
    expect(pids).not.toContain(2 ** 22 + 1);
  });

  it("tells the kernel when nobody listens any more", () => {
    // The kernel acknowledges such requests to all who listen, by messages of the kind 0.
    const answers = () =>
      received(witness).filter((one) => typeof one === "object" && one.payload.readUInt32LE(20) === 0);
    const witness = ProcConnector.open();
    const other = ProcConnector.open();
    expect(answers()).not.toEqual([]);
    other.close();
    expect(answers()).not.toEqual([]);
    witness.close();
  });
});

describe.skipIf(noAudit !== undefined)("what audit was before", () => {
  /** Does something while audit is in use. */
  const using = async (work: (source: RunningSource) => unknown) => {
    const source = await new AuditSource({ isAllowed: true }).start();
    try {
      await work(source);
    } finally {
      await source.stop();
    }
  };

  it("is what it is after", async () => {
    const before = auditState();
    await using(() => expect(auditState()).not.toEqual(before));
    expect(auditState()).toEqual(before);
  });

  it("keeps rules of others that only speak of tallyman", async () => {
    const path = join(folder, "tallyman");
    mkdirSync(path);
    const rule = ["-F", "arch=b64", "-S", "rmdir", "-F", `dir=${path}`, "-F", "key=other"];
    auditctl("-a", "always,exit", ...rule);
    try {
      const before = auditState();
      await using(() => expect(auditRules()).toContain(["-a", "always,exit", ...rule].join(" ")));
      expect(auditState()).toEqual(before);
    } finally {
      auditctl("-d", "always,exit", ...rule);
    }
  });

  it("is taken to be off when a run before was killed and has left its rules", async () => {
    const before = auditState();
    auditctl("-a", "always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-k", "tallyman");
    auditctl("-e", "1");
    try {
      await using(() => expect(auditRules()).toHaveLength(2));
      expect(auditState()).toEqual(before);
    } finally {
      auditctl("-D", "-k", "tallyman");
      auditctl("-e", "0");
    }
  });

  it("is so after the worker ended unasked", async () => {
    const before = auditState();
    const starting = once(process, "worker");
    await using(async (source) => {
      const [worker] = (await starting) as [Worker];
      const reading = (async () => {
        for await (const _ of source.events());
      })();
      await worker.terminate();
      await expect(reading).rejects.toThrow(SourceFailed);
      expect(auditState()).toEqual(before);
    });
  });

  it("does not take back what was lost when someone sets the count to zero", async () => {
    const audit = AuditControl.open();
    let before = 0;
    try {
      // Room for one record at a time; an exec makes several.
      auditctl("-b", "1");
      const lostByExec = () => {
        spawnSync("/bin/true");
        before = audit.lost();
        return before;
      };
      await expect.poll(lostByExec, { timeout: 20_000 }).toBeGreaterThan(0);
      auditctl("-b", "8192");
    } finally {
      auditctl("--reset-lost");
      audit.restore();
    }
    expect(audit.lost()).toBeGreaterThanOrEqual(before);
  });

  it("is not touched unless that is allowed", async () => {
    await expect(new AuditSource({ isAllowed: false }).start()).rejects.toThrow(/not allowed/);
  });

  it("does not let a second one begin", async () => {
    await using(() =>
      expect(new AuditSource({ isAllowed: true }).start()).rejects.toThrow(/daemon runs already/),
    );
  });
});
