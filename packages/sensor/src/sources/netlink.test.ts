import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditControl } from "../audit/audit-control.ts";
import { openProcConnector } from "../netlink/proc-connector.ts";
import { startSource } from "../start-source.ts";
import { compile, hasCompiler } from "../testing/compile.ts";
import { Observation } from "../testing/observation.ts";
import { announced, whyNot } from "../testing/requirements.ts";
import { AuditSource } from "./audit.ts";
import { ProcConnectorSource } from "./proc-connector.ts";
import { type Source, SourceFailed } from "./source.ts";

const whyNoConnector = announced(
  "the proc connector",
  whyNot(() => openProcConnector().close()),
);
const whyNoAudit = announced("audit", whyNoConnector ?? whyNot(() => AuditControl.open().restore()));
const folder = mkdtempSync(join(tmpdir(), "tallyman-netlink-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sources: readonly [string, string | undefined, () => Source][] = [
  ["the proc connector", whyNoConnector, () => new ProcConnectorSource()],
  ["audit", whyNoAudit, () => new AuditSource({ isAllowed: true })],
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

describe.skipIf(whyNoAudit !== undefined)("what audit was before", () => {
  const state = () => {
    const status = execFileSync("auditctl", ["-s"], { encoding: "utf8" });
    const kept = status
      .split("\n")
      .filter((line) => /^(enabled|pid|backlog_limit|backlog_wait_time) /.test(line));
    return [...kept, execFileSync("auditctl", ["-l"], { encoding: "utf8" })];
  };

  it("is what it is after", async ({ skip }) => {
    if (spawnSync("auditctl", ["-v"]).error !== undefined) skip("there is no auditctl");
    const before = state();
    const source = await new AuditSource({ isAllowed: true }).start();
    expect(state()).not.toEqual(before);
    await source.stop();
    expect(state()).toEqual(before);
  });

  it("is so after the worker ended unasked", async ({ skip }) => {
    if (spawnSync("auditctl", ["-v"]).error !== undefined) skip("there is no auditctl");
    const before = state();
    const starting = once(process, "worker");
    const source = await new AuditSource({ isAllowed: true }).start();
    const [worker] = (await starting) as [Worker];
    const reading = (async () => {
      for await (const _ of source.events());
    })();
    await worker.terminate();
    await expect(reading).rejects.toThrow(SourceFailed);
    expect(state()).toEqual(before);
  });

  it("is not touched unless that is allowed", async () => {
    await expect(new AuditSource({ isAllowed: false }).start()).rejects.toThrow(/not allowed/);
  });

  it("does not let a second one begin", async () => {
    const source = await new AuditSource({ isAllowed: true }).start();
    await expect(new AuditSource({ isAllowed: true }).start()).rejects.toThrow(/daemon runs already/);
    await source.stop();
  });
});
