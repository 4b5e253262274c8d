import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { spooledAlert, updateOf } from "../testing/alert-of.ts";
import { run } from "../testing/run-program.ts";
import { openElasticsearch } from "./elasticsearch.ts";

// Against a real cluster: `node tools/opensearch/start.mjs` starts one.
const cluster = process.env["TALLYMAN_OPENSEARCH"];
const skipped = cluster === undefined ? " (skipped: TALLYMAN_OPENSEARCH names no cluster)" : "";

const folder = mkdtempSync(join(tmpdir(), "tallyman-cluster-"));
afterAll(() => rmSync(folder, { recursive: true }));

const index = `alerts-${process.pid}-${Date.now()}`;

async function ask(path: string, method = "GET", body?: object) {
  const response = await fetch(`${cluster}/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function countIn(name: string): Promise<unknown> {
  await ask(`${name}/_refresh`, "POST");
  return (await ask(`${name}/_count`))["count"];
}

test.skipIf(cluster === undefined)(
  `alerts of a recording are in a real cluster once, however often it is scanned${skipped}`,
  async () => {
    const example = fileURLToPath(new URL("../../../../examples/container-shell/", import.meta.url));
    for (const state of ["one", "two"]) {
      writeFileSync(
        join(folder, "tallyman.toml"),
        `[output]\nfile = "alerts.ndjson"\nquiet = true\n[state]\nfolder = "${state}"\n[limits]\ndelivery_wait = "60s"\n[[sinks]]\ntype = "elasticsearch"\nurl = "${cluster}"\nindex = "${index}"\n`,
      );
      const args = [
        "scan",
        "--learn-from",
        join(example, "quiet.ndjson.gz"),
        join(example, "intrusion.ndjson.gz"),
      ];
      expect(await run(args, { cwd: folder })).toMatchObject({ status: 0, stderr: "" });
    }
    const ids = readFileSync(join(folder, "alerts.ndjson"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)["kibana.alert.uuid"] as string);
    expect(await countIn(index)).toBe(ids.length);
    const found = await ask(`${index}/_doc/${ids[0]}`);
    expect(found).toMatchObject({ found: true, _source: { "kibana.alert.uuid": ids[0] } });
    await ask(index, "DELETE");
  },
  180_000,
);

test.skipIf(cluster === undefined)(
  `a real cluster refuses what cannot be stored, and takes the rest${skipped}`,
  async () => {
    const name = `${index}-typed`;
    await ask(name, "PUT", { mappings: { properties: { n: { type: "long" } } } });
    const alerts = [
      spooledAlert("a", {}, { n: 1 }),
      spooledAlert("b", {}, { n: "no number" }),
      spooledAlert("c", {}, { n: 3 }),
    ];
    const sink = openElasticsearch({ url: cluster ?? "", headers: {}, timeoutMs: 30_000 }, name);
    for (let times = 0; times < 2; times++) {
      const result = await sink.deliver(alerts, new AbortController().signal);
      expect(result).toEqual({
        kind: "done",
        refused: [
          {
            alert: alerts[1],
            reason: expect.stringMatching(/^400 mapper_parsing_exception: failed to parse field \[n\]/),
          },
        ],
      });
    }
    expect(await countIn(name)).toBe(2);
    await ask(name, "DELETE");
  },
  60_000,
);

test.skipIf(cluster === undefined)(
  `a later state takes the place of an alert in a real cluster; a data stream refuses it${skipped}`,
  async () => {
    const name = `${index}-states`;
    const signal = new AbortController().signal;
    const target = { url: cluster ?? "", headers: {}, timeoutMs: 30_000 };
    const sink = openElasticsearch(target, name);
    for (const part of [[spooledAlert("a"), updateOf("a", 3)], [spooledAlert("a")], [updateOf("a", 5)]]) {
      expect(await sink.deliver(part, signal)).toEqual({ kind: "done", refused: [] });
    }
    expect(await countIn(name)).toBe(1);
    expect(await ask(`${name}/_doc/a`)).toMatchObject({
      _source: { "kibana.alert.suppression.docs_count": 5 },
    });
    await ask(name, "DELETE");
    const stream = `${index}-stream`;
    await ask(`_index_template/${stream}`, "PUT", { index_patterns: [stream], data_stream: {} });
    const time = { "@timestamp": "2026-01-05T08:00:00Z" };
    const first = spooledAlert("a", {}, time);
    const later = spooledAlert(
      "a",
      { isUpdate: true },
      { ...time, "kibana.alert.suppression.docs_count": 3 },
    );
    expect(await openElasticsearch(target, stream).deliver([first, later], signal)).toEqual({
      kind: "done",
      refused: [{ alert: later, reason: expect.stringMatching(/^400 .*data stream/) }],
    });
    await ask(`_data_stream/${stream}`, "DELETE");
    await ask(`_index_template/${stream}`, "DELETE");
  },
  60_000,
);
