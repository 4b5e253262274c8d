import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { HostFiles } from "./host-files.ts";

const root = mkdtempSync(join(tmpdir(), "tallyman-host-files-"));
afterAll(() => rmSync(root, { recursive: true }));

const files = new HostFiles(root);

test("a file is read below the root", () => {
  writeFileSync(join(root, "state.json"), '{"id":"ä"}');
  expect(files.read("/state.json")).toBe('{"id":"ä"}');
});

test("a file of the kernel, which has no size, is read whole", () => {
  expect(new HostFiles("").read("/proc/sys/kernel/random/boot_id")).toMatch(/^[0-9a-f-]{36}\n$/);
});

test("what is absent, a folder, a device or a pipe gives nothing, and is not waited for", () => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  symlinkSync("/dev/zero", join(root, "zero"));
  for (const path of ["/absent", "/", "/pipe", "/zero", "/state.json/below"])
    expect(files.read(path)).toBeUndefined();
});

test("a file of more than 4 MiB gives nothing", () => {
  writeFileSync(join(root, "large"), "");
  truncateSync(join(root, "large"), 4 * 2 ** 20);
  expect(files.read("/large")).toHaveLength(4 * 2 ** 20);
  truncateSync(join(root, "large"), 4 * 2 ** 20 + 1);
  expect(files.read("/large")).toBeUndefined();
});
