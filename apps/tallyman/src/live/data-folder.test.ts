import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { agentIdIn } from "./agent-id.ts";
import { defaultDataFolder, makeDataFolder } from "./data-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  [{ STATE_DIRECTORY: "/var/lib/a:/var/lib/b", XDG_STATE_HOME: "/x" }, 0, "/var/lib/a"],
  [{ XDG_STATE_HOME: "/x" }, 0, "/var/lib/tallyman"],
  [{ XDG_STATE_HOME: "/x" }, 1000, "/x/tallyman"],
  [{ XDG_STATE_HOME: "" }, 1000, join(homedir(), ".local/state/tallyman")],
])("with %j user %i keeps it in %3$s", (environment, uid, path) => {
  expect(defaultDataFolder(environment, uid)).toBe(path);
});

describe("the data folder", () => {
  it("is made with its parents, for its owner's eyes", () => {
    const path = join(folder, "a", "b");
    expect(makeDataFolder(path, undefined)).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it("that cannot be made is said in a sentence", () => {
    writeFileSync(join(folder, "file"), "");
    expect(makeDataFolder(join(folder, "file", "x"), undefined)).toMatch(
      /^the state folder '.*' cannot be made: a part of the path is no folder; name another with --state$/,
    );
  });

  it.skipIf(process.getuid?.() !== 0)("is made for the user that was named; another's is left alone", () => {
    const path = join(folder, "given");
    const owner = { uid: 65534, gid: 65534 };
    expect(makeDataFolder(path, owner)).toBeUndefined();
    expect(statSync(path)).toMatchObject(owner);
    expect(makeDataFolder(path, { uid: 7, gid: 7 })).toMatch(/belongs to another user: `chown -R 7:7 /);
  });
});

describe("the sensor's id", () => {
  it("is made once, and kept", () => {
    const first = agentIdIn(folder);
    expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(agentIdIn(folder)).toEqual(first);
  });

  it("that is damaged is not replaced, which would give the host another name", () => {
    writeFileSync(join(folder, "agent-id"), "\u001b[2J");
    expect(agentIdIn(folder)).toMatch(/holds no id of a sensor; remove it to begin with another$/);
  });

  it("that cannot be kept is said", () => {
    expect(agentIdIn(join(folder, "absent"))).toMatch(/cannot be kept in '.*': its folder does not exist/);
  });
});
