// What it costs to know a million indicators (rules of type threat_match), or to have seen a million values (new_terms). Run with
// `npx tsx --expose-gc bench/million.ts`; a number after it sets how many thousand the larger engine knows, in place of 1,000.
//
// Events are documents as they come from the parser; each time includes everything that the engine does with an event. They are medians of processor time of some
// rounds, in turns; on a shared machine only the ratios carry over to others.

import { spawnSync } from "node:child_process";
import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { Engine, type Indicator, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import { loadRules } from "@tallyman/rules";

const count = Number(process.argv[2] ?? 1000) * 1000;
const smallCount = 1000;
const eventCount = 100_000;
const rounds = 5;

const common = {
  rule_id: "rule",
  name: "Rule",
  description: "Measured.",
  risk_score: 47,
  severity: "medium",
  index: ["logs-*"],
  max_signals: 1_000_000_000,
};

interface Subject {
  readonly what: string;
  readonly rule: JsonObject;
  /** Makes so many known. */
  fill(engine: Engine, count: number): void;
  /** An event that finds nothing. */
  miss(i: number): JsonObject;
  /** One that alerts. */
  hit(i: number): JsonObject;
}

const indicators: Subject = {
  what: "indicators",
  rule: {
    type: "threat_match",
    query: "source.ip:* or destination.ip:*",
    threat_query: '@timestamp >= "now-30d/d" and threat.indicator.ip:*',
    threat_index: ["logs-ti_*"],
    threat_mapping: ["source.ip", "destination.ip"].map((field) => ({
      entries: [{ field, type: "mapping", value: "threat.indicator.ip" }],
    })),
    ...common,
  },
  fill(engine, known) {
    const useless = engine.addIndicators(indicatorsTo(known));
    if (useless > 0) throw new Error(`${useless} indicators are of no use`);
  },
  miss: (i) => connection(i, `203.0.113.${i % 250}`),
  hit: (i) => connection(i, address(i % smallCount)),
};

const terms: Subject = {
  what: "values of new_terms",
  rule: {
    type: "new_terms",
    query: "destination.ip:*",
    new_terms_fields: ["destination.ip"],
    history_window_start: "now-14d",
    ...common,
  },
  fill(engine, known) {
    for (let i = 0; i < known; i++) engine.learn({ document: connection(i, address(i)) });
  },
  miss: (i) => connection(i, address(i % smallCount)),
  hit: (i) => connection(i, `2001:db9::${(newAddress++).toString(16).replace(/(....)(?=.)/g, "$1:")}`),
};
let newAddress = 0x100000;

function* indicatorsTo(known: number): Generator<Indicator> {
  const shared = {
    event: { kind: "enrichment", category: ["threat"], type: ["indicator"], module: "threatintel" },
  };
  for (let i = 0; i < known; i++) {
    const indicator = { type: "ipv6-addr", ip: address(i) };
    yield { document: { threat: { feed: { name: "bench" }, indicator } }, common: shared, index: "bench" };
  }
}

/** Different addresses, spread over 2001:db8::/32. */
function address(number: number): string {
  const mixed = Math.imul(number, 0x9e3779b1) >>> 0;
  return `2001:db8:${(mixed >>> 16).toString(16)}:${(mixed & 0xffff).toString(16)}::1`;
}

function connection(i: number, destination: string): JsonObject {
  return {
    "@timestamp": new Date(Date.UTC(2024, 4, 1) + i).toISOString(),
    data_stream: { type: "logs", dataset: "endpoint.events.network", namespace: "default" },
    event: { category: ["network"], action: "connection_attempted", sequence: i },
    source: { ip: "198.51.100.17", port: 40_000 },
    destination: { ip: destination, port: 443 },
  };
}

function startEngine({ rule }: Subject): Engine {
  const loaded = loadRules([{ path: "rule.json", text: JSON.stringify(rule) }]);
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
  if (prepared.ready.length !== 1) throw new Error("the rule is not ready");
  return new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
}

/** Nanoseconds of processor time for each of so many. */
function timeEach(times: number, work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { system, user } = process.cpuUsage(begin);
  return ((system + user) * 1000) / times;
}

function timePerEvent(engine: Engine, eventOf: (i: number) => JsonObject, alertsEach: 0 | 1): number {
  const events = Array.from({ length: eventCount }, (_, i) => eventOf(i));
  let alerts = 0;
  const time = timeEach(eventCount, () => {
    for (const document of events) alerts += engine.process({ document }).length;
  });
  if (alerts < alertsEach * eventCount * 0.9 || alerts > alertsEach * eventCount)
    throw new Error(`${alerts} alerts of ${eventCount} events`);
  return time;
}

function usedBytes(): number {
  globalThis.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

function measure(subject: Subject): void {
  const before = usedBytes();
  const large = startEngine(subject);
  const taking = timeEach(count, () => subject.fill(large, count));
  const bytes = usedBytes() - before;
  const small = startEngine(subject);
  subject.fill(small, smallCount);

  process.stdout.write(`${count.toLocaleString("en")} ${subject.what}\n`);
  if (globalThis.gc === undefined) process.stdout.write("  (memory is only told with --expose-gc)\n");
  else print("memory", `${(bytes / count).toFixed(0)} bytes each, ${(bytes / 2 ** 20).toFixed(0)} MiB`);
  print("taking one", `${(taking / 1000).toFixed(1)} us`);
  const times: [small: number, large: number][] = [];
  for (let round = 0; round < rounds; round++)
    times.push([timePerEvent(small, subject.miss, 0), timePerEvent(large, subject.miss, 0)]);
  print("event that finds nothing", `${median(times.map(([, time]) => time)).toFixed(0)} ns`);
  const ratio = median(times.map(([few, many]) => many / few));
  print(`against ${smallCount.toLocaleString("en")} of them`, `${ratio.toFixed(2)} times as long`);
  print("event that alerts, alert included", `${timePerEvent(large, subject.hit, 1).toFixed(0)} ns`);
}

function print(name: string, text: string): void {
  process.stdout.write(`  ${name.padEnd(36)}${text}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

// Each in a process of its own, so that what one leaves behind is not counted with the other.
const [, , , name] = process.argv;
const subject = [indicators, terms].find(({ what }) => what === name);
if (subject !== undefined) measure(subject);
else
  for (const { what } of [indicators, terms])
    spawnSync(process.execPath, [...process.execArgv, import.meta.filename, String(count / 1000), what], {
      stdio: "inherit",
    });
