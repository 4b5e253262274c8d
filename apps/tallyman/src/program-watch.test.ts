import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { gone, kernelObjectsOf } from "../../../packages/sensor/src/testing/kernel-objects.ts";
import { startLive, whyNoSensor, withKoffi } from "./testing/live-program.ts";
import { run, runShell } from "./testing/run-program.ts";

// The bundle as users run it, over what happens on this host: tools/build-before-tests.mjs brings it up to date.

const folder = mkdtempSync(join(tmpdir(), "tallyman-program-watch-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
/** A folder of its own with these files. */
function place(files: Readonly<Record<string, string>>): string {
  made += 1;
  const path = join(folder, String(made));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const head = 'description = "Of the test."\nrisk_score = 47\nseverity = "medium"\nindex = ["logs-*"]\n';

/** A rule that finds executed programs with this argument. */
function argumentRule(argument: string): string {
  const query = `event.action:exec and process.args:"${argument}"`;
  return `[rule]\nrule_id = "r-${argument}"\nname = "Argument ${argument}"\n${head}type = "query"\nquery = '''${query}'''\n`;
}

/** A rule that finds the first time that this program is run with another argument. */
const termsRule = `[rule]
rule_id = "terms"
name = "Terms"
${head}type = "new_terms"
query = '''event.action:exec and process.args:tag-terms'''
[rule.new_terms]
field = "new_terms_fields"
value = ["process.command_line"]
[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-14d"
`;

/** A rule that waits for something not to happen. */
const missingRule = `[rule]
rule_id = "missing"
name = "Missing"
${head}type = "eql"
language = "eql"
query = '''sequence by host.id with maxspan=1s
  [process where event.action == "exec" and process.args == "tag-first"]
  ![process where event.action == "exec" and process.args == "tag-second"]'''
`;

const execute = (...args: readonly string[]) => spawnSync("/bin/true", args);

function commandLinesOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).process.command_line);
}

describe.skipIf(whyNoSensor() !== undefined)("tallyman watch", () => {
  test("raises alerts with the clock's time, and says at the end what was seen and that nothing was lost", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-alert") });
    const live = await startLive(["watch", "-r", "rule.toml", "--state", "state"], { cwd });
    const beforeMs = Date.now();
    execute("tag-alert");
    const alert = JSON.parse(await live.line((line) => line.includes("tag-alert")));
    expect(alert).toMatchObject({
      "kibana.alert.rule.name": "Argument tag-alert",
      process: { name: "true", args: ["/bin/true", "tag-alert"], parent: { pid: process.pid } },
    });
    for (const time of ["@timestamp", "kibana.alert.original_time"]) {
      expect(Date.parse(alert[time])).toBeGreaterThan(beforeMs - 1000);
      expect(Date.parse(alert[time])).toBeLessThan(Date.now() + 1000);
    }
    const { status, stderr } = await live.stop("SIGTERM");
    expect(status).toBe(0);
    expect(stderr).toMatch(/\n1 alert in [\d,]+ events, /);
    expect(stderr).toMatch(/table +no event was lost; /);
  });

  test("keeps over a restart what was seen", async () => {
    const cwd = place({ "rule.toml": termsRule });
    const args = ["watch", "-r", "rule.toml", "--state", "state"];
    const first = await startLive(args, { cwd });
    execute("tag-terms", "1");
    await first.line((line) => line.includes("tag-terms 1"));
    await first.stop();
    const second = await startLive(args, { cwd });
    for (const word of ["1", "2"]) execute("tag-terms", word);
    await second.line((line) => line.includes("tag-terms 2"));
    expect(commandLinesOf((await second.stop()).stdout)).toEqual(["/bin/true tag-terms 2"]);
  });

  test("keeps after kill -9 what was saved, and nothing stays in the kernel", async () => {
    const cwd = place({
      "rule.toml": termsRule,
      "tallyman.toml": '[state]\nfolder = "state"\nsave_every = "100ms"\n',
    });
    const args = ["watch", "-r", "rule.toml"];
    const first = await startLive(args, { cwd });
    execute("tag-terms", "1");
    await first.line((line) => line.includes("tag-terms 1"));
    const path = join(cwd, "state", "state");
    const savedMs = () => statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    // What is being saved now may be from before the alert; what is saved after that is not.
    for (let saved = 0; saved < 2; saved++) {
      const before = savedMs();
      while (savedMs() === before) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const objects = kernelObjectsOf(first.child.pid as number);
    expect(objects.programs).toHaveLength(6);
    await first.stop("SIGKILL");
    await gone(objects);
    const second = await startLive(args, { cwd });
    for (const word of ["1", "2"]) execute("tag-terms", word);
    await second.line((line) => line.includes("tag-terms 2"));
    expect(commandLinesOf((await second.stop()).stdout)).toEqual(["/bin/true tag-terms 2"]);
  });

  test("ends with a sentence when its source breaks, with its state saved, and nothing stays in the kernel", async () => {
    const cwd = place({ "rule.toml": termsRule });
    const breaks = 'process.on("worker",(w)=>process.on("SIGUSR2",()=>w.terminate()))';
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(breaks)}` };
    const live = await startLive(["watch", "-r", "rule.toml", "--state", "state"], { cwd, env });
    execute("tag-terms", "1");
    await live.line((line) => line.includes("tag-terms 1"));
    const objects = kernelObjectsOf(live.child.pid as number);
    const { status, stderr } = await live.stop("SIGUSR2");
    expect(status).toBe(3);
    expect(stderr).toMatch(/failed +the eBPF source broke: its worker thread ended/);
    await gone(objects);
    expect(existsSync(join(cwd, "state", "state"))).toBe(true);
  });

  test("raises the alert of a rule that waited in vain, though nothing else happens", async () => {
    const cwd = place({ "rule.toml": missingRule });
    const live = await startLive(["watch", "-r", "rule.toml", "--state", "state"], { cwd });
    execute("tag-first");
    await live.line((line) => line.includes('"Missing"'));
    expect((await live.stop()).status).toBe(0);
  });

  test("takes up rules that change, and delivers to the sinks of its configuration", async () => {
    const cwd = place({
      "rule.toml": argumentRule("tag-one"),
      "tallyman.toml":
        'rules = ["rule.toml"]\n[[sinks]]\nname = "file"\ntype = "file"\npath = "sink.ndjson"\n',
    });
    const live = await startLive(["watch", "--state", "state"], { cwd });
    execute("tag-one");
    await live.line((line) => line.includes("tag-one"));
    const isRead = (async () => {
      for (let said = ""; !said.includes("rules were read anew: 1 rule running"); )
        said += (await once(live.child.stderr as NodeJS.ReadableStream, "data"))[0];
    })();
    writeFileSync(join(cwd, "rule.toml"), argumentRule("tag-two"));
    await isRead;
    execute("tag-one");
    execute("tag-two");
    await live.line((line) => line.includes("tag-two"));
    const { stdout } = await live.stop();
    const commands = ["/bin/true tag-one", "/bin/true tag-two"];
    expect(commandLinesOf(stdout)).toEqual(commands);
    expect(commandLinesOf(readFileSync(join(cwd, "sink.ndjson"), "utf8"))).toEqual(commands);
  });

  test("raises nothing that an exception takes out, and takes up exceptions that change", async () => {
    const except = (argument: string) =>
      `[[exception]]\nname = "Usual"\nrules = ["*"]\nentries = [{ field = "process.args", type = "match", value = "${argument}" }]\n`;
    const cwd = place({ "rule.toml": argumentRule("tag-except"), "e.toml": except("usual") });
    const live = await startLive(["watch", "-r", "rule.toml", "-e", "e.toml", "--state", "state"], { cwd });
    execute("tag-except", "usual");
    execute("tag-except", "other");
    await live.line((line) => line.includes("tag-except other"));
    expect(commandLinesOf((await live.stop()).stdout)).toEqual(["/bin/true tag-except other"]);
  });

  test("appends to its output", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-file") });
    for (const word of ["1", "2"]) {
      const live = await startLive(["watch", "-r", "rule.toml", "--state", "state", "-o", "out"], { cwd });
      execute("tag-file", word);
      while (!readFileSync(join(cwd, "out"), "utf8").includes(`tag-file ${word}`))
        await new Promise((resolve) => setTimeout(resolve, 20));
      await live.stop();
    }
    expect(commandLinesOf(readFileSync(join(cwd, "out"), "utf8"))).toEqual([
      "/bin/true tag-file 1",
      "/bin/true tag-file 2",
    ]);
  });

  test("shows a table where it is asked to, and nothing of an argument acts on the terminal", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-table") });
    const live = await startLive(["watch", "-r", "rule.toml", "--state", "state", "-f", "table"], { cwd });
    execute("tag-table", "\u001b[2J\u001b]0;title\u0007");
    await live.line((line) => line.includes("tag-table"));
    const { stdout } = await live.stop();
    expect(stdout).toContain("\\x1b[2J");
    expect(stdout).not.toContain("\u001b");
  });

  test("is silent when nobody reads on", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-pipe") });
    const line =
      "{ sleep 2; /bin/true tag-pipe; /bin/true tag-pipe; sleep 0.5; /bin/true tag-pipe; } & $T watch -q -r rule.toml --state state --for 20s | head -n 1";
    const { status, stderr, stdout } = await runShell(line, { cwd, env: withKoffi });
    expect([status, stderr]).toEqual([0, ""]);
    expect(commandLinesOf(stdout)).toEqual(["/bin/true tag-pipe"]);
  });

  test("runs as the user that is named, whose folder it keeps its state in", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-user") });
    const args = [
      "watch",
      "-r",
      "rule.toml",
      "--state",
      "state",
      "--source",
      "ebpf",
      "--user",
      "65534:65534",
    ];
    for (const word of ["1", "2"]) {
      const live = await startLive(args, { cwd });
      execute("tag-user", word);
      await live.line((line) => line.includes(`tag-user ${word}`));
      expect(readFileSync(`/proc/${live.child.pid}/status`, "utf8")).toMatch(
        /^Uid:\t65534\t65534\t65534\t65534$/m,
      );
      expect((await live.stop()).status).toBe(0);
    }
    expect(statSync(join(cwd, "state", "state")).uid).toBe(65534);
  });

  test("says when another run uses the state folder, or no rule can run", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-lock"), "bad.toml": "[rule]\n" });
    const live = await startLive(["watch", "-r", "rule.toml", "--state", "state"], { cwd });
    const second = await run(["watch", "-r", "rule.toml", "--state", "state"], { cwd, env: withKoffi });
    await live.stop();
    expect(second).toMatchObject({ status: 3, stdout: "" });
    expect(second.stderr).toMatch(/^tallyman: the state folder 'state' is used by process \d+; [^\n]*\n$/);
    const none = await run(["watch", "-r", "bad.toml", "--state", "state"], { cwd, env: withKoffi });
    expect(none.status).toBe(1);
    expect(none.stderr).toMatch(/tallyman: no rule can run: `tallyman rules check` says why\n$/);
  });
});
