import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parseTimestamp } from "@tallyman/ecs";
import { afterAll, expect, test } from "vitest";
import type { InputEvent } from "./input-event.ts";
import { type EventInput, type ReadOptions, readEvents } from "./read-events.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const options: ReadOptions = {
  timestampOf: (document) => parseTimestamp(document["@timestamp"]),
  silentMs: 50,
};

/** An event of one line, so many seconds behind an hour. */
function line(seconds: number, name: string): string {
  const time = new Date(Date.parse("2026-01-05T08:00:00Z") + seconds * 1000).toISOString();
  return `{"@timestamp":"${time}","name":"${name}"}\n`;
}

function namesOf(events: readonly InputEvent[]): unknown[] {
  return events.map(({ document }) => document?.["name"]);
}

async function read(
  paths: readonly string[],
  more: Partial<ReadOptions> = {},
): Promise<{ events: InputEvent[]; report: EventInput["report"] }> {
  const input = readEvents(paths, { ...options, ...more });
  const events: InputEvent[] = [];
  for await (const batch of input) events.push(...batch);
  const total = input.report.total();
  expect(total.events).toBe(events.length);
  return { events, report: input.report };
}

test("files of all kinds are merged by time", async () => {
  const lines = file("lines.ndjson", line(1, "a") + line(5, "e") + line(4, "d"));
  const packed = file("packed", gzipSync(line(2, "b") + line(6, "f")));
  const array = file("array.json", `[${line(3, "c")},\n${line(7, "g")}]`);
  const { events, report } = await read([lines, packed, array]);
  expect(namesOf(events)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  expect(events[3]?.origin).toEqual({ file: lines, line: 3 });
  expect(events[6]?.origin).toEqual({ file: array, line: 3 });
  expect(report.total()).toMatchObject({ records: 7, skipped: 0, late: 0, failures: 0 });
  expect(report.files.map((f) => [f.file, f.events, f.isComplete])).toEqual([
    [lines, 3, true],
    [packed, 2, true],
    [array, 2, true],
  ]);
});

test("what is wrong with one input costs nothing of the others", async () => {
  const good = file("good.ndjson", line(1, "a") + line(2, "b"));
  const bad = file("bad.ndjson", `${line(1, "x")}{"broken\n${line(3, "y")}`);
  const cut = file("cut.gz", gzipSync(line(1, "z")).subarray(0, -3));
  const directory = join(folder, "directory");
  mkdirSync(directory);
  const { events, report } = await read([
    join(folder, "none"),
    good,
    directory,
    bad,
    good,
    cut,
    file("empty", ""),
  ]);
  expect(namesOf(events).sort()).toEqual(["a", "b", "x", "y", "z"]);
  expect(report.files.map((f) => f.failure?.code)).toEqual([
    "not-found",
    undefined,
    "is-a-directory",
    undefined,
    "named-twice",
    "truncated",
    undefined,
  ]);
  expect(report.files[3]?.skips.get("invalid-json")).toEqual({
    count: 1,
    places: [{ line: 2, column: 9, byteCount: 8 }],
  });
  expect(report.total()).toMatchObject({ failures: 4, skipped: 1 });
});

test("what comes too late is counted where it stands", async () => {
  const text =
    Array.from({ length: 10 }, (_, i) => line(i, "a")).join("") +
    line(200, "b") +
    line(-300, "late") +
    line(201, "c");
  const late = file("late.ndjson", text);
  const { events, report } = await read([file("other.ndjson", line(0, "x")), late]);
  expect(namesOf(events.filter((event) => event.late))).toEqual(["late"]);
  expect(report.files.map((f) => f.late)).toEqual([0, 1]);
});

test("a full buffer is counted", async () => {
  const text = Array.from({ length: 20 }, (_, i) => line(i, "a")).join("");
  const { report } = await read([file("many.ndjson", text)], { heldEventsMax: 5 });
  expect(report.releasedEarly).toBe(15);
});

test("a record longer than the limit is skipped with its size", async () => {
  const text = `${line(1, "a")}{"x":"${"y".repeat(3_000_000)}"}\n${line(2, "b")}`;
  const { events, report } = await read([file("long.ndjson", text)], { recordBytesMax: 2_000_000 });
  expect(namesOf(events)).toEqual(["a", "b"]);
  expect(report.files[0]?.skips.get("too-long")?.places).toEqual([
    { line: 2, column: undefined, byteCount: 3_000_008 },
  ]);
});

test("very many files are read in turn, by the time of their first events", async () => {
  const paths = Array.from({ length: 150 }, (_, i) => {
    const text = Array.from({ length: 30 }, (_, j) => line(60 * i + 2 * j, `${i}`)).join("");
    return file(`rotated-${i}.log`, i % 2 === 0 ? text : gzipSync(text));
  }).reverse();
  let openMost = 0;
  const input = readEvents(paths, { ...options, latenessMs: 0 });
  const events: InputEvent[] = [];
  for await (const batch of input) {
    events.push(...batch);
    if (process.platform === "linux") openMost = Math.max(openMost, readdirSync("/proc/self/fd").length);
  }
  const times = events.map(({ timestamp }) => timestamp?.ms as number);
  expect(times).toHaveLength(150 * 30);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(input.report.total()).toMatchObject({ late: 0, failures: 0, events: 150 * 30 });
  expect(openMost).toBeLessThan(60);
});

test("files that overlap all the time are merged too", async () => {
  const paths = Array.from({ length: 30 }, (_, i) =>
    file(`host-${i}.log`, Array.from({ length: 20 }, (_, j) => line(60 * j + i, `${i}`)).join("")),
  );
  const { events, report } = await read(paths, { latenessMs: 0 });
  const times = events.map(({ timestamp }) => timestamp?.ms as number);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(report.total().late).toBe(0);
});

test("an abort ends the reading, and what was read is handed over", async () => {
  const path = file("endless.ndjson", line(1, "a").repeat(200_000));
  const abort = new AbortController();
  const input = readEvents([path], { ...options, signal: abort.signal });
  let count = 0;
  for await (const batch of input) {
    count += batch.length;
    abort.abort();
  }
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(50_000);
  expect(input.report.files[0]).toMatchObject({
    isComplete: false,
    failure: undefined,
    events: count,
    skipped: 0,
  });
  const late = readEvents([path], { ...options, signal: abort.signal });
  for await (const _ of late) expect.unreachable();
  expect(late.report.total().storedBytes).toBe(0);
});

test("files are let go when the reader stops early", async ({ skip }) => {
  if (process.platform !== "linux") skip("open files are counted in /proc");
  const paths = [0, 1, 2].map((i) => file(`open-${i}.ndjson`, line(i, "a").repeat(100_000)));
  const before = readdirSync("/proc/self/fd").length;
  for await (const _ of readEvents(paths, options)) break;
  expect(readdirSync("/proc/self/fd").length).toBe(before);
});

test("a pipe hands over what it has said when it falls silent, and an abort ends the wait for more", async ({
  skip,
}) => {
  const path = join(folder, "pipe");
  try {
    execFileSync("mkfifo", [path]);
  } catch {
    skip("there is no mkfifo here");
  }
  const abort = new AbortController();
  const input = readEvents([path], { ...options, signal: abort.signal });
  const batches = input[Symbol.asyncIterator]();
  const first = batches.next();
  const writer = await open(path, "w");
  await writer.write(line(2, "b") + line(1, "a") + line(3, "c").slice(0, 20));
  expect(namesOf((await first).value)).toEqual(["a", "b"]);
  const second = batches.next();
  await writer.write(line(3, "c").slice(20));
  expect(namesOf((await second).value)).toEqual(["c"]);
  const third = batches.next();
  await writer.write(line(4, "d").slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 20));
  abort.abort();
  expect((await third).done).toBe(true);
  // The line that was being written is no broken record.
  expect(input.report.files[0]).toMatchObject({
    events: 3,
    skipped: 0,
    isComplete: false,
    failure: undefined,
  });
  await writer.close();
});

test("standard input is read, and the program ends by itself", async () => {
  const program = `
    import { parseTimestamp } from "@tallyman/ecs";
    import { readEvents } from ${JSON.stringify(new URL("./read-events.ts", import.meta.url).href)};
    const input = readEvents(["-"], { timestampOf: (document) => parseTimestamp(document["@timestamp"]), silentMs: 50 });
    for await (const batch of input) console.log(batch.map(({ document, origin }) => document.name + origin.file).join());
    console.log(JSON.stringify(input.report.total()));
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
    cwd: import.meta.dirname,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said = child.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
  child.stdin.write(line(2, "b") + line(1, "a"));
  expect((await said.next()).value).toBe("a-,b-\n");
  child.stdin.end(gzipSync(""));
  let rest = "";
  for (let next = await said.next(); !next.done; next = await said.next()) rest += next.value;
  expect(JSON.parse(rest)).toMatchObject({ events: 2, skipped: 1, failures: 0 });
});

test("events read lazily are those read whole, in the same order", async () => {
  const time = (ms: number): string => new Date(Date.parse("2026-01-05T08:00:00Z") + ms).toISOString();
  // More than is read at once, so that places where events were kept are used again.
  const lines = Array.from({ length: 16_000 }, (_, i) => {
    const at = time(Math.floor(i / 8) * 10);
    const sequence = 20_000 - i;
    switch (i % 8) {
      case 0:
        return `{"@timestamp":"${at}","event":{"sequence":[${sequence}]},"i":${i}}`;
      case 1:
        return `{"@timestamp":"${at}","i":${i},"event.sequence":${sequence}}`;
      case 2:
        return `{"@timestamp":"${at}","@timestamp":"${time(i)}","i":${i},"event":{"sequence":${sequence}}}`;
      case 3:
        return `{"_source":{"@timestamp":"${at}","i":${i},"event":{"sequence":${sequence}}}}`;
      case 4:
        return `{"@timestamp":"${at}","i":${i},"broken":}`;
      case 5:
        return `{"@timestamp":"${at}","i":${i},"event":[{"sequence":"${sequence}"},{"sequence":${sequence}}]}`;
      default:
        return `{"@timestamp":"${at}","i":${i},"event":{"sequence":${sequence}},"text":"${"é".repeat(i % 300)}"}`;
    }
  });
  const path = file("lazy.ndjson", lines.join("\n"));
  const found = async (isLazy: boolean) => {
    const input = readEvents([path], { ...options, isLazy });
    const events: unknown[] = [];
    for await (const batch of input)
      for (const { document, late } of batch) if (document !== undefined) events.push({ document, late });
    return { events, total: input.report.total() };
  };
  const lazy = await found(true);
  expect(lazy.events).toHaveLength(14_000);
  expect(lazy).toEqual(await found(false));
});
