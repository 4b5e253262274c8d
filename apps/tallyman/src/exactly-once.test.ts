import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@tallyman/ecs";
import { afterAll, expect, test } from "vitest";
import { run, startProgram } from "./testing/run-program.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-exactly-once-"));
afterAll(() => rmSync(folder, { recursive: true }));

const eventCount = 100_000;
const eventsInPiece = 500;

/** Events of which some raise an alert of each rule below; every hundredth comes late. */
function stream(): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < eventCount; start += eventsInPiece) {
    let text = "";
    for (let i = start; i < start + eventsInPiece; i++) text += `${JSON.stringify(eventAt(i))}\n`;
    pieces.push(text);
  }
  return pieces;
}

function eventAt(i: number): object {
  const seconds = i / 10 - (i % 100 === 0 ? 5 : 0);
  return {
    "@timestamp": new Date(Date.UTC(2026, 0, 5, 8) + seconds * 1000).toISOString(),
    data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
    event: { category: ["process"], type: ["start"], action: "exec", id: `e${i}`, sequence: i },
    host: { id: `h${i % 7}`, name: `host-${i % 7}`, os: { type: "linux" } },
    source: { ip: `192.0.2.${i % 250}` },
    user: { name: i % 40 === 3 ? "mallory" : "ann" },
    process: { name: `tool-${Math.floor(i / 97)}`, entity_id: `p${i}`, pid: i, args: ["tool", String(i)] },
  };
}

const common = `description = "Of the test."\nrisk_score = 47\nseverity = "medium"\nmax_signals = 1000000\nindex = ["logs-*"]\n`;

const rules = {
  "query.toml": `[rule]\nrule_id = "q"\nname = "Query"\n${common}type = "query"\nquery = "user.name : mallory"\n`,
  "terms.toml": `[rule]\nrule_id = "n"\nname = "Terms"\n${common}type = "new_terms"\nquery = "event.category : process"\n[rule.new_terms]\nfield = "new_terms_fields"\nvalue = ["process.name"]\n[[rule.new_terms.history_window_start]]\nfield = "history_window_start"\nvalue = "now-14d"\n`,
  "suppressed.toml": `[rule]\nrule_id = "u"\nname = "Suppressed"\n${common}type = "query"\nquery = "user.name : mallory"\n[rule.alert_suppression]\ngroup_by = ["host.id"]\nduration = { value = 1, unit = "m" }\n`,
  "sequence.toml": `[rule]\nrule_id = "s"\nname = "Sequence"\n${common}type = "eql"\nlanguage = "eql"\nquery = '''sequence by host.id with maxspan=1m [process where user.name == "mallory"] [process where process.pid % 50 == 0]'''\n`,
  "threshold.toml": `[rule]\nrule_id = "t"\nname = "Threshold"\n${common}type = "threshold"\nlanguage = "lucene"\nquery = "user.name:mall*"\n[rule.threshold]\nfield = ["host.id"]\nvalue = 4\n`,
  "matching.toml": `[rule]\nrule_id = "m"\nname = "Matching"\n${common}type = "threat_match"\nquery = "process.pid:*"\nthreat_query = "*"\nthreat_index = ["logs-ti_*"]\n[[rule.threat_mapping]]\nentries = [{ field = "source.ip", type = "mapping", value = "threat.indicator.ip" }]\n`,
};

const indicators = "192.0.2.9\n";

/** A server that fails half the time: often before it takes what it is sent, sometimes after that, when only its answer is lost. */
async function startServer() {
  /** The keys under which each state of an alert came. */
  const keysOf = new Map<string, Set<string>>();
  let requests = 0;
  let failures = 0;
  // A fixed sequence in place of chance.
  let state = 12345;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      requests += 1;
      const luck = random();
      if (luck < 0.25) {
        failures += 1;
        response.writeHead(503).end("busy");
        return;
      }
      const key = String(request.headers["idempotency-key"]);
      for (const alert of JSON.parse(body) as readonly JsonObject[]) {
        const id = stateOf(alert);
        keysOf.set(id, (keysOf.get(id) ?? new Set()).add(key));
      }
      if (luck < 0.5) {
        failures += 1;
        request.socket.destroy();
      } else response.writeHead(200).end("ok");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/alerts`, keysOf, stop, counts: () => ({ requests, failures }) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // A program that is killed leaves its request unfinished.
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return "[]";
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Feeds the stream from its beginning, and kills the program when it has got so much of it. */
async function feed(cwd: string, pieces: readonly string[], args: readonly string[], killAfter: number) {
  const { child, ended } = startProgram(args, { cwd });
  child.stdin?.on("error", () => {});
  for (const [i, piece] of pieces.entries()) {
    if (i === killAfter) {
      child.kill("SIGKILL");
      break;
    }
    if (child.stdin?.write(piece) === false) await Promise.race([once(child.stdin, "drain"), ended]);
    // The stream takes its time, as a live one does.
    if (i % 4 === 0) await sleep(5);
  }
  child.stdin?.end();
  return ended;
}

/** An alert with what was counted in it is given again under its id. */
function stateOf(alert: JsonObject): string {
  return `${alert["kibana.alert.uuid"]} ${alert["kibana.alert.suppression.docs_count"] ?? ""}`;
}

function statesIn(texts: readonly string[]): string[] {
  const lines = texts.flatMap((text) => text.split("\n").filter((line) => line !== ""));
  return lines.map((line) => stateOf(JSON.parse(line)));
}

const none = { missing: 0, foreign: 0, twice: 0 };

function faults(ids: readonly string[], wanted: readonly string[]): typeof none {
  const [found, sought] = [new Set(ids), new Set(wanted)];
  return {
    missing: wanted.filter((id) => !found.has(id)).length,
    foreign: [...found].filter((id) => !sought.has(id)).length,
    twice: ids.length - found.size,
  };
}

const killed =
  "killed four times in a stream of 100,000 events, every alert is in every sink, and none twice";

test.for([0, 2])(`${killed}, with %i workers`, { timeout: 240_000 }, async (workers) => {
  const cwd = join(folder, String(workers));
  mkdirSync(cwd);
  for (const [name, text] of Object.entries(rules)) writeFileSync(join(cwd, name), text);
  writeFileSync(join(cwd, "addresses.txt"), indicators);
  const server = await startServer();
  writeFileSync(
    join(cwd, "tallyman.toml"),
    `rules = ${JSON.stringify(Object.keys(rules))}
indicators = ["addresses.txt"]
workers = ${workers}
[output]
file = "output.ndjson"
[state]
folder = "state"
save_every = "100ms"
[limits]
delivery_wait = "60s"
[[sinks]]
type = "file"
path = "alerts.ndjson"
rotate_size = "500kB"
keep = 1000
batch = 50
[[sinks]]
type = "webhook"
url = "${server.url}"
building_blocks = true
batch = 50
retry_first = "10ms"
retry_max = "20ms"
`,
  );
  const pieces = stream();
  const whole = pieces.join("");
  const ruleFlags = Object.keys(rules).flatMap((name) => ["--rules", name]);
  const expected = await run(
    ["scan", "--no-config", "-q", "-f", "ndjson", "--indicators", "addresses.txt", ...ruleFlags],
    {
      input: whole,
      cwd,
    },
  );
  const wanted = statesIn([expected.stdout]).sort();
  expect(wanted.length).toBeGreaterThan(5000);
  expect(new Set(wanted).size).toBe(wanted.length);
  expect(wanted.filter((state) => / [1-9]/.test(state)).length).toBeGreaterThan(500);

  let last = await feed(cwd, pieces, ["scan", "-"], 20);
  for (const killAfter of [70, 110, 160, Number.POSITIVE_INFINITY]) {
    expect(last.status).toBe(null);
    last = await feed(cwd, pieces, ["scan", "-"], killAfter);
  }
  server.stop();
  expect([last.status, last.stderr]).toEqual([
    0,
    expect.stringMatching(/continued +[\d,]+ events? passed over/),
  ]);

  const files = readdirSync(cwd).filter((name) => name.startsWith("alerts.ndjson"));
  const inFiles = statesIn(files.map((name) => readFileSync(join(cwd, name), "utf8")));
  expect(files.length).toBeGreaterThan(3);
  expect(faults(inFiles, wanted)).toEqual(none);
  expect(faults(statesIn([readFileSync(join(cwd, "output.ndjson"), "utf8")]), wanted)).toEqual(none);

  // What was sent again, since an answer was lost or the program killed, came under the same key.
  expect(faults([...server.keysOf.keys()], wanted)).toEqual(none);
  expect([...server.keysOf.values()].filter((keys) => keys.size > 1)).toEqual([]);
  const { failures, requests } = server.counts();
  expect(failures).toBeGreaterThan(requests / 4);
});
