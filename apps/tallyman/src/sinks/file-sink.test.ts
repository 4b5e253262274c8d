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
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { spooledAlert } from "../testing/alert-of.ts";
import { openFileSink } from "./file-sink.ts";
import { idOfLine } from "./id-of-line.ts";

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
  return readFileSync(path, "utf8").trimEnd().split("\n").map(idOfLine);
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
