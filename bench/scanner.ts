// What it costs to read events with the scanner, against `JSON.parse` of each line. Run with `npx tsx bench/scanner.ts EVENTS.ndjson RULES…`: recorded
// events, one on a line, and the files or folders of rules whose fields it is to know.
//
// Each round reads the same events in all ways, in turns; shown are medians of the ratios within a round. Times are processor time of the whole
// process, garbage collection included.

import { readFileSync } from "node:fs";
import {
  EventScanner,
  ecsCatalogue,
  FieldSlots,
  type JsonObject,
  ParsedEvent,
  readFirst,
  type Slot,
  type TextBytes,
} from "@tallyman/ecs";
import { prepareRules } from "@tallyman/engine";
import { loadRules } from "@tallyman/rules";
import { readRuleFiles } from "../apps/tallyman/src/rule-files/read-rule-files.ts";

const rounds = 15;
/** In a turn, so many bytes of events at least: enough for a clock of microseconds, little enough for turns close together. */
const turnBytes = 8_000_000;
const [eventFile, ...ruleFiles] = process.argv.slice(2);
if (eventFile === undefined || ruleFiles.length === 0) {
  console.error("usage: npx tsx bench/scanner.ts EVENTS.ndjson RULES…");
  process.exit(2);
}

/** What rules ask most events for. */
const commonFields = [
  "@timestamp",
  "event.category",
  "event.type",
  "event.action",
  "event.outcome",
  "data_stream.dataset",
  "host.os.type",
  "host.id",
  "agent.id",
  "user.id",
  "user.name",
  "process.name",
  "process.executable",
  "process.args",
  "process.command_line",
  "process.entity_id",
  "process.parent.name",
  "process.parent.executable",
  "destination.ip",
  "file.path",
];

interface Line {
  readonly start: number;
  readonly end: number;
}

type Way = (line: Line) => number;

const bytes = readFileSync(eventFile) as Buffer & TextBytes;
const kinds = linesByKind();
const ways = waysToRead(bytes);
console.log(`${"".padEnd(30)}${[...ways.keys()].map((name) => name.padStart(24)).join("")}`);
for (const [kind, lines] of kinds) compare(kind, lines);

function waysToRead(from: TextBytes): ReadonlyMap<string, Way> {
  const few = new FieldSlots();
  const fewSlots = commonFields.map((path) => few.slot(path, "keyword"));
  const fewScanner = new EventScanner(few);
  const all = rulesSlots();
  const allSlots = commonFields.map((path) => all.slot(path, "keyword"));
  const everySlot = Array.from({ length: all.size }, (_, i): Slot => i);
  const allScanner = new EventScanner(all);
  const scan = (scanner: EventScanner, { end, start }: Line): void => {
    if (!scanner.scan(from, start, end)) throw new Error(`line at ${start} cannot be read lazily`);
  };
  const parse = ({ end, start }: Line) => JSON.parse(from.utf8Slice(start, end)) as JsonObject;
  return new Map<string, Way>([
    ["JSON.parse", (line) => Object.keys(parse(line)).length],
    [
      "parsed, 20 fields",
      (line) => {
        const event = new ParsedEvent(parse(line), few);
        return sum(fewSlots, (slot) => event.values(slot).length);
      },
    ],
    [
      "scanned",
      (line) => {
        scan(fewScanner, line);
        return 1;
      },
    ],
    [
      "20 fields",
      (line) => {
        scan(fewScanner, line);
        return sum(fewSlots, (slot) => fewScanner.values(slot).length);
      },
    ],
    [
      `scanned for ${all.size} slots`,
      (line) => {
        scan(allScanner, line);
        return 1;
      },
    ],
    [
      "20 of those",
      (line) => {
        scan(allScanner, line);
        return sum(allSlots, (slot) => allScanner.values(slot).length);
      },
    ],
    [
      "each of those",
      (line) => {
        scan(allScanner, line);
        return sum(everySlot, (slot) => allScanner.values(slot).length);
      },
    ],
  ]);
}

function rulesSlots(): FieldSlots {
  const slots = new FieldSlots();
  prepareRules(loadRules(readRuleFiles(ruleFiles).files).rules, ecsCatalogue(), slots);
  return slots;
}

function linesByKind(): ReadonlyMap<string, readonly Line[]> {
  const mixed: Line[] = [];
  const byKind = new Map<string, Line[]>();
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) {
      const document = JSON.parse(bytes.utf8Slice(start, end)) as JsonObject;
      const text = (path: string) => readFirst(document, path, "keyword") ?? "";
      const kind = `${text("host.os.type")} ${text("data_stream.dataset")}`.trim();
      const line = { start, end };
      mixed.push(line);
      const others = byKind.get(kind);
      if (others === undefined) byKind.set(kind, [line]);
      else others.push(line);
    }
    start = end + 1;
  }
  return new Map([["all", mixed], ...byKind]);
}

function compare(kind: string, lines: readonly Line[]): void {
  const size = lines.reduce((total, { end, start }) => total + end - start, 0);
  const count = Math.min(lines.length, Math.ceil((turnBytes / size) * lines.length));
  const times = new Map([...ways.keys()].map((name): [string, number[]] => [name, []]));
  for (let round = -3; round < rounds; round++) {
    const from = (((round + 3) * count) % lines.length) % Math.max(1, lines.length - count);
    const turn = lines.slice(from, from + count);
    const order = [...ways];
    if (round % 2 === 0) order.reverse();
    for (const [name, way] of order) {
      const time = timeOf(way, turn);
      if (round >= 0) times.get(name)?.push(time / count);
    }
  }
  const base = times.get("JSON.parse") as number[];
  const cells = [...times.values()].map((each) => {
    const ratio = median(each.map((time, i) => time / (base[i] as number)));
    return `${ratio.toFixed(3)} (${median(each).toFixed(2)} us)`.padStart(24);
  });
  console.log(`${kind.slice(0, 29).padEnd(30)}${cells.join("")}`);
}

/** Processor time in microseconds. */
function timeOf(way: Way, lines: readonly Line[]): number {
  const from = process.cpuUsage();
  let done = 0;
  for (const line of lines) done += way(line);
  const { system, user } = process.cpuUsage(from);
  if (done < 0) throw new Error("Only here so that the work is not optimised away");
  return user + system;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
