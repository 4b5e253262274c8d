import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { alertOf } from "../testing/alert-of.ts";
import { Spool, type SpoolOptions } from "./spool.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-spool-"));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function place(): string {
  made += 1;
  return join(folder, String(made));
}

const large: SpoolOptions = { bytesMax: 2 ** 30, segmentBytes: 400 };

/** The ids of all that a reader that begins at a number gets, in its order. */
function readAll(spool: Spool, from: number, countMax = 3): string[] {
  const ids: string[] = [];
  for (let at = from; at < spool.next; ) {
    const { alerts, damaged, end } = spool.read(at, countMax, 1000);
    expect(end).toBe(at + alerts.length + damaged);
    expect(alerts.map(({ sequence }) => sequence)).toEqual(alerts.map((_, i) => at + i));
    ids.push(...alerts.map(({ id }) => id));
    at = end;
  }
  return ids;
}

function fill(spool: Spool, ids: readonly string[]): void {
  for (const id of ids) {
    spool.append(alertOf(id));
    spool.flush();
  }
}

const ids = Array.from({ length: 20 }, (_, i) => `a${i}`);

test("alerts are read as they were written, by another run too", () => {
  const at = place();
  const first = new Spool(at, large);
  const alert = alertOf(
    "x",
    { severity: "high", eventTimeMs: undefined },
    { process: { name: "naïve\u001b\u202e" } },
  );
  first.append(alert);
  first.flush();
  const [read] = first.read(0, 10, 1000).alerts;
  expect(read).toMatchObject({
    sequence: 0,
    id: "x",
    severity: "high",
    timeMs: undefined,
    isBuildingBlock: false,
  });
  expect(JSON.parse(read?.json ?? "")).toEqual(alert.document);
  fill(first, ids);
  expect(readAll(first, 0)).toEqual(["x", ...ids]);
  first.close();
  const second = new Spool(at, large);
  expect(second.next).toBe(21);
  expect(readAll(second, 5)).toEqual(ids.slice(4));
  second.close();
  expect(statSync(at).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(at)) expect(statSync(join(at, name)).mode & 0o777).toBe(0o600);
});

test("wherever a crash cuts the last segment off, what was whole is read, and writing goes on after it", () => {
  const at = place();
  const spool = new Spool(at, { ...large, segmentBytes: 10_000 });
  fill(spool, ["a", "b", "c"]);
  spool.close();
  const [name = ""] = readdirSync(at);
  const whole = readFileSync(join(at, name));
  const length = whole.length / 3;
  for (let end = 0; end <= whole.length; end++) {
    const cut = place();
    mkdirSync(cut);
    writeFileSync(join(cut, name), whole.subarray(0, end));
    const again = new Spool(cut, large);
    const kept = ["a", "b", "c"].slice(0, Math.floor(end / length));
    expect(readAll(again, 0)).toEqual(kept);
    fill(again, ["d"]);
    expect(readAll(again, 0)).toEqual([...kept, "d"]);
    again.close();
  }
});

test("damage takes the alerts behind it in its segment, and those are counted", () => {
  const at = place();
  const spool = new Spool(at, large);
  fill(spool, ids);
  spool.close();
  const names = readdirSync(at).sort();
  const path = join(at, names[1] ?? "");
  const bytes = readFileSync(path);
  bytes[20] = (bytes[20] as number) ^ 1;
  writeFileSync(path, bytes);
  const again = new Spool(at, large);
  const inFirst = Number((names[1] ?? "").slice(0, 16));
  const inSecond = Number((names[2] ?? "").slice(0, 16)) - inFirst;
  expect(again.read(inFirst, 10, 1000)).toEqual({ alerts: [], end: inFirst + inSecond, damaged: inSecond });
  expect(readAll(again, 0)).toEqual([...ids.slice(0, inFirst), ...ids.slice(inFirst + inSecond)]);
  again.close();
});

test("what a failing machine has left of a full segment is told, and reading goes on behind it", () => {
  for (const damage of ["cut", "gone", "zeros"] as const) {
    const at = place();
    const spool = new Spool(at, large);
    fill(spool, ids);
    spool.close();
    const [, second = "", third = ""] = readdirSync(at).sort();
    const first = Number(second.slice(0, 16));
    const count = Number(third.slice(0, 16)) - first;
    const path = join(at, second);
    const whole = readFileSync(path);
    if (damage === "cut") writeFileSync(path, whole.subarray(0, whole.length / count));
    else if (damage === "zeros") writeFileSync(path, Buffer.alloc(whole.length));
    else rmSync(path);
    const again = new Spool(at, large);
    const kept = damage === "cut" ? 1 : 0;
    expect(readAll(again, 0)).toEqual([...ids.slice(0, first + kept), ...ids.slice(first + count)]);
    again.close();
  }
});

test("zeros at the end of the last segment are no alerts", () => {
  const at = place();
  const spool = new Spool(at, large);
  fill(spool, ["a"]);
  spool.close();
  const [name = ""] = readdirSync(at);
  appendFileSync(join(at, name), Buffer.alloc(64));
  const again = new Spool(at, large);
  expect([again.next, readAll(again, 0)]).toEqual([1, ["a"]]);
  again.close();
});

test("a sink whose cursor cannot be read gets what is there once more, rather than nothing of it", () => {
  for (const left of [Buffer.alloc(0), Buffer.alloc(2048)]) {
    const at = place();
    const spool = new Spool(at, large);
    spool.consumer("s");
    fill(spool, ids);
    spool.close();
    writeFileSync(join(at, "s.cursor"), left);
    const again = new Spool(at, large);
    expect(again.consumer("s").cursor.position).toBe(0);
    again.close();
  }
});

test("segments stay until every sink has delivered them and the state is saved", () => {
  const at = place();
  const spool = new Spool(at, large);
  const [quick, slow] = [spool.consumer("quick"), spool.consumer("slow")];
  fill(spool, ids);
  const segments = () => readdirSync(at).filter((name) => name.endsWith(".alerts")).length;
  const all = segments();
  expect(all).toBeGreaterThan(5);
  quick.acknowledge(20, 0, {});
  spool.saved(20);
  expect(segments()).toBe(all);
  slow.acknowledge(10, 0, {});
  spool.release();
  expect(segments()).toBeLessThan(all);
  expect(readAll(spool, 10)).toEqual(ids.slice(10));
  slow.acknowledge(20, 0, {});
  spool.release();
  expect(segments()).toBe(1);
  spool.close();
  const again = new Spool(at, large);
  expect(again.next).toBe(20);
  expect(again.consumer("slow").cursor.position).toBe(20);
  // A sink that was not there before begins with what comes now.
  expect(again.consumer("new").cursor.position).toBe(20);
  again.close();
});

test("a full spool drops its oldest alerts, says so once, and counts those that were not delivered", () => {
  const at = place();
  const notices: string[] = [];
  const spool = new Spool(at, {
    bytesMax: 2000,
    segmentBytes: 400,
    onNotice: (text) => notices.push(text),
  });
  const [down, up] = [spool.consumer("down"), spool.consumer("up")];
  for (const [i, id] of ids.entries()) {
    fill(spool, [id]);
    up.acknowledge(i + 1, 0, {});
  }
  const { dropped, position } = down.cursor;
  expect(dropped).toBeGreaterThan(5);
  expect(dropped).toBe(position);
  expect(up.cursor.dropped).toBe(0);
  expect(notices).toEqual([expect.stringMatching(/^the spool is full: the oldest alerts are dropped/)]);
  expect(readAll(spool, position)).toEqual(ids.slice(position));
  // What is being delivered is not lost with its segment.
  down.begin(position + 2);
  fill(spool, ids);
  expect(down.cursor.dropped).toBe(down.cursor.position - 2);
  spool.close();
  const again = new Spool(at, { bytesMax: 2000, segmentBytes: 400 });
  expect(again.consumer("down").cursor.dropped).toBe(down.cursor.dropped);
  again.close();
});

test("what a replay raises again is not appended again", () => {
  const at = place();
  const first = new Spool(at, large);
  fill(first, ["a", "b", "c", "d"]);
  first.close();
  const second = new Spool(at, large);
  second.expectReplay(1);
  expect(second.replayFrom).toBe(1);
  fill(second, ["b"]);
  // A state that is saved here must know of the two that are still to come.
  expect(second.replayFrom).toBe(2);
  fill(second, ["d", "c", "e"]);
  expect(second.replayFrom).toBe(second.next);
  expect([second.repeated, readAll(second, 0)]).toEqual([3, ["a", "b", "c", "d", "e"]]);
  // It was raised twice by the rules, not by a replay.
  fill(second, ["d"]);
  expect(readAll(second, 0)).toEqual(["a", "b", "c", "d", "e", "d"]);
  second.close();
});

test("later states of an alert are told apart from it, and from each other", () => {
  const at = place();
  const state = (suppressed: number) =>
    alertOf("a", suppressed === 0 ? {} : { isUpdate: true }, {
      "kibana.alert.suppression.docs_count": suppressed,
    });
  const raise = (spool: Spool, ...states: readonly number[]) => {
    for (const suppressed of states) spool.append(state(suppressed));
    spool.flush();
  };
  const first = new Spool(at, { bytesMax: 2 ** 30 });
  raise(first, 0, 3);
  first.close();
  const second = new Spool(at, { bytesMax: 2 ** 30 });
  second.expectReplay(0);
  raise(second, 0, 3, 5);
  expect(second.repeated).toBe(2);
  expect(
    second.read(0, 10, 1000).alerts.map(({ key, isUpdate, suppressed }) => [key, isUpdate, suppressed]),
  ).toEqual([
    ["a", false, 0],
    ["a 3", true, 3],
    ["a 5", true, 5],
  ]);
  second.close();
});

test("any alerts, sizes of segments and restarts: readers get what was written, in its order", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          { weight: 8, arbitrary: fc.string({ maxLength: 300 }) },
          { weight: 1, arbitrary: fc.constant(undefined) },
        ),
        { maxLength: 60 },
      ),
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 10 }),
      (steps, segmentBytes, countMax) => {
        const at = place();
        let spool = new Spool(at, { bytesMax: 2 ** 30, segmentBytes });
        const written: string[] = [];
        for (const step of steps) {
          if (step === undefined) {
            spool.close();
            spool = new Spool(at, { bytesMax: 2 ** 30, segmentBytes });
          } else {
            spool.append(alertOf(step));
            written.push(step);
          }
        }
        spool.flush();
        expect(readAll(spool, 0, countMax)).toEqual(written);
        spool.close();
        rmSync(at, { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});

const mounted = place();
mkdirSync(mounted);
const canMount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mounted]).status === 0;
afterAll(() => {
  if (canMount) spawnSync("umount", [mounted]);
});

test.skipIf(!canMount)(
  `alerts wait for room on a full disk${canMount ? "" : " (skipped: mounting takes root)"}`,
  async () => {
    const notices: string[] = [];
    const at = join(mounted, "spool");
    const spool = new Spool(at, { bytesMax: 2 ** 20, onNotice: (text) => notices.push(text) });
    const filler = join(mounted, "filler");
    writeFileSync(filler, "");
    expect(() => {
      for (;;) appendFileSync(filler, Buffer.alloc(1024));
    }).toThrow("ENOSPC");
    fill(spool, ids);
    expect(spool.problem).toMatch(/cannot be written: no space is left$/);
    expect(spool.lost).toBe(0);
    await spool.sync();
    expect(spool.problem).toBeDefined();
    rmSync(filler);
    spool.flush();
    await spool.sync();
    expect([spool.problem, readAll(spool, 0)]).toEqual([undefined, ids]);
    expect(notices).toEqual([
      `the spool in '${at}' cannot be written: no space is left; alerts for sinks wait in memory`,
      "the spool takes alerts again",
    ]);
    writeFileSync(filler, "");
    expect(() => {
      for (;;) appendFileSync(filler, Buffer.alloc(1024));
    }).toThrow("ENOSPC");
    for (let i = 0; i < 100; i++) spool.append(alertOf(`more ${i}`));
    // At the end of the program there is no more waiting.
    spool.close();
    expect([spool.next + spool.lost, spool.lost > 0]).toEqual([120, true]);
    rmSync(filler);
  },
);
