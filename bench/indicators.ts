// What indicators cost that rules of type threat_match know. Run with `npx tsx --expose-gc bench/indicators.ts`; a number after it sets how many
// thousand indicators the larger engine knows, in place of 1,000.
//
// The rule compares the two addresses of a connection. Events are documents as they come from the parser; each time includes everything that the engine does
// with an event. Means are processor time of one round each, in turns; on a shared machine only the ratios carry over to others.

import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { Engine, type Indicator, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import { loadRules } from "@tallyman/rules";

const count = Number(process.argv[2] ?? 1000) * 1000;
const eventCount = 100_000;
const rounds = 5;

const rule = {
  rule_id: "addresses",
  name: "Addresses",
  description: "Compares addresses.",
  risk_score: 47,
  severity: "medium",
  type: "threat_match",
  index: ["logs-*"],
  query: "source.ip:* or destination.ip:*",
  threat_query: '@timestamp >= "now-30d/d" and threat.indicator.ip:*',
  threat_index: ["logs-ti_*"],
  threat_mapping: ["source.ip", "destination.ip"].map((field) => ({
    entries: [{ field, type: "mapping", value: "threat.indicator.ip" }],
  })),
  max_signals: 1_000_000_000,
};
const common = {
  event: { kind: "enrichment", category: ["threat"], type: ["indicator"], module: "threatintel" },
};

function startEngine(): Engine {
  const loaded = loadRules([{ path: "rule.json", text: JSON.stringify(rule) }]);
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
  if (prepared.ready.length !== 1) throw new Error("the rule is not ready");
  return new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
}

/** Different addresses, spread over 2001:db8::/32. */
function address(number: number): string {
  const mixed = Math.imul(number, 0x9e3779b1) >>> 0;
  return `2001:db8:${(mixed >>> 16).toString(16)}:${(mixed & 0xffff).toString(16)}::1`;
}

function* indicators(of: number): Generator<Indicator> {
  for (let i = 0; i < of; i++) {
    const indicator = { type: "ipv6-addr", ip: address(i) };
    yield { document: { threat: { feed: { name: "bench" }, indicator } }, common, index: "bench" };
  }
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

/** Nanoseconds for each event. */
function timePerEvent(engine: Engine, destinationOf: (i: number) => string): number {
  const events = Array.from({ length: eventCount }, (_, i) => connection(i, destinationOf(i)));
  const begin = process.cpuUsage();
  for (const document of events) engine.process({ document });
  const { system, user } = process.cpuUsage(begin);
  return ((system + user) * 1000) / eventCount;
}

function usedBytes(): number {
  globalThis.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

const before = usedBytes();
const large = startEngine();
const begin = process.cpuUsage();
const useless = large.addIndicators(indicators(count));
const { system, user } = process.cpuUsage(begin);
if (useless > 0) throw new Error(`${useless} indicators are of no use`);
const bytes = usedBytes() - before;
const small = startEngine();
small.addIndicators(indicators(1000));

const print = (name: string, text: string) => process.stdout.write(`  ${name.padEnd(34)}${text}\n`);
process.stdout.write(`${count.toLocaleString("en")} indicators\n`);
if (globalThis.gc === undefined) process.stdout.write("  (memory is only told with --expose-gc)\n");
else print("memory", `${(bytes / count).toFixed(0)} bytes an indicator, ${(bytes / 2 ** 20).toFixed(0)} MiB`);
print("taking one", `${((system + user) / count).toFixed(1)} us`);

const miss = (i: number) => `203.0.113.${i % 250}`;
const hit = (i: number) => address(i % 1000);
const times = { smallMiss: [], largeMiss: [], largeHit: [] } as Record<string, number[]>;
for (let round = 0; round < rounds; round++) {
  times["smallMiss"]?.push(timePerEvent(small, miss));
  times["largeMiss"]?.push(timePerEvent(large, miss));
  times["largeHit"]?.push(timePerEvent(large, hit));
}
const median = (name: string) => [...(times[name] ?? [])].sort((a, b) => a - b)[rounds >> 1] as number;
print("event that matches nothing", `${median("largeMiss").toFixed(0)} ns`);
print("against 1,000 indicators", `${(median("largeMiss") / median("smallMiss")).toFixed(2)} times as long`);
print("event that matches, alert included", `${median("largeHit").toFixed(0)} ns`);
