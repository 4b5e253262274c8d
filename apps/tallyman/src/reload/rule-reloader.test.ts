import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ecsCatalogue } from "@tallyman/ecs";
import { Engine, MemoryFirstSeenStore } from "@tallyman/engine";
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
  const reloader = new RuleReloader({ rules: [path], exceptions: [] }, ecsCatalogue());
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

/** A rule with exceptions in a file of their own, and their values in another. */
function withExceptions(exceptions: string, values: string) {
  const { path, write } = rulesOf({ "a.toml": ruleText("a", "process.name : *") });
  const aside = `${path}-exceptions`;
  mkdirSync(aside);
  const put = (name: string, text: string) => writeFileSync(join(aside, name), text);
  put("e.toml", exceptions);
  put("names.txt", values);
  const reloader = new RuleReloader({ rules: [path], exceptions: [join(aside, "e.toml")] }, ecsCatalogue());
  /** Which of some processes alert. */
  const alerting = ({ prepared }: ReturnType<RuleReloader["load"]>) => {
    const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
    return ["tar", "curl", "sh"].filter(
      (name, i) =>
        engine.process({
          document: {
            "@timestamp": `2026-01-05T08:00:0${i}Z`,
            data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
            event: { id: `e${i}` },
            process: { name },
          },
        }).length > 0,
    );
  };
  const look = () => {
    const result = reloader.reload();
    if (result.kind !== "changed") return result.kind;
    return {
      alerting: alerting(result.rules),
      told: result.diagnostics.map(({ code }) => code),
      kept: result.kept.map((file) => file.slice(aside.length + 1)),
    };
  };
  return { path, aside, put, write, look, reloader, start: alerting(reloader.load()) };
}

const byName = (type: string, value: string) =>
  `[[exception]]\nname = "x"\nrules = ["a"]\nentries = [{ field = "process.name", type = "${type}", ${value} }]\n`;
const byList = `[[value_list]]\nid = "names"\ntype = "keyword"\nfile = "names.txt"\n${byName("list", 'list = { id = "names" }')}`;

test("exceptions and the files of values that they name are read anew too", () => {
  const { aside, look, put, reloader, start } = withExceptions(byName("match", 'value = "tar"'), "tar\n");
  expect(start).toEqual(["curl", "sh"]);
  put("e.toml", byName("match", 'value = "curl"'));
  expect(look()).toEqual({ alerting: ["tar", "sh"], told: [], kept: [] });
  put("e.toml", byList);
  expect(look()).toEqual({ alerting: ["curl", "sh"], told: [], kept: [] });
  expect(reloader.watched).toContain(join(aside, "names.txt"));
  put("names.txt", "tar\nsh\n");
  expect(look()).toEqual({ alerting: ["curl"], told: [], kept: [] });
  expect(look()).toBe("unchanged");
});

test("exceptions that become bad stay as they were, and so do values", () => {
  const { aside, look, put, start } = withExceptions(byList, "tar\nsh\n");
  expect(start).toEqual(["curl"]);
  put("e.toml", "[[exception]\n");
  expect(look()).toEqual({ alerting: ["curl"], told: ["bad-toml"], kept: ["e.toml"] });
  expect(look()).toBe("unchanged");
  put("e.toml", byList);
  rmSync(join(aside, "names.txt"));
  expect(look()).toMatchObject({ alerting: ["curl"], kept: ["e.toml"] });
  expect(look()).toBe("unchanged");
  put("names.txt", "curl\n");
  expect(look()).toEqual({ alerting: ["tar", "sh"], told: [], kept: [] });
  rmSync(join(aside, "e.toml"));
  expect(look()).toBe("refused");
});

test("an exception that would take out nothing is told once", () => {
  const { look, put } = withExceptions(byName("match", 'value = "tar"'), "");
  put("e.toml", byName("match", 'value = "t*r"'));
  expect(look()).toEqual({ alerting: ["tar", "curl", "sh"], told: ["literal-wildcard"], kept: [] });
  put("e.toml", `${byName("match", 'value = "t*r"')}\n`);
  expect(look()).toEqual({ alerting: ["tar", "curl", "sh"], told: [], kept: [] });
});

test.each(["a folder", "a file"])(
  "changes below %s are seen, in folders made later too, and SIGHUP",
  async (kind) => {
    const { path, write } = rulesOf({ "a.toml": ruleText("a", "a:1") });
    let calls = 0;
    const watch = new FileWatch(
      () => [kind === "a file" ? join(path, "a.toml") : path],
      () => {
        calls += 1;
      },
    );
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
