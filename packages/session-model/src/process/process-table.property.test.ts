import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "./image.ts";
import { ProcessTable } from "./process-table.ts";
import { TrackedProcess } from "./tracked-process.ts";

const pid = fc.integer({ min: 1, max: 12 });
const command = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), pid }),
  fc.record({ kind: fc.constant("lead" as const), pid, sid: pid, pgid: pid, entry: pid }),
  fc.record({ kind: fc.constant("image" as const), pid, from: pid, size: fc.integer({ min: 0, max: 400 }) }),
  fc.record({ kind: fc.constant("exit" as const), pid }),
  fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 40 }) }),
);

test("the table's counts are those that counting gives, and within its limits", () => {
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 150 }),
      fc.integer({ min: 1, max: 8 }),
      (commands, processesMax) => {
        const textBytesMax = 1000;
        const table = new ProcessTable({ processesMax, textBytesMax });
        let tick = 0;
        let nowNs = 0n;
        for (const some of commands) {
          if (some.kind === "wait") {
            nowNs += BigInt(some.seconds) * 1_000_000_000n;
            table.advance(nowNs);
          } else if (some.kind === "add") {
            table.add(new TrackedProcess(some.pid, `${some.pid}@${tick}`, tick++, nowNs));
          } else {
            const process = table.get(some.pid);
            if (process === undefined) continue;
            if (some.kind === "exit" && process.exitedAtNs === undefined) table.exit(process, nowNs);
            if (some.kind === "image") {
              const shared = table.get(some.from)?.image;
              const own: Image = { name: "x", size: some.size };
              table.setImage(process, own, shared === undefined ? [] : [shared]);
            }
            if (some.kind === "lead") {
              process.sid = some.sid;
              process.pgid = some.pgid;
              const entryLeader = table.get(some.entry);
              process.entry = entryLeader && {
                type: "init",
                leaderPid: some.entry,
                leaderId: entryLeader.entityId,
              };
              table.touch(process);
            }
          }
          checkCounts(table);
          expect(table.size).toBeLessThanOrEqual(processesMax);
          if (table.size > 1) expect(table.textBytes).toBeLessThanOrEqual(textBytesMax);
        }
        for (const process of [...table.values()])
          if (process.exitedAtNs === undefined) table.exit(process, nowNs);
        table.advance(nowNs + 31_000_000_000n);
        expect([table.size, table.livingCount, table.textBytes]).toEqual([0, 0, 0]);
      },
    ),
    { numRuns: 1000 },
  );
});

function checkCounts(table: ProcessTable): void {
  const all = [...table.values()];
  const living = all.filter(({ exitedAtNs }) => exitedAtNs === undefined);
  expect(table.livingCount).toBe(living.length);
  const memberships = living.flatMap((process) =>
    [process.groupLeader, process.sessionLeader, process.entryLeader].filter((leader) => leader !== process),
  );
  for (const process of all) {
    expect(process.isInTable).toBe(true);
    expect(process.members).toBe(memberships.filter((leader) => leader === process).length);
  }
  const images = new Set(all.flatMap(({ image, previous }) => [image, ...previous]));
  expect(table.textBytes).toBe([...images].reduce((sum, { size }) => sum + size, 0));
}
