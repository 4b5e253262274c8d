import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { OutputError } from "./output-error.ts";
import { openRotatedFile } from "./rotated-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-rotated-"));
afterAll(() => rmSync(folder, { recursive: true }));

function place(): string {
  return mkdtempSync(join(folder, "place-"));
}

function filesIn(path: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path)
      .sort()
      .map((name) => [name, readFileSync(join(path, name), "utf8")]),
  );
}

test.each([
  [2, { e: "7\n8\n", "e.1": "4\n5\n6\n", "e.2": "1\n2\n3\n" }],
  [1, { e: "7\n8\n", "e.1": "4\n5\n6\n" }],
  [0, { e: "7\n8\n" }],
])("a file is put aside before it grows too large; of those, %i are kept", (keep, files) => {
  const path = place();
  const output = openRotatedFile(join(path, "e"), { rotateBytes: 7, keep });
  for (let i = 1; i <= 8; i++) output.write(`${i}\n`);
  output.close();
  expect(filesIn(path)).toEqual(files);
});

test("what was there counts, a record larger than a file gets one of its own, and without a size the file grows", () => {
  const path = place();
  writeFileSync(join(path, "e"), "old\n");
  const output = openRotatedFile(join(path, "e"), { rotateBytes: 6, keep: 3 });
  for (const text of ["0123456789\n", "a\n"]) output.write(text);
  output.close();
  expect(filesIn(path)).toEqual({ e: "a\n", "e.1": "0123456789\n", "e.2": "old\n" });
  const endless = openRotatedFile(join(path, "e"), { rotateBytes: undefined, keep: 3 });
  endless.write("b".repeat(100));
  endless.close();
  expect(filesIn(path)["e"]).toBe(`a\n${"b".repeat(100)}`);
});

test("a line that was cut off by a crash stays a line of its own", () => {
  const path = place();
  writeFileSync(join(path, "e"), "whole\nha");
  const output = openRotatedFile(join(path, "e"), { rotateBytes: undefined, keep: 0 });
  output.write("next\n");
  output.close();
  expect(filesIn(path)).toEqual({ e: "whole\nha\nnext\n" });
});

test("a folder that is not there is said", () => {
  expect(() => openRotatedFile(join(folder, "absent", "e"), { rotateBytes: 1, keep: 1 })).toThrow(
    OutputError,
  );
});
