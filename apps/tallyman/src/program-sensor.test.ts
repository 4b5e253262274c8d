import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startLive, whyNoSensor, withKoffi } from "./testing/live-program.ts";
import { programPath, run, runShell } from "./testing/run-program.ts";

// The bundle as users run it: tools/build-before-tests.mjs brings it up to date.

const folder = mkdtempSync(join(tmpdir(), "tallyman-program-sensor-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

const stateIn = (name: string) => ["--state", join(folder, name)];

interface Event {
  readonly agent: { readonly id: string };
  readonly event: { readonly id: string; readonly action: string; readonly category: readonly string[] };
  readonly process: { readonly args?: readonly string[]; readonly name: string };
}

function eventsOf(text: string): Event[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test("without koffi, what is missing is said in one sentence", async () => {
  expect(await run(["sensor", ...stateIn("none")])).toEqual({
    status: 3,
    stdout: "",
    stderr: expect.stringMatching(
      /^tallyman: no source of events can be used here: ebpf, proc-connector: the package koffi is not installed, .*; audit: .*\n$/,
    ),
  });
});

test.each([
  [["--rotate-size", "0B"], /write a size, for example 64kB/],
  [["--events", "network"], /write process, process,network/],
  [
    ["--source", "audit"],
    /--source audit changes the audit state of the whole host, which takes --allow-audit/,
  ],
  [["--source", "ptrace"], /Allowed choices are ebpf, audit, proc-connector/],
  [["--user", "no such user"], /--user: there is no user 'no such user' in \/etc\/passwd/],
])("sensor %j is a mistake, said in one line", async (args, message) => {
  const { status, stderr } = await run(["sensor", ...args]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});

describe.skipIf(whyNoSensor() !== undefined)("tallyman sensor", () => {
  test("reports a program that is run, numbers its events, and sums up at Ctrl-C", async () => {
    const live = await startLive(["sensor", ...stateIn("a")]);
    spawnSync("/bin/true", ["tag-program"]);
    const exec = await live.line((line) => line.includes('"tag-program"') && line.includes('"exec"'));
    expect(JSON.parse(exec)).toMatchObject({
      event: { action: "exec", type: ["start"], category: ["process"], dataset: "endpoint.events.process" },
      host: { os: { type: "linux" } },
      data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
      process: { name: "true", executable: "/bin/true", command_line: "/bin/true tag-program" },
    });
    const { status, stderr, stdout } = await live.stop();
    expect(status).toBe(0);
    expect(stderr).toMatch(/^tallyman: events come from ebpf\n[\d,]+ events from ebpf in /);
    expect(stderr).toMatch(/no event was lost/);
    const numbers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).event.sequence);
    expect(numbers).toEqual(numbers.map((_, i) => i));
  });

  test("is the same agent after a restart, whose events have other ids", async () => {
    const args = ["sensor", ...stateIn("b"), "--for", "300ms", "-q"];
    const [first, second] = [await run(args, { env: withKoffi }), await run(args, { env: withKoffi })];
    expect([first.status, first.stderr]).toEqual([0, ""]);
    const [before, after] = [eventsOf(first.stdout), eventsOf(second.stdout)];
    expect(new Set([...before, ...after].map(({ agent }) => agent.id)).size).toBe(1);
    const ids = [...before, ...after].map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(before.some(({ event }) => event.action === "already_running")).toBe(true);
  });

  test("writes a file and puts it aside when it is full; all records are whole", async () => {
    const path = join(folder, "events.ndjson");
    const args = ["sensor", ...stateIn("c"), "-o", path, "--rotate-size", "20kB", "--rotate-keep", "2"];
    const { status } = await run([...args, "--for", "300ms"], { env: withKoffi });
    expect(status).toBe(0);
    const names = readdirSync(folder).filter((name) => name.startsWith("events.ndjson"));
    expect(names.sort()).toEqual(["events.ndjson", "events.ndjson.1", "events.ndjson.2"]);
    for (const name of names) {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(20_000);
      expect(eventsOf(readFileSync(join(folder, name), "utf8")).length).toBeGreaterThan(0);
    }
  });

  test("reports no files and connections where they are not asked for", async () => {
    const live = await startLive(["sensor", ...stateIn("d"), "--events", "process"]);
    spawnSync("sh", ["-c", `: > ${join(folder, "made")}; exec true tag-made`]);
    await live.line((line) => line.includes('"tag-made"') && line.includes('"end"'));
    const { stderr, stdout } = await live.stop();
    expect(new Set(eventsOf(stdout).flatMap(({ event }) => event.category))).toEqual(new Set(["process"]));
    expect(stderr).toMatch(/ebpf does not see TCP connections; and files that are made/);
  });

  test("goes by the configuration where the command line says nothing", async () => {
    const cwd = mkdtempSync(join(folder, "configured-"));
    const text =
      '[state]\nfolder = "kept"\n[sensor]\nsource = "ebpf"\nfiles = false\nnetwork = false\n[output]\nquiet = true\n';
    writeFileSync(join(cwd, "tallyman.toml"), text);
    const { status, stderr } = await run(["sensor", "--for", "100ms"], { cwd, env: withKoffi });
    expect([status, stderr]).toEqual([0, ""]);
    expect(readdirSync(join(cwd, "kept"))).toEqual(["agent-id"]);
    const flags = ["sensor", "--for", "100ms", "--events", "process,file", "--no-config", "--state", "other"];
    expect((await run(flags, { cwd, env: withKoffi })).stderr).toMatch(/ebpf does not see TCP connections\n/);
  });

  test("is silent when nobody reads on", async () => {
    const line = `$T sensor -q --state ${join(folder, "e")} | head -n 1`;
    const { status, stderr, stdout } = await runShell(line, { env: withKoffi });
    expect([status, stderr]).toEqual([0, ""]);
    expect(eventsOf(stdout)).toHaveLength(1);
  });

  test("without rights for eBPF takes the next source, says why, and what that misses", async () => {
    const state = mkdtempSync(join(tmpdir(), "tallyman-nobody-"));
    chmodSync(state, 0o777);
    const setting = { env: withKoffi, uid: 65534 };
    const { stderr } = await run(["sensor", "--state", state, "--for", "100ms"], setting);
    expect(stderr).toMatch(/cannot be used: ebpf: .*CAP_BPF and CAP_PERFMON.*; audit: .* \(--allow-audit\)/);
    const only = await run(["sensor", "--state", state, "--source", "ebpf"], setting);
    expect(only).toMatchObject({ status: 3, stdout: "" });
    expect(only.stderr).toMatch(/^tallyman: no source of events can be used here: ebpf: .*CAP_BPF.*\n$/);
    rmSync(state, { recursive: true });
  });

  test("becomes the user that is named, with the capabilities of its source and no others", async () => {
    const live = await startLive(["sensor", ...stateIn("f"), "--source", "ebpf", "--user", "65534:65534"]);
    expect(rightsOf(live.child.pid as number)).toEqual({
      users: new Set(["65534\t65534\t65534\t65534"]),
      // CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_PERFMON, CAP_BPF; threads of Node's pool have none.
      capabilities: new Set(["000000c000080004", "0000000000000000"]),
    });
    spawnSync("/bin/true", ["tag-user"]);
    await live.line((line) => line.includes('"tag-user"'));
    expect((await live.stop()).status).toBe(0);
    expect(statSync(join(folder, "f", "agent-id")).uid).toBe(65534);
  });

  test("runs as a user without any rights but those that a service is given", async ({ skip }) => {
    if (spawnSync("setpriv", ["--version"]).error !== undefined) skip("there is no setpriv");
    const capabilities = "-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search";
    const rights = `--inh-caps ${capabilities} --ambient-caps ${capabilities} --bounding-set ${capabilities}`;
    const state = mkdtempSync(join(tmpdir(), "tallyman-service-"));
    chmodSync(state, 0o777);
    const command = `${process.execPath} ${programPath} sensor --state ${state} --for 1s`;
    const started = runShell(`setpriv --reuid 65534 --regid 65534 --clear-groups ${rights} ${command}`, {
      env: withKoffi,
    });
    const { status, stderr, stdout } = await started;
    rmSync(state, { recursive: true });
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^tallyman: events come from ebpf\n/)]);
    const running = eventsOf(stdout).filter(({ event }) => event.action === "already_running");
    // What belongs to root can be looked at as well.
    expect(running.some(({ process: { args } }) => args?.includes(process.argv[1] ?? ""))).toBe(true);
  });
});

function rightsOf(pid: number) {
  const statuses = readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"),
  );
  const all = (name: string) =>
    new Set(statuses.map((status) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]));
  return { users: all("Uid"), capabilities: all("CapEff") };
}
