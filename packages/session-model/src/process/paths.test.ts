import { expect, test } from "vitest";
import { absolutePath, baseName, directoryOf, extensionOf } from "./paths.ts";

test.for([
  ["/bin/sh", "/tmp", "/bin/sh"],
  ["./s.sh", "/tmp", "/tmp/s.sh"],
  ["s.sh", "/", "/s.sh"],
  ["../x", "/a/b", "/a/x"],
  ["../../../x", "/a/b", "/x"],
  ["/usr/bin/../../tmp/x", "/", "/tmp/x"],
  ["/usr//bin/./sh", "/", "/usr/bin/sh"],
  ["/tmp/.hidden", "/", "/tmp/.hidden"],
  ["/tmp/..hidden/x", "/", "/tmp/..hidden/x"],
  ["./x", undefined, "./x"],
  ["./x", "(unreachable)/a", "./x"],
  ["/", "/tmp", "/"],
] as const)("%s in %s is %s", ([path, directory, want]) => {
  expect(absolutePath(path, directory)).toBe(want);
});

test.for([
  ["/etc/passwd", "passwd", "/etc", undefined],
  ["/vmlinuz", "vmlinuz", "/", undefined],
  ["/a/archive.tar.gz", "archive.tar.gz", "/a", "gz"],
  ["/root/.bashrc", ".bashrc", "/root", undefined],
  ["/root/.bashrc.swp", ".bashrc.swp", "/root", "swp"],
  ["/a/name.", "name.", "/a", undefined],
  ["plain", "plain", undefined, undefined],
  ["/a.d/", "", "/a.d", undefined],
] as const)("%s is called %s, lies in %s, and ends in %s", ([path, name, directory, extension]) => {
  expect([baseName(path), directoryOf(path), extensionOf(baseName(path))]).toEqual([
    name,
    directory,
    extension,
  ]);
});
