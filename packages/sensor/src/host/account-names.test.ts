import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { AccountNames, namesById } from "./account-names.ts";
import { HostFiles } from "./host-files.ts";

const root = mkdtempSync(join(tmpdir(), "tallyman-accounts-"));
afterAll(() => rmSync(root, { recursive: true }));

test.each([
  ["root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/sh\n", { 0: "root", 1000: "anna" }],
  ["toor:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh", { 0: "toor" }],
  ["adm:x:4:syslog,anna\n\n# a comment:x:5:\n+::::::\nbroken\nodd:x:-1:\n", { 4: "adm" }],
  ["", {}],
])("names by id in %j", (text, names) => {
  expect(Object.fromEntries(namesById(text))).toEqual(names);
});

test("a file that changes is read again, though not at once, and one that goes is forgotten", () => {
  mkdirSync(join(root, "etc"));
  const passwd = join(root, "etc", "passwd");
  writeFileSync(passwd, "root:x:0:0\n");
  writeFileSync(join(root, "etc", "group"), "wheel:x:0:\n");
  let nowMs = 0;
  const names = new AccountNames(new HostFiles(root), () => nowMs);
  expect([names.user(0), names.group(0), names.user(7)]).toEqual(["root", "wheel", undefined]);
  writeFileSync(passwd, "root:x:0:0\ntom:x:7:7\n");
  nowMs = 9999;
  expect(names.user(7)).toBeUndefined();
  nowMs = 10_000;
  expect(names.user(7)).toBe("tom");
  rmSync(passwd);
  nowMs = 20_000;
  expect(names.user(0)).toBeUndefined();
});
