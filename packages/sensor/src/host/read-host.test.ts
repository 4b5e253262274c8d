import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { HostFiles } from "./host-files.ts";
import { parseOsRelease, readHost } from "./read-host.ts";

const root = mkdtempSync(join(tmpdir(), "tallyman-host-"));
afterAll(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

test.each([
  ['NAME="Debian GNU/Linux"\nID=debian\n', { NAME: "Debian GNU/Linux", ID: "debian" }],
  ["# comment\nVERSION_ID='12'\n\nlower=no\nBAD LINE\n", { VERSION_ID: "12" }],
  ['PRETTY_NAME="a \\"b\\" \\$c \\\\"\nEMPTY=\n', { PRETTY_NAME: 'a "b" $c \\', EMPTY: "" }],
])("os-release %j", (text, values) => {
  expect(parseOsRelease(text)).toEqual(values);
});

describe.skipIf(process.platform !== "linux")("the host", () => {
  it("has a name, an id and the system in the form of Elastic Defend", () => {
    put("/etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
    put("/etc/os-release", 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\n');
    put("/proc/sys/kernel/random/boot_id", "41fe77f2-30c3-4db5-a5c9-cde6a02af49a\n");
    const host = readHost(new HostFiles(root), { name: "blue" });
    expect(host).toMatchObject({
      id: "3d1219c7c4c5404aaa1f6d2a48adfda4",
      hostname: hostname(),
      bootId: "41fe77f2-30c3-4db5-a5c9-cde6a02af49a",
      pidNamespace: 4026531836,
      cluster: { name: "blue" },
      os: {
        name: "Linux",
        family: "ubuntu",
        platform: "ubuntu",
        version: "24.04",
        variant: "Ubuntu",
        full: "Ubuntu 24.04",
      },
    });
    expect(host.os.kernel).toMatch(/^\d+\.\d+/);
    for (const mac of host.mac ?? []) expect(mac).toMatch(/^([0-9A-F]{2}-){5}[0-9A-F]{2}$/);
    expect(host.ip ?? []).not.toContain("127.0.0.1");
  });

  it.each(["uninitialized\n", "", "3D1219C7"])("with the machine id %j takes that of the boot", (id) => {
    put("/etc/machine-id", id);
    expect(readHost(new HostFiles(root)).id).toBe("41fe77f230c34db5a5c9cde6a02af49a");
  });

  it("with a folder for a system release says what the kernel says", () => {
    rmSync(join(root, "etc", "os-release"));
    const { os } = readHost(new HostFiles(root));
    expect(Object.keys(os).sort()).toEqual(["kernel", "name"]);
  });
});
