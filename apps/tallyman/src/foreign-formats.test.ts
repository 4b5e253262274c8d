import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { InputPositions } from "./input/input-position.ts";
import { readEvents } from "./input/read-events.ts";
import { run, runShell } from "./testing/run-program.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-foreign-"));
afterAll(() => rmSync(folder, { recursive: true }));
const recording = (name: string) =>
  fileURLToPath(new URL(`../../../packages/telemetry/src/testing/recordings/${name}`, import.meta.url));

/** How many alerts each rule of the pack raises. */
function rulesIn(stdout: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of stdout.trimEnd().split("\n")) {
    const alert = JSON.parse(line) as Record<string, unknown>;
    if (alert["kibana.alert.building_block_type"] !== undefined) continue;
    const name = String(alert["kibana.alert.rule.name"]);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Those that do not ask for a terminal. */
const withoutTerminal = {
  "AWS Credentials Searched For Inside A Container": 1,
  "Container Management Utility Run Inside A Container": 1,
  "Egress Connection from Entrypoint in Container": 1,
  "File Made Executable via Chmod Inside A Container": 1,
  "Privileged Docker Container Creation": 1,
};
const withTerminal = { ...withoutTerminal, "Unusual Interactive Process Launched in a Container": 5 };

describe("a session raises every rule of the pack that its format can feed", () => {
  test.for([
    ["auditd", "auditd-enriched.log.gz", withTerminal],
    ["auditd", "auditd-raw.log.gz", withTerminal],
    ["auditd", "auditd-audisp.log.gz", withTerminal],
    ["tetragon", "tetragon.ndjson", withoutTerminal],
    ["falco", "falco.ndjson", withTerminal],
  ] as const)("%s: %s", async ([format, name, rules]) => {
    const named = await run(["scan", "--from", format, "--format", "ndjson", recording(name)]);
    expect(named.stderr).not.toContain("as the records show");
    expect(rulesIn(named.stdout)).toEqual(rules);
    expect(named.status).toBe(0);
    const detected = await run(["scan", "--format", "ndjson", recording(name)]);
    expect(detected.stderr).toContain("as the records show (--from names another format)");
    // The ids of alerts too are the same on every run.
    expect(detected.stdout).toBe(named.stdout);
  });
});

test("records count as processed when what came of them has been", async () => {
  const name = recording("auditd-raw.log.gz");
  const positions = new InputPositions([name]);
  const input = readEvents([name], { timestampOf: () => undefined, positions });
  const waiting = () =>
    (positions.save() as { files: Record<string, { waiting: unknown[] }> }).files[name]?.waiting;
  let during = 0;
  for await (const _ of input) during = Math.max(during, waiting()?.length ?? 0);
  expect(during).toBeGreaterThan(0);
  expect(waiting()).toEqual([]);
});

test("a log that was rotated is one, in whatever order its files are named", async () => {
  const lines = gunzipSync(readFileSync(recording("auditd-enriched.log.gz")))
    .toString()
    .split("\n");
  const half = Math.floor(lines.length / 2);
  const [older, newer] = [join(folder, "audit.log.1"), join(folder, "audit.log")];
  writeFileSync(older, `${lines.slice(0, half).join("\n")}\n`);
  writeFileSync(newer, lines.slice(half).join("\n"));
  const whole = await run(["scan", "--format", "ndjson", recording("auditd-enriched.log.gz")]);
  const parts = await run(["scan", "--format", "ndjson", newer, older]);
  expect(parts.stdout).toBe(whole.stdout);
});

test("from a pipe, in pieces of any size, it is the same", async () => {
  const bytes = gunzipSync(readFileSync(recording("auditd-audisp.log.gz")));
  const whole = await run(["scan", "--format", "ndjson", "-"], { input: bytes });
  writeFileSync(join(folder, "piped"), bytes);
  const pieces = await runShell(
    `dd bs=997 if=${join(folder, "piped")} 2>/dev/null | $T scan --format ndjson`,
  );
  expect(rulesIn(whole.stdout)).toEqual(withTerminal);
  expect(pieces.stdout).toBe(whole.stdout);
});

test("formats are told file by file, and the summary says which", async () => {
  const { stdout, stderr } = await run([
    "scan",
    "--format",
    "ndjson",
    recording("tetragon.ndjson"),
    recording("falco.ndjson"),
  ]);
  expect(stderr).toContain("Tetragon  29 records of 1 input");
  expect(stderr).toContain("Falco     28 records of 1 input");
  expect(Object.keys(rulesIn(stdout)).length).toBe(6);
});

test("bad lines are counted with the first of their places, and end nothing", async () => {
  const lines = gunzipSync(readFileSync(recording("auditd-raw.log.gz")))
    .toString()
    .split("\n");
  const file = join(folder, "broken.log");
  writeFileSync(
    file,
    [...lines.slice(0, 20), "\u001b[2Jrubbish", "type=SYSCALL msg=audit(x", ...lines.slice(20)].join("\n"),
  );
  const { stdout, stderr, status } = await run(["scan", "--format", "ndjson", file]);
  expect(stderr.replace(/\s+/g, " ")).toMatch(
    /skipped 2 records: 2 no record of the format that the input has \(\S*broken\.log:21, \S*broken\.log:22\)/,
  );
  expect(stderr).not.toContain("\u001b");
  expect(rulesIn(stdout)).toEqual(withTerminal);
  expect(status).toBe(0);
});

test("what a format is not is skipped, and ECS stays ECS", async () => {
  const wrong = await run(["scan", "--from", "falco", recording("tetragon.ndjson")]);
  expect(wrong.stderr).toMatch(/skipped +29 records/);
  const asEcs = await run(["scan", "--from", "ecs", recording("tetragon.ndjson")]);
  expect(asEcs.stderr).toContain("without a usable @timestamp");
  expect(asEcs.stderr).not.toContain("Tetragon");
});

test("a format that there is not is one line and exit 2", async () => {
  const { stderr, status } = await run(["scan", "--from", "sysmon", "x"]);
  expect(status).toBe(2);
  expect(stderr.trimEnd().split("\n").length).toBe(1);
});

describe("query", () => {
  test("prints the events that the records become", async () => {
    const { stdout, stderr } = await run([
      "query",
      "kql",
      "event.action:connection_attempted",
      recording("auditd-raw.log.gz"),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ destination: { ip: "198.51.100.23" }, host: { name: "vm" } });
    expect(stderr).toContain("auditd");
  });

  test("joins them", async () => {
    const text =
      'sequence by process.entity_id [process where event.action == "exec" and process.name == "curl"] [network where true]';
    const { stdout } = await run(["query", "eql", text, "--from", "falco", recording("falco.ndjson")]);
    expect(JSON.parse(stdout)).toMatchObject({
      sequence: { events: [{ process: { name: "curl" } }, { destination: { port: 8080 } }] },
    });
  });
});
