import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { auditState } from "../../../packages/sensor/src/testing/audit-state.ts";
import { onlyOne } from "../../../packages/sensor/src/testing/only-one.ts";
import { announced, whyNoAudit } from "../../../packages/sensor/src/testing/requirements.ts";
import { startLive, withKoffi } from "./testing/live-program.ts";
import { startProgram } from "./testing/run-program.ts";

// The bundle as users run it, with audit, whose state is the whole host's: no two tests may use it at a time.

afterAll(await onlyOne("audit"));
const reason = announced("the program with audit", whyNoAudit());

const folder = mkdtempSync(join(tmpdir(), "tallyman-program-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const audit = ["--source", "audit", "--allow-audit", "--state", join(folder, "state")];
const commands = [
  ["sensor", ...audit],
  ["watch", "--no-config", ...audit],
];

describe.skipIf(reason !== undefined)("audit", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "tells the sensor what is executed, and is what it was after %s",
    async (signal) => {
      const before = auditState();
      const live = await startLive(["sensor", ...audit]);
      expect(auditState()).toContain(`pid ${live.child.pid}`);
      spawnSync("/bin/true", ["tag-audit", signal]);
      const exec = await live.line(
        (line) => line.includes(`"tag-audit","${signal}"`) && line.includes('"exec"'),
      );
      expect(JSON.parse(exec)).toMatchObject({
        process: { name: "true", executable: "/bin/true", args: ["/bin/true", "tag-audit", signal] },
      });
      const { status, stderr } = await live.stop(signal);
      expect(status).toBe(0);
      expect(stderr).toMatch(/ events from audit in /);
      expect(auditState()).toEqual(before);
    },
  );

  test.each(commands)("is what it was when %s is told to end as soon as it has audit", async (...args) => {
    const before = auditState();
    const { child, ended } = startProgram(args, { env: withKoffi });
    while (!auditState().includes(`pid ${child.pid}`) && child.exitCode === null) await sleep(1);
    child.kill("SIGTERM");
    expect((await ended).status).toBe(0);
    expect(auditState()).toEqual(before);
  });

  test.each([0, 100, 200, 300, 400, 500, 600, 800])(
    "is what it was when the sensor is told to end %i ms after its start",
    async (ms) => {
      const before = auditState();
      const { child, ended } = startProgram(["sensor", ...audit], { env: withKoffi });
      await sleep(ms);
      child.kill("SIGINT");
      // Before it listens for signals, one ends it as it ends any program.
      expect([0, null]).toContain((await ended).status);
      expect(auditState()).toEqual(before);
    },
  );
});
