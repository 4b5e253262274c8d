import type { ExecEvent } from "@tallyman/session-model";
import { describe, expect, it } from "vitest";
import { libc } from "../native/libc.ts";
import { ProcReader } from "../proc/read-processes.ts";
import { withEndedProcess } from "../testing/ended-process.ts";
import { announced, whyNoLibc } from "../testing/requirements.ts";
import type { ProcEvent } from "./proc-connector.ts";
import { ProcessEvents } from "./process-events.ts";

// Ids that no process has: `/proc` shows nothing of them.
const none = 2 ** 22 + 1;
const other = none + 1;
const monotonicNs = 1_000_000_000n;

const exec = (pid: number): ProcEvent => ({ kind: "exec", pid, monotonicNs });
const exit = (pid: number): ProcEvent => ({ kind: "exit", pid, monotonicNs, status: 0 });
const audit = (pid: number, ...args: readonly string[]): ExecEvent => ({
  pid,
  ppid: 1,
  kind: "exec",
  atNs: libc().wallClockNs(),
  credentials: { uid: 0, euid: 0, suid: 0, gid: 0, egid: 0, sgid: 0 },
  args,
});

function eventsWith(waitsForAudit: boolean): ProcessEvents {
  return new ProcessEvents(new ProcReader({ keepsVariable: () => false, environmentBytes: 0 }), {
    waitsForAudit,
  });
}

const reason = announced("what the proc connector and audit tell together", whyNoLibc());

describe.skipIf(reason !== undefined)("ProcessEvents", () => {
  it("reports an exec at once where there is no audit", () => {
    const events = eventsWith(false);
    events.add(exec(none));
    expect(events.take(true)).toMatchObject([{ kind: "exec", pid: none }]);
  });

  it("reports the ids of a process that has ended already", async () => {
    const events = eventsWith(false);
    await withEndedProcess((pid, ppid) => {
      events.add(exec(pid));
      const [event] = events.take(true);
      expect(event).toMatchObject({ kind: "exec", pid, ppid, credentials: { uid: process.getuid?.() } });
      expect(event).not.toHaveProperty("args");
    });
  });

  it("holds an exec, and what comes behind it, until audit has spoken", () => {
    const events = eventsWith(true);
    events.add(exit(other));
    events.add(exec(none));
    events.add(exit(none));
    expect(events.take(true)).toMatchObject([{ kind: "exit", pid: other }]);
    expect(events.take(true)).toEqual([]);
    events.addAudit(audit(none, "true", "x"));
    expect(events.take(false)).toMatchObject([
      { kind: "exec", pid: none, args: ["true", "x"] },
      { kind: "exit", pid: none },
    ]);
  });

  it("keeps what audit says before the connector does", () => {
    const events = eventsWith(true);
    events.addAudit(audit(none, "early"));
    expect(events.take(true)).toEqual([]);
    events.add(exec(none));
    expect(events.take(true)).toMatchObject([{ kind: "exec", pid: none, args: ["early"] }]);
  });

  it("gives each exec of one process its own", () => {
    const events = eventsWith(true);
    events.add(exec(none));
    events.add(exec(none));
    events.addAudit(audit(none, "first"));
    events.addAudit(audit(none, "second"));
    expect(events.take(true)).toMatchObject([{ args: ["first"] }, { args: ["second"] }]);
  });

  it("does not wait for ever, and then reports what either one knows", async () => {
    const events = eventsWith(true);
    events.add(exec(none));
    events.addAudit(audit(other, "alone"));
    expect(events.take(true)).toEqual([]);
    await expect
      .poll(() => events.take(true), { timeout: 5000 })
      .toMatchObject([
        { kind: "exec", pid: none },
        { kind: "exec", pid: other, args: ["alone"] },
      ]);
  });

  it.each<[string, (events: ProcessEvents, pid: number) => void]>([
    ["the connector", (events, pid) => events.add(exec(pid))],
    ["audit", (events, pid) => events.addAudit(audit(pid))],
  ])("gives up what has waited when %s alone tells of more than may wait", async (_, add) => {
    const events = eventsWith(true);
    for (let i = 0; i < 10_001; i++) add(events, none + i);
    await expect.poll(() => events.take(false).length, { timeout: 5000 }).toBeGreaterThan(0);
  });

  it("believes audit where /proc says something else", () => {
    const events = eventsWith(true);
    events.add(exec(process.pid));
    events.addAudit({ ...audit(process.pid, "from audit"), workingDirectory: "/from/audit" });
    const [event] = events.take(true);
    expect(event).toMatchObject({
      args: ["from audit"],
      workingDirectory: "/from/audit",
      sid: expect.any(Number),
    });
  });

  it("gives up nothing while there is more to read", () => {
    const events = eventsWith(true);
    events.add(exec(none));
    expect(events.take(false)).toEqual([]);
    expect(events.takeAll()).toMatchObject([{ kind: "exec", pid: none }]);
  });
});
