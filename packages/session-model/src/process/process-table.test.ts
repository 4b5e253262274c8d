import { expect, test } from "vitest";
import type { Image } from "./image.ts";
import { graceNs, ProcessTable } from "./process-table.ts";
import { TrackedProcess } from "./tracked-process.ts";

const second = 1_000_000_000n;

function tableOf(processesMax = 100, textBytesMax = 1_000_000) {
  const table = new ProcessTable({ processesMax, textBytesMax });
  const add = (
    pid: number,
    { sid = pid, ppid = 0, tick = pid }: { sid?: number; ppid?: number; tick?: number } = {},
  ) => {
    const process = new TrackedProcess(pid, `id-${pid}-${tick}`, tick, 0n);
    process.ppid = ppid;
    process.sid = sid;
    process.pgid = sid;
    table.add(process);
    table.touch(process);
    return process;
  };
  const pids = () => [...table.values()].map(({ pid }) => pid);
  return { table, add, pids };
}

const image = (size: number): Image => ({ name: "x", size });

test("a process is forgotten 30 s after its exit, not before", () => {
  const { table, add, pids } = tableOf();
  const process = add(10);
  table.exit(process, 5n * second);
  table.advance(5n * second + graceNs - 1n);
  expect(pids()).toEqual([10]);
  table.advance(5n * second + graceNs);
  expect(pids()).toEqual([]);
  expect([table.size, table.livingCount]).toEqual([0, 0]);
});

test("a leader is known while a member lives, and for its time of grace after", () => {
  const { table, add, pids } = tableOf();
  const leader = add(10);
  const member = add(11, { sid: 10 });
  table.exit(leader, 0n);
  table.advance(1000n * second);
  expect(pids()).toEqual([10, 11]);
  expect(member.sessionLeader).toBe(leader);
  table.exit(member, 1000n * second);
  table.advance(1029n * second);
  expect(pids()).toEqual([10, 11]);
  table.advance(1030n * second);
  expect(pids()).toEqual([]);
});

test("exited processes that lead each other are forgotten all the same", () => {
  const { table, add, pids } = tableOf();
  const a = add(10);
  const b = add(11, { sid: 10 });
  a.pgid = 11;
  table.touch(a);
  table.exit(a, 0n);
  table.exit(b, 0n);
  table.advance(100n * second);
  expect(pids()).toEqual([]);
});

test("who leaves a session is no member of it any more", () => {
  const { table, add, pids } = tableOf();
  const leader = add(10);
  const member = add(11, { sid: 10 });
  table.exit(leader, 0n);
  member.sid = 11;
  member.pgid = 11;
  table.touch(member);
  table.advance(100n * second);
  expect(pids()).toEqual([11]);
});

test("a pid that is used again leads no former members", () => {
  const { table, add } = tableOf();
  add(10);
  const member = add(11, { sid: 10 });
  // The kernel gives no number away that a session goes by: the source has missed something.
  const next = add(10, { tick: 500 });
  table.touch(member);
  expect(member.sessionLeader).toBeUndefined();
  expect(table.size).toBe(2);
  expect(next.members).toBe(1);
});

test("a parent is older than its child", () => {
  const { table, add } = tableOf();
  const parent = add(10, { tick: 10 });
  const child = add(20, { ppid: 10, tick: 20 });
  expect(child.parent).toBe(parent);
  add(10, { tick: 30 });
  table.touch(child);
  expect(child.parent).toBeUndefined();
});

test("a parent is the one of the told start time", () => {
  const { table, add } = tableOf();
  const parent = add(10, { tick: 10 });
  const child = add(20, { ppid: 10, tick: 20 });
  child.parentStartTick = 9;
  table.touch(child);
  expect(child.parent).toBeUndefined();
  child.parentStartTick = 10;
  table.touch(child);
  expect(child.parent).toBe(parent);
});

test("ancestors go up 20 generations, and stay known when the parent has gone", () => {
  const { table, add } = tableOf();
  for (let pid = 1; pid <= 30; pid++) add(pid, { ppid: pid - 1 });
  const youngest = table.get(30) as TrackedProcess;
  expect(youngest.ancestry).toEqual(Array.from({ length: 20 }, (_, i) => `id-${29 - i}-${29 - i}`));
  youngest.ppid = 999;
  table.touch(youngest);
  expect(youngest.ancestry[0]).toBe("id-29-29");
});

test("at its limit it forgets the exited first, then the silent, then leaders", () => {
  const { table, add, pids } = tableOf(4);
  const leader = add(1);
  add(2, { sid: 1 });
  const exited = add(3);
  const busy = add(4);
  table.exit(exited, 0n);
  add(5);
  expect(pids()).toEqual([1, 2, 4, 5]);
  table.touch(busy);
  add(6);
  expect(pids()).toEqual([1, 4, 5, 6]);
  table.touch(leader);
  add(7);
  expect(pids()).toEqual([1, 4, 6, 7]);
  expect(table.evicted).toEqual({ exited: 1, living: 2, texts: 0 });
});

test("a leader goes only when nobody else is left to go", () => {
  const { add, pids } = tableOf(3);
  add(1);
  add(2, { sid: 1 });
  add(3);
  add(4);
  expect(pids()).toEqual([1, 3, 4]);
});

test("text that many processes share counts once, and is let go with the last", () => {
  const { table, add } = tableOf();
  const shared = image(1000);
  const a = add(1);
  const b = add(2);
  table.setImage(a, shared, []);
  table.setImage(b, shared, []);
  expect(table.textBytes).toBe(1000);
  table.setImage(b, image(10), [shared]);
  expect(table.textBytes).toBe(1010);
  table.exit(a, 0n);
  table.advance(100n * second);
  expect(table.textBytes).toBe(1010);
  table.exit(b, 100n * second);
  table.advance(200n * second);
  expect(table.textBytes).toBe(0);
});

/** An image with `size` bytes of arguments, of which 2 are left without. */
const wordy = (size: number): Image => ({ name: "x", executable: "/x", args: ["…"], commandLine: "…", size });

test("a few processes with much text push out no others, but their own text", () => {
  const { table, add, pids } = tableOf(100, 2500);
  const small = Array.from({ length: 20 }, (_, i) => add(i + 1));
  for (const process of small) table.setImage(process, wordy(20), []);
  const large = Array.from({ length: 5 }, (_, i) => add(i + 101));
  for (const process of large) {
    process.memo = "what was made of it holds the text as well";
    table.setImage(process, wordy(900), [wordy(90)]);
  }
  expect(pids().length).toBe(25);
  expect(table.evicted).toEqual({ exited: 0, living: 0, texts: 3 });
  expect(table.textBytes).toBe(20 * 20 + 3 * 2 + 2 * 990);
  expect(small.map(({ image }) => image.commandLine)).toEqual(small.map(() => "…"));
  expect(large[0]?.image).toEqual({
    name: "x",
    executable: "/x",
    argsTruncated: true,
    environmentTruncated: true,
    size: 2,
  });
  expect([large[0]?.previous, large[0]?.memo]).toEqual([[], undefined]);
  expect(large[4]?.image.args).toEqual(["…"]);
});

test("those that have exited go before anyone's text", () => {
  const { table, add, pids } = tableOf(100, 2500);
  const [first, second] = [add(1), add(2)];
  for (const process of [first, second]) table.setImage(process, wordy(1000), []);
  table.exit(first, 0n);
  table.setImage(add(3), wordy(1000), []);
  expect(pids()).toEqual([2, 3]);
  expect(table.evicted).toEqual({ exited: 1, living: 0, texts: 0 });
});

test("processes that share a text are left one that they share", () => {
  const { table, add } = tableOf(100, 2500);
  const shared = wordy(2000);
  for (const pid of [1, 2, 3]) table.setImage(add(pid), shared, []);
  table.setImage(add(4), wordy(2000), []);
  expect(table.textBytes).toBe(2002);
  expect(new Set([1, 2, 3].map((pid) => table.get(pid)?.image)).size).toBe(1);
});

test("paths too long for all make it forget processes, but never the newest", () => {
  const { table, add, pids } = tableOf(100, 2500);
  const long = () => ({ ...wordy(1000), executable: `/${"x".repeat(999)}` });
  for (let pid = 1; pid <= 5; pid++) table.setImage(add(pid), long(), []);
  expect(pids()).toEqual([4, 5]);
  table.setImage(add(6), image(9000), []);
  expect(pids()).toEqual([6]);
});
