import { expect, test } from "vitest";
import { fileFields } from "./file-fields.ts";

const event = { pid: 1, atNs: 0n } as const;

test.for([
  [
    { kind: "create", path: "/etc/cron.d/job" },
    { path: "/etc/cron.d/job", name: "job", directory: "/etc/cron.d" },
  ],
  [
    { kind: "delete", path: "/var/lib/runner/shop.bundle.gz" },
    {
      path: "/var/lib/runner/shop.bundle.gz",
      name: "shop.bundle.gz",
      extension: "gz",
      directory: "/var/lib/runner",
    },
  ],
  [
    { kind: "rename", path: "/run/motd.dynamic", oldPath: "/run/motd.dynamic.new" },
    {
      path: "/run/motd.dynamic",
      name: "motd.dynamic",
      extension: "dynamic",
      directory: "/run",
      Ext: { original: { path: "/run/motd.dynamic.new", name: "motd.dynamic.new", extension: "new" } },
    },
  ],
  [
    { kind: "create", path: "/…/deep", pathTruncated: true },
    { path: "/…/deep", name: "deep", directory: "/…", Ext: { path_truncated: true } },
  ],
] as const)("%j", ([known, want]) => {
  expect(fileFields({ ...event, ...known })).toEqual(want);
});
