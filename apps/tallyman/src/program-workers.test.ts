import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@tallyman/ecs";
import { afterAll, describe, expect, test } from "vitest";
import { type ProgramResult, run, startProgram } from "./testing/run-program.ts";
import { ndjson } from "./testing/sample-events.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-workers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recordings = ["falco.ndjson", "tetragon.ndjson", "auditd-raw.log.gz"].map((name) =>
  fileURLToPath(new URL(`../../../packages/telemetry/src/testing/recordings/${name}`, import.meta.url)),
);

const common = { description: "Of the test.", severity: "low", risk_score: 1, index: ["logs-*"] };
const byAddress = [{ entries: [{ field: "source.ip", type: "mapping", value: "threat.indicator.ip" }] }];
const eql = { type: "eql", language: "eql" };

/** A rule of each type and language, in the shape of Elastic's rule API. */
const rules: Readonly<Record<string, JsonObject>> = {
  kql: { type: "query", query: "user.name : mallory" },
  "any field": { type: "query", query: "*name : mallory" },
  lucene: { type: "query", language: "lucene", query: "user.name:/mal.*/ AND process.pid:[10 TO 2500]" },
  filters: {
    type: "query",
    query: "*",
    filters: [{ meta: {}, query: { query_string: { query: "process.name:tool-3 AND user.name:mallory" } } }],
  },
  suppressed: {
    type: "query",
    query: "user.name : mallory",
    alert_suppression: { group_by: ["host.id"], duration: { value: 1, unit: "s" } },
  },
  terms: {
    type: "new_terms",
    query: "*",
    new_terms_fields: ["process.parent.name"],
    history_window_start: "now-14d",
  },
  threshold: {
    type: "threshold",
    query: "user.name : mallory",
    threshold: { field: ["host.id"], value: 5, cardinality: [{ field: "process.name", value: 3 }] },
  },
  "given indicators": {
    type: "threat_match",
    query: "process.pid:*",
    threat_query: "threat.feed.name:*",
    threat_index: ["logs-none-*"],
    threat_mapping: byAddress,
  },
  "indicators on the stream": {
    type: "threat_match",
    query: "process.pid:*",
    threat_query: 'not threat.feed.name:* and @timestamp >= "now-5s"',
    threat_index: ["logs-ti_*"],
    threat_mapping: byAddress,
    // Its indicators are events that this does not select.
    index: ["logs-endpoint.*"],
  },
  anomalies: {
    type: "machine_learning",
    machine_learning_job_id: ["job"],
    anomaly_threshold: 20,
    index: [],
  },
  event: { ...eql, query: 'process where user.name == "mallory" and process.pid % 2 == 0' },
  sequence: {
    ...eql,
    query:
      'sequence by host.id with maxspan=2s [process where user.name == "mallory"] [process where process.pid % 50 == 0]',
  },
  "over alerts": {
    type: "threshold",
    query: "kibana.alert.rule.name : kql",
    threshold: { field: ["host.id"], value: 3 },
    index: [".alerts-security.*"],
  },
};

const ruleFile = (name: string, rule: JsonObject): JsonObject => {
  const { index, ...rest } = { rule_id: name, name, ...common, ...rule } as JsonObject & typeof common;
  return index.length === 0 ? rest : { index, ...rest };
};
const rulesPath = join(folder, "rules.ndjson");
writeFileSync(rulesPath, ndjson(...Object.entries(rules).map(([name, rule]) => ruleFile(name, rule))));
const indicatorsPath = join(folder, "addresses.txt");
writeFileSync(indicatorsPath, "192.0.2.3\n192.0.2.77\n");

const eventCount = 3000;
/** Among the recordings of other sensors. */
const firstMs = Date.UTC(2026, 10, 24, 13);

/** A bulk request's lines: mostly processes, now and then an indicator, or a record of an anomaly; some must be parsed, some are late. */
function bulkLines(i: number): readonly JsonObject[] {
  const ms = firstMs + 10 * i - (i % 100 === 0 ? 500 : 0);
  const time = { "@timestamp": new Date(ms).toISOString() };
  const action = (index: string) => ({ index: { _index: index, _id: `e${i}` } });
  if (i % 97 === 13)
    return [
      action("logs-ti_feed-default"),
      { ...time, event: { category: ["threat"] }, threat: { indicator: { ip: `192.0.2.${i % 5}` } } },
    ];
  if (i % 101 === 7)
    return [
      action(".ml-anomalies-shared"),
      { job_id: "job", result_type: "record", record_score: i % 100, timestamp: ms },
    ];
  return [
    action("logs-endpoint.events.process-default"),
    {
      ...time,
      event: { category: ["process"], type: ["start"], id: `e${i}` },
      host: { id: `h${i % 3}`, os: { type: "linux" } },
      user: { name: i % 40 === 3 ? "mallory" : "ann" },
      process: { name: `tool-${i % 7}`, pid: i, entity_id: `p${i}`, parent: { name: `shell-${i >> 8}` } },
      source: { ip: `192.0.2.${i % 100}` },
      ...(i % 211 === 0 ? { "user.name": "mallory" } : {}),
    },
  ];
}

const lines = Array.from({ length: eventCount }, (_, i) => ndjson(...bulkLines(i)));
const whole = join(folder, "events.ndjson");
writeFileSync(whole, lines.join(""));

const flags = ["scan", "--format", "ndjson", "--rules", rulesPath, "--indicators", indicatorsPath];

function ruleIdsIn(...results: readonly ProgramResult[]): readonly string[] {
  const found = results.flatMap(({ stdout }) => stdout.split("\n").filter((line) => line !== ""));
  return found.map((line) => String((JSON.parse(line) as JsonObject)["kibana.alert.rule.rule_id"]));
}

/** All that a run says but for how long it took. */
function saidBy({ status, stderr, stdout }: ProgramResult) {
  return { status, stdout, stderr: stderr.replace(/, [\d.]+ s, [\d,]+ events\/s/, "") };
}

describe.each([1, 2, 5])("with %i workers", (count) => {
  const workers = ["--workers", String(count)];

  test("rules of every type raise the same alerts, in the same order", async () => {
    const wanted = await run([...flags, whole]);
    expect([...new Set(ruleIdsIn(wanted))].sort()).toEqual(Object.keys(rules).sort());
    expect(wanted.status).toBe(0);
    expect(saidBy(await run([...flags, ...workers, whole]))).toEqual(saidBy(wanted));
  });

  test("so they do on records of other sensors, among other events and by themselves", async () => {
    for (const args of [
      [...flags, whole, ...recordings],
      ["scan", "--format", "ndjson", ...recordings],
      ["scan", "--format", "ndjson", "--from", "falco", recordings[0] as string],
      ["scan", "--format", "ndjson", "--learn-from", ...recordings.slice(0, 2)],
    ]) {
      const wanted = await run(args);
      expect(new Set(ruleIdsIn(wanted)).size).toBeGreaterThan(4);
      expect(saidBy(await run([...args, ...workers]))).toEqual(saidBy(wanted));
    }
  });

  test("so they do when the stream is cut, and another run goes on with what is remembered", async () => {
    const files = [lines.slice(0, 1000), lines.slice(1000, 1700), lines.slice(1700)].map((part, i) => {
      const path = join(folder, `part-${i}-${count}.ndjson`);
      writeFileSync(path, part.join(""));
      return path;
    });
    const inParts = async (...more: readonly string[]) => {
      const state = join(folder, `state-${count}-${more.length}`);
      const results: ProgramResult[] = [];
      for (const file of files) results.push(await run([...flags, ...more, "--state", state, file]));
      return results;
    };
    const wanted = await inParts();
    expect([...new Set(ruleIdsIn(...wanted.slice(1)))].sort()).toEqual(Object.keys(rules).sort());
    expect((await inParts(...workers)).map(saidBy)).toEqual(wanted.map(saidBy));
  });
});

test("rules that are replaced meanwhile know the indicators, and what came before", {
  timeout: 60_000,
}, async () => {
  const at = join(folder, "reloaded");
  mkdirSync(at);
  const write = (...names: readonly string[]) =>
    writeFileSync(
      join(at, "rules.ndjson"),
      ndjson(...names.map((name) => ruleFile(name, rules[name] ?? {}))),
    );
  write("given indicators", "threshold");
  const args = ["scan", "-f", "ndjson", "--rules", at, "--indicators", indicatorsPath, "--lateness", "0s"];
  const { child, ended } = startProgram([...args, "--reload", "--workers", "2", "-"]);
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  let number = 0;
  const raises = async (user: string, address: string, ids: readonly string[]) => {
    number += 1;
    const before = stdout.length;
    child.stdin?.write(
      ndjson({
        "@timestamp": new Date(firstMs + number).toISOString(),
        data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
        event: { category: ["process"], id: `e${number}` },
        host: { id: "h1" },
        user: { name: user },
        process: { pid: number, name: `tool-${number}` },
        source: { ip: address },
      }),
    );
    await expect
      .poll(() => ruleIdsIn({ status: 0, stderr: "", stdout: stdout.slice(before) }), { timeout: 20_000 })
      .toEqual(ids);
  };
  // Four of the five that the threshold asks for.
  for (const _ of [1, 2, 3]) await raises("mallory", "192.0.2.77", ["given indicators"]);
  await raises("mallory", "192.0.2.77", ["given indicators"]);
  write("lucene", "threshold", "given indicators", "kql");
  await expect.poll(() => stderr, { timeout: 20_000 }).toMatch(/rules were read anew: 4 rules running\n$/);
  await raises("mallory", "192.0.2.3", ["threshold", "given indicators", "kql"]);
  await raises("ann", "192.0.2.77", ["given indicators"]);
  child.stdin?.end();
  expect((await ended).status).toBe(0);
  expect(stderr).toMatch(/8 alerts in 6 events/);
  expect(stderr).not.toMatch("of no use");
});
