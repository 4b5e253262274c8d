import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { ByteSource } from "./byte-source.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

interface Read {
  readonly text: string;
  readonly source: ByteSource;
}

async function read(path: string, chunkBytes = 1 << 20): Promise<Read> {
  const source = new ByteSource(path, chunkBytes);
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return { text: Buffer.concat(chunks).toString(), source };
}

const lines = '{"a":1}\n{"b":"é"}\n';
const bytes = Buffer.from(lines);

test.for([
  { about: "text", stored: bytes },
  { about: "text with a mark", stored: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]) },
  { about: "gzip", stored: gzipSync(bytes) },
  {
    about: "gzip of text with a mark",
    stored: gzipSync(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
  },
  {
    about: "two gzip members",
    stored: Buffer.concat([gzipSync(bytes.subarray(0, 5)), gzipSync(bytes.subarray(5))]),
  },
])("$about is read, whatever the file is called", async ({ stored }) => {
  for (const name of ["a.ndjson", "a.gz", "a.zst", "a"]) {
    for (const chunkBytes of [1, 3, 1 << 20]) {
      const { text, source } = await read(file(name, stored), chunkBytes);
      expect(text).toBe(lines);
      expect(source).toMatchObject({ isComplete: true, failure: undefined, textBytes: bytes.length });
      expect(source).toMatchObject({ storedBytes: stored.length, sizeBytes: stored.length });
    }
  }
});

test("an empty file is read whole", async () => {
  const { text, source } = await read(file("empty", ""));
  expect(text).toBe("");
  expect(source).toMatchObject({ isComplete: true, failure: undefined, sizeBytes: 0 });
});

test.for([{ text: "" }, { text: "[" }, { text: "(" }, { text: "P" }, { text: "[*M" }, { text: "BZ" }])(
  "'$text' is no beginning of another format",
  async ({ text }) => {
    expect((await read(file("short", text))).text).toBe(text);
  },
);

test.for([
  {
    about: "UTF-16",
    stored: Buffer.from(`\ufeff${lines}`, "utf16le"),
    code: "utf-16",
    message: "is UTF-16 text",
    hint: "iconv -f UTF-16 -t UTF-8",
  },
  {
    about: "UTF-16 in gzip",
    stored: gzipSync(Buffer.from("\ufeff{}", "utf16le").swap16()),
    code: "utf-16",
    message: "is UTF-16 text",
    hint: "iconv",
  },
  {
    about: "gzip in gzip",
    stored: gzipSync(gzipSync(bytes)),
    code: "unknown-format",
    message: "is compressed twice",
    hint: "gzip -dc",
  },
  {
    about: "xz",
    stored: Buffer.from("\xfd7zXZ\0", "latin1"),
    code: "unknown-format",
    message: "is xz data",
    hint: "xz -dc",
  },
  {
    about: "bzip2",
    stored: Buffer.from("BZh91AY"),
    code: "unknown-format",
    message: "is bzip2 data",
    hint: "bzip2 -dc",
  },
  {
    about: "zip",
    stored: Buffer.from("PK\x03\x04"),
    code: "unknown-format",
    message: "is a zip archive",
    hint: "unzip -p",
  },
  {
    about: "EVTX",
    stored: Buffer.from("ElfFile\0"),
    code: "unknown-format",
    message: "is a Windows event log",
    hint: undefined,
  },
])("$about is not read, and said to be so", async ({ stored, code, message, hint }) => {
  const path = file("foreign", stored);
  const { text, source } = await read(path);
  expect(text).toBe("");
  expect(source.isComplete).toBe(false);
  expect(source.failure).toMatchObject({ code, message: expect.stringContaining(`'${path}' ${message}`) });
  if (hint === undefined) expect(source.failure?.hint).toBeUndefined();
  else
    expect(source.failure?.hint).toContain(
      `${hint} ${path}`.replace(/^iconv \//, "iconv -f UTF-16 -t UTF-8 /"),
    );
});

test("what cannot be opened is said to be so", async () => {
  const path = join(folder, "nothing");
  expect((await read(path)).source.failure).toEqual({
    code: "not-found",
    message: `'${path}' does not exist`,
    hint: undefined,
  });
  const below = join(file("plain", lines), "x");
  expect((await read(below)).source.failure).toMatchObject({ code: "not-found" });
  const directory = join(folder, "logs");
  mkdirSync(directory);
  expect((await read(directory)).source.failure).toEqual({
    code: "is-a-directory",
    message: `'${directory}' is a directory`,
    hint: `name its files, for example ${directory}/*.ndjson`,
  });
});

test("a file that may not be read is said to be so", async ({ skip }) => {
  if (process.getuid?.() === 0) skip("the superuser may read everything");
  const path = file("secret", lines);
  chmodSync(path, 0);
  expect((await read(path)).source.failure).toMatchObject({ code: "no-permission" });
});

test("compressed data that end too early are told, behind what they hold", async () => {
  const packed = gzipSync(bytes);
  const path = file("cut.gz", packed.subarray(0, -4));
  const { text, source } = await read(path);
  expect(text).toBe(lines);
  expect(source.failure).toEqual({
    code: "truncated",
    message: `'${path}' ends too early: its gzip data stop after ${packed.length - 4} bytes`,
    hint: undefined,
  });
});

test("a file in /proc, which says it has no size, is read", async ({ skip }) => {
  if (process.platform !== "linux") skip("there is no /proc here");
  expect((await read("/proc/self/status")).text).toContain("VmHWM");
});

test("a named pipe is read as it is written, and closing ends the wait for it", async ({ skip }) => {
  const path = join(folder, "pipe");
  try {
    execFileSync("mkfifo", [path]);
  } catch {
    skip("there is no mkfifo here");
  }
  const source = new ByteSource(path, 1 << 20);
  const chunks = source[Symbol.asyncIterator]();
  const first = chunks.next();
  const writer = await open(path, "w");
  await writer.write(lines);
  expect((await first).value?.toString()).toBe(lines);
  const second = chunks.next();
  await writer.write(lines);
  expect((await second).value?.toString()).toBe(lines);
  const third = chunks.next();
  source.close();
  expect(await third).toEqual({ value: undefined, done: true });
  expect(source).toMatchObject({ isComplete: false, failure: undefined, textBytes: 2 * bytes.length });
  await writer.close();
});

test("a named pipe without writer can be left", async ({ skip }) => {
  const path = join(folder, "unwritten");
  try {
    execFileSync("mkfifo", [path]);
  } catch {
    skip("there is no mkfifo here");
  }
  const source = new ByteSource(path, 1 << 20);
  const first = source[Symbol.asyncIterator]().next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  source.close();
  expect((await first).done).toBe(true);
});

test("a file is let go when its reader stops early", async ({ skip }) => {
  if (process.platform !== "linux") skip("open files are counted in /proc");
  const { readdirSync } = await import("node:fs");
  const path = file("long", Buffer.alloc(1 << 20, "x\n"));
  const packed = file("long.gz", gzipSync(Buffer.alloc(1 << 20, "x\n")));
  const before = readdirSync("/proc/self/fd").length;
  for (const name of [path, packed, path, packed]) {
    for await (const _ of new ByteSource(name, 1000)) break;
  }
  expect(readdirSync("/proc/self/fd").length).toBe(before);
});
