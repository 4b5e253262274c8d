import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ecsCatalogue } from "@tallyman/ecs";
import { afterAll, expect, test } from "vitest";
import { FileWatch } from "./file-watch.ts";
import { RuleReloader } from "./rule-reloader.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-reload-"));
afterAll(() => rmSync(folder, { recursive: true }));

function ruleText(id: string, query: string): string {
  return `[rule]\nrule_id = "${id}"\nname = "${id}"\ndescription = "x"\nrisk_score = 1\nseverity = "low"\ntype = "query"\nquery = '${query}'\n`;
}

let made = 0;
/** A folder of rules, and what a look at it brings. */
function rulesOf(texts: Readonly<Record<string, string>>) {
  made += 1;
  const path = join(folder, String(made));
  mkdirSync(path);
  const write = (name: string, text: string) => writeFileSync(join(path, name), text);
  for (const [name, text] of Object.entries(texts)) write(name, text);
  const reloader = new RuleReloader([path], ecsCatalogue());
  const start = reloader.load();
  const look = () => {
    const result = reloader.reload();
    if (result.kind === "unchanged") return result.kind;
    const told = result.diagnostics.map(({ code }) => code);
    if (result.kind === "refused") return { told };
    return {
      told,
      queries: queriesOf(result.rules),
      kept: result.kept.map((file) => file.slice(path.length + 1)),
    };
  };
  return { path, start: queriesOf(start), look, write };
}

function queriesOf({ prepared }: ReturnType<RuleReloader["load"]>): readonly string[] {
  return prepared.ready.map(({ rule }) => ("query" in rule ? (rule.query?.text ?? "") : ""));
}

test("rules that change, come and go", () => {
  const { look, path, start, write } = rulesOf({
    "a.toml": ruleText("a", "a:1"),
    "b.toml": ruleText("b", "b:1"),
  });
  expect(start).toEqual(["a:1", "b:1"]);
  expect(look()).toBe("unchanged");
  write("a.toml", ruleText("a", "a:2"));
  write("c.toml", ruleText("c", "c:1"));
  rmSync(join(path, "b.toml"));
  expect(look()).toEqual({ told: [], queries: ["a:2", "c:1"], kept: [] });
  expect(look()).toBe("unchanged");
});

test("a file that becomes bad stays as it was, is told of once, and does not keep others from changing", () => {
  const { look, write } = rulesOf({ "a.toml": ruleText("a", "a:1"), "b.toml": ruleText("b", "b:1") });
  write("a.toml", ruleText("a", "a:("));
  expect(look()).toEqual({ told: ["syntax-error"], queries: ["a:1", "b:1"], kept: ["a.toml"] });
  expect(look()).toBe("unchanged");
  write("b.toml", ruleText("b", "b:2"));
  expect(look()).toEqual({ told: [], queries: ["a:1", "b:2"], kept: ["a.toml"] });
  write("a.toml", "not TOML");
  expect(look()).toMatchObject({ told: ["bad-toml"], queries: ["a:1", "b:2"] });
  write("a.toml", ruleText("a", "a:3"));
  expect(look()).toEqual({ told: [], queries: ["a:3", "b:2"], kept: [] });
});

test("a file that was bad from the start is not told of again, and runs when it is mended", () => {
  const { look, start, write } = rulesOf({ "a.toml": ruleText("a", "a:("), "b.toml": ruleText("b", "b:1") });
  expect(start).toEqual(["b:1"]);
  write("b.toml", ruleText("b", "b:2"));
  expect(look()).toEqual({ told: [], queries: ["b:2"], kept: [] });
  write("a.toml", ruleText("a", "a:1"));
  expect(look()).toEqual({ told: [], queries: ["a:1", "b:2"], kept: [] });
});

test("a rule that takes another's id does not push that out", () => {
  const { look, write } = rulesOf({ "b.toml": ruleText("b", "b:1") });
  write("c.toml", ruleText("b", "c:1"));
  expect(look()).toEqual({ told: ["duplicate-rule-id"], queries: ["b:1"], kept: [] });
});

test("while the folder is away, everything stays, and that is told once", () => {
  const { look, path } = rulesOf({ "a.toml": ruleText("a", "a:1") });
  renameSync(path, `${path}.away`);
  expect(look()).toEqual({ told: ["unreadable-file"] });
  expect(look()).toBe("unchanged");
  renameSync(`${path}.away`, path);
  expect(look()).toBe("unchanged");
  renameSync(path, `${path}.away`);
  expect(look()).toEqual({ told: ["unreadable-file"] });
});

test.each(["a folder", "a file"])(
  "changes below %s are seen, in folders made later too, and SIGHUP",
  async (kind) => {
    const { path, write } = rulesOf({ "a.toml": ruleText("a", "a:1") });
    let calls = 0;
    const watch = new FileWatch([kind === "a file" ? join(path, "a.toml") : path], () => {
      calls += 1;
    });
    watch.start();
    const next = async (act: () => void) => {
      const before = calls;
      act();
      await expect.poll(() => calls, { timeout: 10_000 }).toBeGreaterThan(before);
    };
    await next(() => write("a.toml", ruleText("a", "a:2")));
    // As editors do: a new file is put in the place of the old one.
    await next(() => {
      write("a.toml~", ruleText("a", "a:3"));
      renameSync(join(path, "a.toml~"), join(path, "a.toml"));
    });
    if (kind === "a folder") {
      await next(() => mkdirSync(join(path, "below")));
      await next(() => write("below/b.toml", ruleText("b", "b:1")));
    }
    await next(() => process.emit("SIGHUP"));
    watch.stop();
    const listeners = process.listenerCount("SIGHUP");
    expect(listeners).toBe(0);
  },
);
