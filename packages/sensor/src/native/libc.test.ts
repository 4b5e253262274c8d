import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";
import { announced, whyNoLibc } from "../testing/requirements.ts";
import { libc, SystemCallError } from "./libc.ts";

const reason = announced("calls of the C library", whyNoLibc());

describe.skipIf(reason !== undefined)("libc", () => {
  it("gives errors by their names", () => {
    expect(() => libc().bind(99_999, Buffer.alloc(12))).toThrow(new SystemCallError("bind", 9));
    expect(new SystemCallError("bind", 9).message).toBe("bind failed: EBADF");
  });

  it("copies memory out and in", () => {
    const memory = libc().allocate(Buffer.from("some bytes"));
    new Uint8Array(libc().view(memory.address, 4)).set(Buffer.from("SOME"));
    expect(memory.read().toString()).toBe("SOME bytes");
    memory.free();
  });

  it("has clocks of which one does not stop in sleep", () => {
    const before = process.hrtime.bigint();
    const between = libc().monotonicClockNs();
    expect(between).toBeGreaterThanOrEqual(before);
    expect(between).toBeLessThanOrEqual(process.hrtime.bigint());
    expect(libc().bootClockNs()).toBeGreaterThanOrEqual(between);
    const aMinute = 60_000_000_000n;
    const difference = libc().wallClockNs() - BigInt(Date.now()) * 1_000_000n;
    expect(difference > -aMinute && difference < aMinute).toBe(true);
  });
});

it("says what to do when koffi is not there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tallyman-libc-"));
  const bundle = await rolldown({
    input: new URL("./libc.ts", import.meta.url).pathname,
    platform: "node",
    external: ["koffi"],
  });
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "libc.mjs" });
  await bundle.close();
  const script = `import { libc } from "${folder}/libc.mjs"; try { libc() } catch (error) { console.log(error.message) }`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  expect(said).toBe(
    "the package koffi is not installed, an optional dependency that calls the kernel (npm install koffi)\n",
  );
});
