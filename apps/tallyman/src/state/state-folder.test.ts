import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { newStore, StateFolder } from "./state-folder.ts";
import { readStateFile, type SavedRun, stateFile } from "./state-format.ts";
import { StateSaver } from "./state-saver.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-state-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run: SavedRun = {
  engine: {
    arrival: 7,
    lastMs: 8,
    recentIds: ["a", "b"],
    rules: { r: { fingerprint: "f", taken: [1, 2] } },
    suppressed: { r: { fingerprint: "g", state: {} } },
  },
  position: { files: { "-": { head: "h", next: 3, waiting: [1] } } },
  spoolNext: 5,
  output: { path: "/o", size: 12 },
};

function storeWith(...terms: string[]) {
  const store = newStore();
  const table = store.table("r", "f", 1e9);
  for (const term of terms) table.record(term, 1000);
  return store;
}

function bytesOf(saved: SavedRun, ...terms: string[]): Buffer {
  return Buffer.concat([...stateFile(saved, storeWith(...terms))]);
}

function opened(name: string): StateFolder {
  const found = StateFolder.open(join(folder, name));
  if (typeof found === "string") throw new Error(found);
  return found;
}

test("a state is read as it was written", () => {
  const many = {
    ...run,
    engine: { ...run.engine, recentIds: Array.from({ length: 12_000 }, (_, i) => `id ${i}`) },
  };
  for (const saved of [run, many, { ...run, position: undefined, output: undefined }]) {
    const read = readStateFile(bytesOf(saved, "x"), {});
    expect(read).toMatchObject({ run: saved });
    expect("store" in read && read.store.table("r", "f", 1e9).seen("x", 0)).toBe(true);
  }
});

test("no cut and no changed byte passes for a state, or throws", () => {
  const whole = bytesOf(run, "x", "y");
  for (let end = 0; end < whole.length; end++)
    expect(readStateFile(whole.subarray(0, end), {})).toHaveProperty("problem");
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 0x55;
    expect(readStateFile(changed, {}), `byte ${at}`).toHaveProperty("problem");
  }
});

test("saving replaces the state at once, and leaves nothing beside it", async () => {
  const state = opened("saved");
  const order: string[] = [];
  const before = async () => {
    order.push(readdirSync(state.path).includes("state") ? "there" : "not there");
    return undefined;
  };
  expect((await state.save(run, storeWith("x"), before)).problem).toBeUndefined();
  expect((await state.save({ ...run, spoolNext: 9 }, storeWith("x"), before)).problem).toBeUndefined();
  expect(order).toEqual(["not there", "there"]);
  expect(readdirSync(state.path).sort()).toEqual(["lock", "state"]);
  expect(state.load({})).toMatchObject({ run: { spoolNext: 9 }, problem: undefined });
  state.close();
  expect(readdirSync(state.path)).toEqual(["state"]);
});

test("what must be on the disk before and is not keeps the old state", async () => {
  const state = opened("kept");
  await state.save(run, storeWith(), async () => undefined);
  const before = readFileSync(join(state.path, "state"));
  const full = Object.assign(new Error("full"), { code: "ENOSPC" });
  const { problem } = await state.save({ ...run, spoolNext: 9 }, storeWith(), () => Promise.reject(full));
  expect(problem).toMatch(
    /^the state in '.*' cannot be written: no space is left; what this run has seen is not kept$/,
  );
  expect(readFileSync(join(state.path, "state"))).toEqual(before);
  const refused = await state.save({ ...run, spoolNext: 9 }, storeWith(), async () => "alerts wait");
  expect(refused.problem).toBe("alerts wait; what this run has seen is not kept");
  expect(readFileSync(join(state.path, "state"))).toEqual(before);
  expect(readdirSync(state.path).sort()).toEqual(["lock", "state"]);
  state.close();
});

test("a folder is for one at a time; the lock of a process that is gone does not count", async () => {
  const state = opened("locked");
  expect(StateFolder.open(state.path)).toMatch(`is used by process ${process.pid}`);
  state.close();
  // Ids of processes are used again: this one is alive, and began at another time.
  // And before the machine was started anew, one may have begun at the same time.
  const before = opened("locked");
  const own = readFileSync(join(before.path, "lock"), "utf8");
  before.close();
  expect(own).toMatch(/^\d+ \d+ [0-9a-f-]{36}$/);
  for (const stale of ["999999999 1", `${process.ppid} 1`, "", "nonsense", own.replace(/[0-9a-f]$/, "x")]) {
    writeFileSync(join(state.path, "lock"), stale);
    opened("locked").close();
    expect(readdirSync(state.path)).toEqual([]);
  }
  const taken = opened("locked");
  writeFileSync(join(taken.path, "lock"), "1 1");
  const { problem } = await taken.save(run, storeWith(), async () => undefined);
  expect(problem).toMatch("was taken over by another run");
  taken.close();
  expect(readFileSync(join(taken.path, "lock"), "utf8")).toBe("1 1");
});

test("the state is saved again and again, sooner when it is asked for, and not after the end", async () => {
  const state = opened("saver");
  const saved: number[] = [];
  let next = 0;
  const source = {
    store: storeWith("x"),
    capture: () => {
      next += 1;
      return { ...run, spoolNext: next };
    },
    beforeUse: async () => undefined,
    saved: ({ spoolNext }: SavedRun) => saved.push(spoolNext),
  };
  const quick = new StateSaver(state, source, 5, () => {});
  quick.start();
  await expect.poll(() => saved.length).toBeGreaterThan(2);
  await quick.stop();
  const slow = new StateSaver(state, source, 1e6, () => {});
  slow.start();
  const before = saved.length;
  slow.request();
  await expect.poll(() => saved.length).toBe(before + 1);
  await slow.save();
  await slow.stop();
  slow.request();
  expect(saved).toEqual(saved.map((_, i) => i + 1));
  state.close();
});

test("that saving fails is told once", async () => {
  const state = opened("failing");
  mkdirSync(join(state.path, "state.new"));
  const problems: string[] = [];
  const source = {
    store: storeWith(),
    capture: () => run,
    beforeUse: async () => undefined,
    saved: () => {},
  };
  const saver = new StateSaver(state, source, 5, (problem) => problems.push(problem));
  await saver.save();
  await saver.save();
  expect(problems).toHaveLength(1);
  expect(saver.problem).toMatch("cannot be written: it is a folder");
  rmSync(join(state.path, "state.new"), { recursive: true });
  await saver.save();
  expect(saver.problem).toBeUndefined();
  await saver.stop();
  state.close();
});
