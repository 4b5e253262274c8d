// Feeds one part of the program with broken input for a while: `npm run fuzz -- [kql|eql|rules|exceptions|scanner|events] [seconds] [seed]`. Without a name, all parts in turn.
// Anything that throws, hangs or points outside of its text is a bug; the seed that is printed brings it back.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  EventScanner,
  ecsCatalogue,
  FieldSlots,
  type JsonObject,
  ParsedEvent,
  parseTimestamp,
  readFirst,
  type TextBytes,
} from "@tallyman/ecs";
import { Engine, EqlSearch, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import {
  checkEql,
  checkKql,
  compile,
  describe,
  lintEql,
  lintKql,
  parseEql,
  parseKql,
  printEql,
  printKql,
  renderDiagnostic,
  SourceText,
} from "@tallyman/languages";
import { lintRule, loadExceptions, loadRules } from "@tallyman/rules";
import { readEvents } from "../apps/tallyman/src/input/read-events.ts";
import { checkScan, readings } from "../packages/ecs/src/testing/check-scan.ts";
import { Random } from "./random.ts";
import { root } from "./repository.ts";

type Target = (random: Random) => void | Promise<void>;

const oddUnits = [
  "\u0000",
  "\u001b[2J",
  "\ud800",
  "\u202e",
  "\ufeff",
  "é",
  "😀",
  "\\",
  '"',
  "'''",
  '"""',
  "\r\n",
  "\t",
  "\u2028",
  "[[",
  "{",
  "}",
  "#",
  "*",
  "?",
];

/** A text with some of it removed, repeated, swapped or replaced by what parsers stumble over. */
function mutate(text: string, others: readonly string[], random: Random): string {
  let result = text;
  for (let i = random.below(6); i >= 0; i--) {
    const at = random.below(result.length + 1);
    const end = at + random.below(12);
    const piece = random.pick([
      random.pick(oddUnits),
      random.pick(others).slice(0, 40),
      result.slice(at, end).repeat(random.below(4)),
      "",
    ]);
    result = result.slice(0, at) + piece + result.slice(end);
  }
  return result;
}

function linesOf(folder: string, extension: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(join(root, folder, name), "utf8"));
}

const queries = linesOf("conformance/kql", ".toml").flatMap((text) =>
  [...text.matchAll(/^ {2}(["'])(.*)\1,$/gm)].map((match) => match[2] as string),
);
const eqlQueries = [
  ...linesOf("conformance/eql", ".toml").flatMap((text) =>
    [...text.matchAll(/^ {2}(["'])(.*)\1,$/gm)].map((match) => `any where ${match[2]}`),
  ),
  ...linesOf("conformance/eql", ".toml").flatMap((text) =>
    [...text.matchAll(/^query = (["'])(.*)\1$/gm)].map((match) => match[2] as string),
  ),
];
/** One of the rules that endpoints run: it has another form than the others. */
const endpointRule = `[rule]
id = "endpoint"
name = "Dropped and run"
description = "A case."
os_list = ["linux"]
version = "1.0.6"
query = '''
sequence with maxspan=1m
  [file where descendant of [process where process.name == "sh"]] as event0
  [process where arraySearch(process.args, $arg, $arg == event0.file.path)]
'''

[[actions]]
action = "kill_process"
field = "process.entity_id"
state = 0

[internal]
min_endpoint_version = "8.5.0"
`;
const ruleTexts = [...linesOf("rules", ".toml"), endpointRule];
const eventLines = [
  '{"@timestamp":"2024-05-01T00:00:00Z","event":{"action":"exec","category":["process"],"type":["start"],"ingested":"2024-05-01T00:00:01Z"},"process":{"name":"bash","interactive":true,"args":["bash","-i"],"entry_leader":{"entry_meta":{"type":"container"}}},"host":{"os":{"type":"linux"}},"data_stream":{"dataset":"endpoint.events.process"}}',
  '{"_index":".ds-logs-x-default-2024.05.01-000001","_id":"1","_source":{"@timestamp":1714521600000,"a.b":[1,[2,{"c":null}]]}}',
  '{"index":{"_id":"7"}}',
  '{"@timestamp":"2024-05-01T00:00:02Z","event":{"category":["file"],"type":["creation"]},"host":{"os":{"type":"linux"}},"file":{"path":"/tmp/a"},"process":{"name":"sh","entity_id":"2","parent":{"entity_id":"1"},"Ext":{"ancestry":["1","0"]},"args":["sh",["-c",null],{"a":7}]},"users":[{"name":"a","groups":[{"id":1},{"id":2}]}]}',
  '{"@timestamp":"2024-05-01T00:00:03Z","event":{"category":["process"],"type":["start"]},"process":{"name":"a","executable":"/tmp/a","entity_id":"1","parent":{"entity_id":"2"},"args":"/tmp/a"}}',
];
const valueText = "10.0.0.0/8\n1-2\n*\n2024-01-01,now\n";
const exceptionTexts = [
  ...[...readFileSync(join(root, "docs/exceptions.md"), "utf8").matchAll(/^```toml\n(.*?)^```$/gms)].map(
    (match) => match[1] as string,
  ),
  ...linesOf("conformance/exceptions", ".toml").flatMap((text) =>
    [...text.matchAll(/^export = '''\n(.*?)^'''$/gms)].map((match) => match[1] as string),
  ),
];
const slots = new FieldSlots();

/** Recorded events of the examples, for which the scanner knows the fields of the rule pack. */
const recordedEvents = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ndjson.gz"))
  .flatMap((name) =>
    gunzipSync(readFileSync(join(root, "examples", name)))
      .toString()
      .trimEnd()
      .split("\n"),
  );
const scannerSlots = new FieldSlots();
prepareRules(
  loadRules(ruleTexts.map((text, i) => ({ path: `${i}.toml`, text }))).rules,
  ecsCatalogue(),
  scannerSlots,
);
for (const path of ["a", "a.b", "a.b.c", "b.a", "c", "__proto__.a", "é"])
  for (const reading of readings) scannerSlots.slot(path, reading);
const scanner = new EventScanner(scannerSlots);
const scanned = { whole: 0, parsed: 0 };

/** A JSON text of random shape, with names that repeat, dots, escapes and white space. */
function randomJson(random: Random, depth: number): string {
  const blank = () => random.pick(["", "", "", "", " ", "\n\t", "\r "]);
  const kind = random.below(depth > 6 ? 2 : 6);
  if (kind < 2) return blank() + random.pick(scalarTexts) + blank();
  const items = Array.from({ length: random.below(4) }, () => randomJson(random, depth + 1));
  if (kind === 2) return `${blank()}[${items.join(",") || blank()}]${blank()}`;
  const members = items.map((item) => `${blank()}"${random.pick(nameTexts)}"${blank()}:${item}`);
  return `${blank()}{${members.join(",") || blank()}}${blank()}`;
}

const nameTexts = [
  ...[
    "a",
    "b",
    "c",
    "d",
    "event",
    "process",
    "a.b",
    "b.c",
    "a.",
    "",
    "a.b.c",
    "process.name",
    "__proto__",
    "é",
  ],
  ...["\\u0061", "a\\u002eb", "\\n", "toString", "user name", "@timestamp"],
];
const scalarTexts = [
  ...[
    "0",
    "-0",
    "1",
    "-1.5e-7",
    "1e400",
    "123456789012345678",
    "true",
    "false",
    "null",
    '""',
    '"x"',
    '"10.0.0.1"',
  ],
  ...[
    '"é"',
    '"\\u00e9\\ud800"',
    '"C:\\\\Windows"',
    '"2024-05-01T00:00:00Z"',
    `"${"long ".repeat(30)}"`,
    '"\\""',
  ],
];

/** The bytes with some of them changed, removed or repeated. */
function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let i = random.below(4); i > 0; i--) {
    const at = random.below(result.length + 1);
    const end = at + random.below(6);
    if (random.below(2) === 0 && at < result.length)
      result[at] = (result[at] as number) ^ (1 << random.below(8));
    else
      result = Buffer.concat([
        result.subarray(0, at),
        ...Array.from({ length: random.below(3) }, () => result.subarray(at, end)),
        result.subarray(end),
      ]);
  }
  return result;
}

const targets: Readonly<Record<string, Target>> = {
  kql(random) {
    const text = mutate(random.pick(queries), queries, random);
    const parsed = parseKql(text);
    if (parsed.query !== undefined) parseKql(printKql(parsed.query));
    const checked = checkKql(text, ecsCatalogue());
    for (const found of [...checked.diagnostics, ...lintKql(text, ecsCatalogue())]) {
      if (found.span.start > found.span.end || found.span.end > text.length)
        throw new Error(`span outside of ${JSON.stringify(text)}`);
      renderDiagnostic({ ...found, source: new SourceText("query", text) });
    }
    if (checked.expression === undefined) return;
    describe(checked.expression);
    const own = new FieldSlots();
    compile(checked.expression, own).matches(
      new ParsedEvent(JSON.parse(random.pick(eventLines)) as JsonObject, own),
      0,
    );
  },

  eql(random) {
    const text = mutate(random.pick(eqlQueries), eqlQueries, random);
    const dialect = random.pick(["elasticsearch", "endpoint"] as const);
    const parsed = parseEql(text, dialect);
    if (parsed.query !== undefined) {
      const printed = printEql(parsed.query);
      const again = parseEql(printed, dialect).query;
      if (again === undefined || printEql(again) !== printed)
        throw new Error(`printing changes ${JSON.stringify(text)}`);
    }
    const checked = checkEql(text, ecsCatalogue(), { dialect });
    for (const found of [...checked.diagnostics, ...lintEql(text, ecsCatalogue(), { dialect })]) {
      if (found.span.start > found.span.end || found.span.end > text.length)
        throw new Error(`span outside of ${JSON.stringify(text)}`);
      renderDiagnostic({ ...found, source: new SourceText("query", text) });
    }
    if (checked.query === undefined) return;
    const own = new FieldSlots();
    const search = new EqlSearch<string>(checked.query, own, {
      sizeMax: 10,
      samplesPerKeyMax: 2,
      heldMax: 50,
      nowMs: 0,
    });
    for (const [i, line] of eventLines.entries()) {
      const document = JSON.parse(line) as JsonObject;
      search.add(line, new ParsedEvent(document, own), { ms: i, nanos: 0, arrival: i });
    }
    search.results();
  },

  rules(random) {
    const toml = random.pick(ruleTexts);
    const path = random.pick(["rule.toml", "rule.json", "rules.ndjson", "rule.yaml", "rule"]);
    const source = path.endsWith("toml")
      ? toml
      : JSON.stringify(loadRules([{ path: "r.toml", text: toml }]).rules[0]?.parameters);
    const loaded = loadRules([{ path, text: mutate(source, ruleTexts, random) }]);
    const prepared = prepareRules(loaded.rules, ecsCatalogue(), slots);
    const slips = loaded.rules.flatMap((rule) => lintRule(rule, ecsCatalogue()));
    for (const found of [...loaded.diagnostics, ...prepared.diagnostics, ...slips]) renderDiagnostic(found);
    if (prepared.ready.length + prepared.idle.length !== loaded.rules.length)
      throw new Error("a rule is in neither list");
  },

  exceptions(random) {
    const text = mutate(random.pick(exceptionTexts), exceptionTexts, random);
    const path = random.pick(["e.toml", "e.ndjson", "e.json", "e"]);
    const { rules } = loadRules([{ path: "r.toml", text: random.pick(ruleTexts) }]);
    const exceptions = loadExceptions({
      files: [{ path, text }],
      ruleFiles: [{ path: "r.ndjson", text }],
      readValueFile: () => ({ text: mutate(valueText, [valueText], random) }),
    });
    const own = new FieldSlots();
    const prepared = prepareRules(rules, ecsCatalogue(), own, exceptions);
    for (const found of prepared.exceptionDiagnostics) {
      if (found.span.start > found.span.end || found.span.end > found.source.text.length)
        throw new Error(`span outside of ${JSON.stringify(text)}`);
      renderDiagnostic(found);
    }
    const event = new ParsedEvent(JSON.parse(random.pick(eventLines)) as JsonObject, own);
    for (const ready of prepared.ready) ready.exceptions.takeOut(event, 0);
  },

  scanner(random) {
    const recorded = random.pick(recordedEvents);
    const text = random.below(2) === 0 ? recorded : randomJson(random, 0);
    if (text === recorded && random.below(4) === 0) {
      scanned.whole += 1;
      const bytes = Buffer.from(text) as Buffer & TextBytes;
      if (checkScan(scanner, scannerSlots, bytes) !== "scanned") scanned.parsed += 1;
      return;
    }
    const changed = random.below(2) === 0 ? mutate(text, recordedEvents, random) : text;
    const piece = mutateBytes(Buffer.from(changed), random);
    const before = Buffer.from(random.pick(['{"a":1}\n', "", '{"a":"']));
    const all = Buffer.concat([before, piece, Buffer.from(random.pick(['\n{"a":1}', "", '"}', "]}"]))]);
    const end = before.length + piece.length;
    checkScan(scanner, scannerSlots, all as Buffer & TextBytes, before.length, end);
  },

  async events(random) {
    const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
    try {
      const lines = Array.from({ length: 20 }, () => mutate(random.pick(eventLines), eventLines, random));
      const file = join(folder, "events");
      writeFileSync(file, lines.join(random.pick(["\n", "\r\n", "", ",\n"])));
      const prepared = prepareRules(
        loadRules([{ path: "r.toml", text: ruleTexts[0] as string }]).rules,
        ecsCatalogue(),
        new FieldSlots(),
      );
      const engine = new Engine(prepared, {
        firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]),
        indexName: "logs-endpoint.events.process-x",
      });
      const timestampOf = (document: JsonObject) =>
        parseTimestamp(readFirst(document, "@timestamp", "scalar"));
      for await (const batch of readEvents([file], { timestampOf })) {
        for (const event of batch) for (const alert of engine.process(event)) JSON.stringify(alert.document);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const [name, seconds = "60", seedText] = process.argv.slice(2);
const chosen = name === undefined ? Object.keys(targets) : [name];
let failures = 0;
for (const each of chosen) {
  const target = targets[each];
  if (target === undefined) {
    process.stderr.write(`there is no '${each}' to feed; there are ${Object.keys(targets).join(", ")}\n`);
    process.exit(2);
  }
  const end = Date.now() + Number(seconds) * 1000;
  const first = seedText === undefined ? Date.now() % 1_000_000_007 : Number(seedText);
  let seed = first;
  let slowestMs = 0;
  for (; Date.now() < end || seed === first; seed++) {
    const begin = performance.now();
    try {
      await target(new Random(seed));
    } catch (error) {
      failures += 1;
      process.stdout.write(
        `${each}: seed ${seed} failed: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
      if (failures > 10) break;
    }
    slowestMs = Math.max(slowestMs, performance.now() - begin);
  }
  process.stdout.write(
    `${each}: ${seed - first} inputs from seed ${first}, the slowest ${slowestMs.toFixed(0)} ms\n`,
  );
  if (each === "scanner")
    process.stdout.write(`${scanned.parsed} of ${scanned.whole} recorded events had to be parsed\n`);
}
process.exitCode = failures > 0 ? 1 : 0;
