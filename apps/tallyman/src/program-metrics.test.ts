import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { compile, hasCompiler } from "../../../packages/sensor/src/testing/compile.ts";
import { type LiveProgram, startLive, whyNoSensor } from "./testing/live-program.ts";
import { parseMetrics, sampleValue } from "./testing/parse-metrics.ts";
import { run } from "./testing/run-program.ts";

// The bundle as users run it: tools/build-before-tests.mjs brings it up to date.

const folder = mkdtempSync(join(tmpdir(), "tallyman-program-metrics-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
/** A folder of its own with these files. */
function place(files: Readonly<Record<string, string>> = {}): string {
  made += 1;
  const path = join(folder, String(made));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** A rule that finds executed programs with this argument. */
function argumentRule(argument: string, name = `Argument ${argument}`): string {
  const query = `event.action:exec and process.args:"${argument}"`;
  return `[rule]\nrule_id = "r-${argument}"\nname = ${JSON.stringify(name)}\ndescription = "Of the test."\nrisk_score = 47\nseverity = "medium"\nindex = ["logs-*"]\ntype = "query"\nquery = '''${query}'''\n`;
}

const anyPort = ["--metrics", "127.0.0.1:0"];

/** The port that a program says its metrics are served on. */
async function portOf(live: LiveProgram): Promise<number> {
  return Number((await live.said(/metrics are served on http:\/\/127\.0\.0\.1:(\d+)\/metrics\n/))[1]);
}

type Place = { readonly port: number } | { readonly socketPath: string };

async function answerOf(at: Place, path = "/metrics", method = "GET"): Promise<IncomingMessage> {
  const [response] = await once(request({ ...at, path, method, agent: false }).end(), "response");
  return response;
}

async function textOf(at: Place): Promise<string> {
  const response = await answerOf(at);
  expect(response.statusCode).toBe(200);
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

const scrape = async (port: number) => parseMetrics(await textOf({ port }));

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** The number that a pattern finds in a text; none is zero. */
function countIn(text: string, pattern: RegExp): number {
  return Number((pattern.exec(text)?.[1] ?? "0").replaceAll(",", ""));
}

const execute = (...args: readonly string[]) => spawnSync("/bin/true", args);

test.each(["watch", "sensor"])(
  "%s: an address that is none is a mistake, said in one line",
  async (command) => {
    for (const address of ["65536", "localhost", "unix:metrics.sock", "http://127.0.0.1:9464"]) {
      const { status, stderr } = await run([command, "--metrics", address, "--state", place()]);
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(
          /^tallyman: option '--metrics <address>' argument '.*' is invalid\. write an address such as 127\.0\.0\.1:9464, a port, or unix:\/path\n$/,
        ),
      ]);
    }
  },
);

test("in the configuration too, with its place", async () => {
  const cwd = place({ "tallyman.toml": '[metrics]\nlisten = "9464x"\n' });
  const { status, stderr } = await run(["watch"], { cwd });
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(
      /^tallyman\.toml:2:10: error bad-value: 'metrics\.listen' must be an address such as /,
    ),
  ]);
});

test.each(["watch", "sensor"])(
  "%s ends with a line and status 3 when another program listens there",
  async (command) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const cwd = place();
    expect(await run([command, "--metrics", String(port), "--state", "state"], { cwd })).toEqual({
      status: 3,
      stdout: "",
      stderr: `tallyman: metrics cannot be served on 127.0.0.1:${port}: another program listens there; --metrics names another address\n`,
    });
    other.close();
  },
);

describe.skipIf(whyNoSensor() !== undefined)("the metrics", () => {
  test("tell of alerts, of rules, of sinks and of the state what the summary tells", async () => {
    const name = 'A "name" with \\ and \u001b[2J';
    const cwd = place({
      "rule.toml": argumentRule("tag-metrics", name),
      "other.toml": argumentRule("tag-other"),
      "idle.toml": argumentRule("tag-idle").replace('type = "query"', 'type = "esql"\nlanguage = "esql"'),
      "e.toml":
        '[[exception]]\nname = "Usual"\nrules = ["*"]\nentries = [{ field = "process.args", type = "match", value = "usual" }]\n',
      "tallyman.toml":
        'rules = ["rule.toml", "other.toml", "idle.toml"]\nexceptions = ["e.toml"]\n[state]\nfolder = "state"\nsave_every = "100ms"\n[metrics]\nlisten = "127.0.0.1:0"\n[[sinks]]\nname = "file"\ntype = "file"\npath = "sink.ndjson"\n',
    });
    const live = await startLive(["watch", "--source", "ebpf"], { cwd });
    const port = await portOf(live);
    const before = await scrape(port);
    for (const path of ["/", "/metrics/x", "/../rule.toml"])
      expect((await answerOf({ port }, path)).resume().statusCode).toBe(404);
    for (const method of ["POST", "PUT", "DELETE"])
      expect((await answerOf({ port }, "/metrics", method)).resume().statusCode).toBe(405);
    expect(sampleValue(before, "tallyman_alerts_total", { severity: "medium" })).toBe(0);
    expect(before["tallyman_rule_alerts_total"]).toBeUndefined();
    for (const word of ["1", "2", "usual"]) execute("tag-metrics", word);
    await live.line((line) => line.includes("tag-metrics 2"));
    await expect
      .poll(async () => {
        const now = await scrape(port);
        const value = (metric: string) => sampleValue(now, metric);
        return [
          value("tallyman_sink_alerts_delivered_total"),
          value("tallyman_events_excepted_total"),
          Number(value("tallyman_state_saves_total")) > 0,
        ];
      })
      .toEqual([2, 1, true]);
    const text = await textOf({ port });
    expect(text).not.toContain("\u001b");
    const metrics = parseMetrics(text);
    expect(metrics["tallyman_rule_alerts_total"]?.samples).toEqual([
      {
        labels: { rule_id: "r-tag-metrics", rule_name: 'A "name" with \\ and \\x1b[2J', severity: "medium" },
        value: 2,
      },
    ]);
    const told: Readonly<Record<string, number>> = {
      tallyman_rules_running: 2,
      tallyman_rules_idle: 1,
      tallyman_sink_up: 1,
      tallyman_sink_alerts_waiting: 0,
      tallyman_sensor_events_lost_total: 0,
      tallyman_sensor_proc_reads_total: 1,
      tallyman_sensor_source_info: 1,
      tallyman_build_info: 1,
    };
    for (const [metric, value] of Object.entries(told))
      expect([metric, sampleValue(metrics, metric)]).toEqual([metric, value]);
    expect(metrics["tallyman_sensor_source_info"]?.samples[0]?.labels).toEqual({ source: "ebpf" });
    expect(sampleValue(metrics, "tallyman_sensor_buffer_limit_bytes", { buffer: "ring" })).toBe(8 << 20);
    const now = Date.now() / 1000;
    for (const time of ["process_start_time_seconds", "tallyman_state_last_save_timestamp_seconds"]) {
      expect(sampleValue(metrics, time)).toBeGreaterThan(now - 60);
      expect(sampleValue(metrics, time)).toBeLessThan(now + 1);
    }
    const rss =
      1024 *
      Number(
        /^VmRSS:\s+(\d+)/m.exec(spawnSync("cat", [`/proc/${live.child.pid}/status`]).stdout.toString())?.[1],
      );
    expect(Number(sampleValue(metrics, "process_resident_memory_bytes")) / rss).toBeCloseTo(1, 0);
    const { status, stderr } = await live.stop("SIGTERM");
    expect(status).toBe(0);
    expect(stderr).toMatch(/\n2 alerts in [\d,]+ events, /);
    expect(stderr).toMatch(/excepted +1 event/);
    expect(countIn(stderr, /in ([\d,]+) events/)).toBeGreaterThanOrEqual(
      sampleValue(metrics, "tallyman_events_total") as number,
    );
  });

  test("tell which rules run when they were taken up anew", async () => {
    const cwd = place();
    mkdirSync(join(cwd, "rules"));
    writeFileSync(join(cwd, "rules", "a.toml"), argumentRule("tag-a"));
    const live = await startLive(["watch", "-r", "rules", "--state", "state", ...anyPort], { cwd });
    const port = await portOf(live);
    const figures = async () => {
      const metrics = await scrape(port);
      const reloads = (result: string) => sampleValue(metrics, "tallyman_rule_reloads_total", { result });
      return [sampleValue(metrics, "tallyman_rules_running"), reloads("taken_up"), reloads("refused")];
    };
    expect(await figures()).toEqual([1, 0, 0]);
    writeFileSync(join(cwd, "rules", "b.toml"), argumentRule("tag-b"));
    await expect.poll(figures, { timeout: 10_000 }).toEqual([2, 1, 0]);
    renameSync(join(cwd, "rules"), join(cwd, "away"));
    live.child.kill("SIGHUP");
    await expect.poll(figures, { timeout: 10_000 }).toEqual([2, 1, 1]);
    expect((await live.stop()).status).toBe(0);
  });

  test.skipIf(!hasCompiler())("tell exactly what is lost", async () => {
    const [burst, brief] = [compile("burst", folder), compile("brief", folder)];
    const cwd = place({ "rule.toml": argumentRule("tag-rule") });
    const flags = ["--source", "ebpf", "--ring-size", "64KiB", "--state", "state", ...anyPort];
    for (const command of [["sensor"], ["watch", "-r", "rule.toml"]]) {
      const live = await startLive([...command, ...flags], { cwd });
      const port = await portOf(live);
      live.child.kill("SIGSTOP");
      spawnSync(burst, ["500", brief, "tag-full"]);
      live.child.kill("SIGCONT");
      await live.said(/events lost, since the source's ring or its queue was full/);
      const lost = async () => sampleValue(await scrape(port), "tallyman_sensor_events_lost_total");
      await expect.poll(lost).toBeGreaterThan(500);
      const told = await lost();
      const { stderr } = await live.stop();
      expect(countIn(stderr, /^ *lost +([\d,]+) events that the source had to drop/m)).toBe(told);
    }
  });

  test("of sensor count events by what happened", async () => {
    const live = await startLive(["sensor", "--state", place(), ...anyPort]);
    const port = await portOf(live);
    execute("tag-counted");
    await live.line((line) => line.includes('"tag-counted"') && line.includes('"end"'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { tallyman_sensor_events_total: events, ...others } = await scrape(port);
    const { stderr, stdout } = await live.stop();
    const written = stdout.split("\n").filter((line) => line.includes('"already_running"')).length;
    const by = Object.fromEntries(
      events?.samples.map(({ labels, value }) => [labels["action"], value]) ?? [],
    );
    expect(by).toMatchObject({ already_running: written, exec: expect.any(Number), end: expect.any(Number) });
    expect(Object.keys(others).filter((name) => name.includes("alerts"))).toEqual([]);
    expect(stderr).toMatch(/no event was lost/);
  });

  test("can be had whoever else is connected, and neither events nor the end wait for them", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-crowd") });
    const live = await startLive(["watch", "-r", "rule.toml", "--state", "state", ...anyPort], { cwd });
    const port = await portOf(live);
    const crowd = await Promise.all(Array.from({ length: 200 }, () => connected(port)));
    const trickle = setInterval(() => {
      for (const socket of crowd) if (socket.writable) socket.write("G");
    }, 50);
    onTestFinished(() => clearInterval(trickle));
    execute("tag-crowd");
    await live.line((line) => line.includes("tag-crowd"));
    expect(sampleValue(await scrape(port), "tallyman_alerts_total", { severity: "medium" })).toBe(1);
    const hanging = await Promise.all(Array.from({ length: 10 }, () => connected(port)));
    for (const socket of hanging) socket.write("GET /metrics HTTP/1.1\r\n");
    const { status, stderr } = await live.stop();
    expect(status).toBe(0);
    expect(stderr).toMatch(/1 alert in .*no event was lost/s);
    await expect(textOf({ port })).rejects.toThrow("ECONNREFUSED");
  });

  test("are served from a socket in the file system, as the user that is named", async () => {
    const cwd = place({ "rule.toml": argumentRule("tag-socket") });
    mkdirSync(join(cwd, "run"));
    chmodSync(join(cwd, "run"), 0o777);
    const path = join(cwd, "run", "m.sock");
    const flags = ["--state", "state", "--user", "65534:65534", "--metrics", `unix:${path}`];
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      const live = await startLive(["watch", "-r", "rule.toml", ...flags], { cwd });
      await live.said(/metrics are served on unix:.*m\.sock\n/);
      expect(statSync(path).uid).toBe(65534);
      expect(sampleValue(parseMetrics(await textOf({ socketPath: path })), "tallyman_rules_running")).toBe(1);
      await live.stop(signal);
    }
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("are in order for Prometheus' own tool", async ({ skip }) => {
    if (spawnSync("promtool", ["--version"]).error !== undefined) skip("there is no promtool");
    const cwd = place({ "rule.toml": argumentRule("tag-tool") });
    for (const command of [["sensor"], ["watch", "-r", "rule.toml"]]) {
      const live = await startLive([...command, "--state", "state", ...anyPort], { cwd });
      const port = await portOf(live);
      if (command[0] === "watch") {
        execute("tag-tool");
        await live.line((line) => line.includes("tag-tool"));
      }
      const tool = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
      let said = "";
      for (const stream of [tool.stdout, tool.stderr])
        stream.on("data", (chunk) => {
          said += chunk;
        });
      tool.stdin.end(await textOf({ port }));
      const [status] = await once(tool, "close");
      expect([status, said]).toEqual([0, ""]);
      await live.stop();
    }
  });
});
