import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keyOfLine } from "../spool/alert-key.ts";
import { spooledAlert, updateOf } from "../testing/alert-of.ts";
import { openFileSink } from "./file-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-file-sink-"));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function freshPath(): string {
  made += 1;
  mkdirSync(join(folder, String(made)));
  return join(folder, String(made), "alerts.ndjson");
}

const never = new AbortController().signal;
const some = (...ids: string[]) => ids.map((id) => spooledAlert(id));
const lineBytes = Buffer.byteLength(some("a")[0]?.json ?? "") + 1;

function idsIn(path: string): (string | undefined)[] {
  return readFileSync(path, "utf8").trimEnd().split("\n").map(keyOfLine);
}

test("documents are lines, appended to what is there, for the owner's eyes only", async () => {
  const path = freshPath();
  const sink = openFileSink({ path, rotateBytes: 1e6, keep: 1 }, {});
  expect(await sink.deliver(some("a", "b"), never)).toEqual({ kind: "done", refused: [] });
  expect(await sink.deliver(some("c"), never)).toEqual({ kind: "done", refused: [] });
  await sink.close();
  expect(idsIn(path)).toEqual(["a", "b", "c"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a file of the size is put aside, and the oldest of those removed", async () => {
  const path = freshPath();
  const sink = openFileSink({ path, rotateBytes: 2 * lineBytes, keep: 2 }, {});
  await sink.deliver(some("a", "b", "c", "d", "e", "f", "g"), never);
  await sink.close();
  expect(readdirSync(join(path, ".."))).toEqual(["alerts.ndjson", "alerts.ndjson.1", "alerts.ndjson.2"]);
  expect([idsIn(`${path}.2`), idsIn(`${path}.1`), idsIn(path)]).toEqual([["c", "d"], ["e", "f"], ["g"]]);
});

test("after a crash, what is beyond the saved position is not written again, and a half line is cut off", async () => {
  const path = freshPath();
  const options = { path, rotateBytes: 3 * lineBytes, keep: 5 };
  const first = openFileSink(options, {});
  const before = first.memo?.() ?? {};
  await first.deliver(some("a", "b"), never);
  const memo = first.memo?.() ?? {};
  await first.deliver(some("c", "d", "e"), never);
  await first.close();
  appendFileSync(path, '{"kibana.alert.uuid":"f');
  const second = openFileSink(options, memo);
  await second.deliver(some("c", "d"), never);
  await second.deliver(some("e", "f", "g"), never);
  await second.close();
  const all = [...idsIn(`${path}.2`), ...idsIn(`${path}.1`)];
  expect([...all, ...idsIn(path)].filter((id) => id !== undefined)).toEqual([
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
  ]);
  // The first delivery of all may have been cut off too.
  const third = openFileSink(options, before);
  await third.deliver(some("a", "b", "h"), never);
  await third.close();
  expect(idsIn(path).at(-1)).toBe("h");
});

test("a file that was moved away or removed is made anew", async () => {
  const path = freshPath();
  const sink = openFileSink({ path, rotateBytes: 1e6, keep: 1 }, {});
  await sink.deliver(some("a"), never);
  renameSync(path, `${path}.old`);
  await sink.deliver(some("b"), never);
  rmSync(path);
  await sink.deliver(some("c"), never);
  await sink.close();
  expect([idsIn(`${path}.old`), idsIn(path)]).toEqual([["a"], ["c"]]);
});

test("a file that cannot be written is a reason to wait", async () => {
  const path = freshPath();
  mkdirSync(path);
  const sink = openFileSink({ path, rotateBytes: 1e6, keep: 1 }, {});
  expect(await sink.deliver(some("a"), never)).toEqual({
    kind: "later",
    reason: `'${path}' cannot be written: it is a folder`,
  });
  rmSync(path, { recursive: true });
  expect(await sink.deliver(some("a"), never)).toEqual({ kind: "done", refused: [] });
  await sink.close();
  const nowhere = openFileSink({ path: join(folder, "nowhere", "x"), rotateBytes: 1e6, keep: 1 }, {});
  expect(await nowhere.deliver(some("a"), never)).toMatchObject({
    reason: expect.stringMatching("its folder does not exist"),
  });
});

test("a rotation that was cut off hides no alert that is in a file already", async () => {
  const path = freshPath();
  const options = { path, rotateBytes: 2 * lineBytes, keep: 5 };
  const first = openFileSink(options, {});
  const before = first.memo?.() ?? {};
  await first.deliver(some("a", "b", "c", "d", "e"), never);
  await first.close();
  // As when the program is killed between two of the renames.
  renameSync(`${path}.2`, `${path}.3`);
  renameSync(`${path}.1`, `${path}.2`);
  const second = openFileSink(options, before);
  await second.deliver(some("a", "b", "c", "d", "e"), never);
  await second.close();
  expect([`${path}.3`, `${path}.2`, path].flatMap(idsIn)).toEqual(["a", "b", "c", "d", "e"]);
});

test("a later state of an alert is another line, and each is recognised after a crash", async () => {
  const path = freshPath();
  const options = { path, rotateBytes: 1e6, keep: 1 };
  const first = openFileSink(options, {});
  const before = first.memo?.() ?? {};
  await first.deliver([...some("a"), updateOf("a", 3)], never);
  await first.close();
  const second = openFileSink(options, before);
  await second.deliver([...some("a"), updateOf("a", 3), updateOf("a", 5)], never);
  await second.close();
  expect(idsIn(path)).toEqual(["a", "a 3", "a 5"]);
});

test("a file that somebody else empties, or writes to as well, keeps what is theirs", async () => {
  const path = freshPath();
  const sink = openFileSink({ path, rotateBytes: 3 * lineBytes, keep: 1 }, {});
  await sink.deliver(some("a", "b"), never);
  truncateSync(path);
  await sink.deliver(some("c"), never);
  appendFileSync(path, "theirs\n");
  await sink.deliver(some("d"), never);
  await sink.close();
  expect(
    readFileSync(path, "utf8")
      .split("\n")
      .map((line) => keyOfLine(line) ?? line),
  ).toEqual(["c", "theirs", "d", ""]);
});

test.for(["a pipe", "a device", "a loop of links"])("%s is no file to write to", async (kind) => {
  const path = freshPath();
  if (kind === "a pipe") expect(spawnSync("mkfifo", [path]).status).toBe(0);
  else symlinkSync(kind === "a device" ? "/dev/null" : path, path);
  const sink = openFileSink({ path, rotateBytes: 1e6, keep: 1 }, {});
  expect(sink.memo?.()).toBeDefined();
  expect(await sink.deliver(some("a"), never)).toEqual({
    kind: "later",
    reason: `'${path}' cannot be written: ${kind === "a loop of links" ? "there are too many links" : "it is no ordinary file"}`,
  });
  await sink.close();
});

test("what is no file of alerts is appended to as it is", async () => {
  const path = freshPath();
  writeFileSync(path, "not JSON\n{}\n");
  chmodSync(path, 0o644);
  const sink = openFileSink({ path, rotateBytes: 1e6, keep: 1 }, { inode: 0, size: 0 });
  await sink.deliver(some("a"), never);
  await sink.close();
  expect(readFileSync(path, "utf8")).toMatch(/^not JSON\n\{\}\n\{"kibana/);
  expect(statSync(path).mode & 0o777).toBe(0o644);
});
