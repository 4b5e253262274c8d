import type { EngineReport, RuleReport } from "@tallyman/engine";
import type { SensorReport } from "@tallyman/sensor";
import { describe, expect, test } from "vitest";
import type { SinkReport } from "../sinks/sink-worker.ts";
import type { StateReport } from "../state/state-saver.ts";
import { parseMetrics } from "../testing/parse-metrics.ts";
import { allMetrics } from "./all-metrics.ts";
import { type DetectionFigures, detectionSamples } from "./detection-metrics.ts";
import { limits } from "./limit-reached.ts";
import type { Sample } from "./metric.ts";
import { processSamples } from "./process-metrics.ts";
import { renderMetrics } from "./render-metrics.ts";
import { actionSamples, sensorSamples } from "./sensor-metrics.ts";

const rule = { rule_id: "r", name: "A rule", severity: "high" } as RuleReport["rule"];

const ofRule = {
  alerts: 0,
  excepted: 0,
  suppressed: 0,
  groupsDropped: 0,
  cut: 0,
  muted: 0,
  termsCut: 0,
  sequencesDropped: 0,
  countsDropped: 0,
  processesCut: 0,
} satisfies Omit<RuleReport, "rule">;

const ofEngine = {
  events: 0,
  learned: 0,
  unrouted: 0,
  unselected: 0,
  withoutTimestamp: 0,
  duplicates: 0,
  notFedBack: 0,
  processesDropped: 0,
  indicators: 0,
  indicatorsDropped: 0,
} satisfies Omit<EngineReport, "rules">;

const ofSensor = {
  processes: 0,
  livingProcesses: 0,
  textBytes: 0,
  evictedExited: 0,
  evictedLiving: 0,
  evictedTexts: 0,
  evictedContainers: 0,
  unknownProcesses: 0,
  vanishedProcesses: 0,
  staleEvents: 0,
  repeatedEvents: 0,
  lostEvents: 0,
  lost: 0,
  snapshots: 0,
} satisfies Omit<SensorReport, "limits" | "buffers">;

const ofSink = { delivered: 0, waiting: 0, dropped: 0, refused: 0, failures: 0 } satisfies Omit<
  SinkReport,
  "name" | "problem"
>;

const ofState = { saves: 0, failures: 0 } satisfies Omit<StateReport, "savedAtMs">;
const ofHistory = { evicted: 0, dropped: 0 };
const ofReloads = { changed: 0, refused: 0 };
const ofOthers = { hiddenAlerts: 0, uselessIndicators: 0 };

/** The samples of a watch in which nothing was counted but this. */
function samples({
  rule: rulePart = {},
  engine = {},
  sensor = {},
  sink = {},
  state = {},
  history = {},
  reloads = {},
  others = {},
}: Readonly<Record<string, object>> = {}): readonly Sample[] {
  const figures: DetectionFigures = {
    report: {
      ...ofEngine,
      ...engine,
      rules: [{ rule, ...ofRule, ...rulePart }],
      history: { ...ofHistory, ...history },
    },
    rules: {
      running: 1,
      idle: [{ reason: "rules of type esql cannot run yet", count: 2 }],
      reloads: { ...ofReloads, ...reloads },
    },
    state: { ...ofState, savedAtMs: 1_795_550_086_842, ...state },
    sinks: { sinks: [{ name: "siem", problem: undefined, ...ofSink, ...sink }], lost: 0, problem: undefined },
    ...ofOthers,
    ...others,
  };
  const limits = { processesMax: 10, textBytesMax: 1000 };
  const buffers = [
    { name: "ring", unit: "bytes", held: 1, limit: 2 },
    { name: "queue", unit: "events", held: 3, limit: 4 },
  ] as const;
  return [
    ...sensorSamples("ebpf", { ...ofSensor, limits, buffers, ...sensor }),
    ...detectionSamples(figures),
  ];
}

function linesOf(given: readonly Sample[]): readonly string[] {
  return renderMetrics(given)
    .split("\n")
    .filter((line) => !line.startsWith("#"));
}

const usual = new Set(linesOf(samples()));
const changedBy = (change: Readonly<Record<string, object>>) =>
  linesOf(samples(change)).filter((line) => !usual.has(line));

describe.each([
  ["rule", ofRule],
  ["engine", ofEngine],
  ["sensor", ofSensor],
  ["sink", ofSink],
  ["state", ofState],
  ["history", ofHistory],
  ["reloads", ofReloads],
  ["others", ofOthers],
] as const)("what a report of %s counts is told once, with its value:", (part, counts) => {
  test.each(Object.keys(counts).filter((key) => key !== "lostEvents" && key !== "alerts"))("%s", (key) => {
    expect(changedBy({ [part]: { [key]: 7654 } })).toEqual([expect.stringMatching(/ 7654$/)]);
  });
});

test("no two of them are told as the same, but for gaps in what is known of processes", () => {
  const parts = { rule: ofRule, engine: ofEngine, sensor: ofSensor, sink: ofSink, state: ofState };
  const told = Object.entries({ ...parts, history: ofHistory, reloads: ofReloads, others: ofOthers }).flatMap(
    ([part, counts]) => Object.keys(counts).flatMap((key) => changedBy({ [part]: { [key]: 1 } })),
  );
  const twice = told.filter((line, i) => told.indexOf(line) !== i);
  expect(twice).toEqual(['tallyman_limit_reached_total{limit="process_lineage"} 1']);
});

test("alerts are told by severity from the beginning, and by rule where there are any", () => {
  expect([...usual].filter((line) => line.includes("alerts_total"))).toEqual(
    ["low", "medium", "high", "critical"].map(
      (severity) => `tallyman_alerts_total{severity="${severity}"} 0`,
    ),
  );
  expect(changedBy({ rule: { alerts: 3 } })).toEqual([
    'tallyman_alerts_total{severity="high"} 3',
    'tallyman_rule_alerts_total{rule_id="r",rule_name="A rule",severity="high"} 3',
  ]);
});

test("a sink is down while its last attempt has failed", () => {
  expect([...usual]).toContain('tallyman_sink_up{sink="siem"} 1');
  expect(changedBy({ sink: { problem: "connection refused" } })).toEqual(['tallyman_sink_up{sink="siem"} 0']);
});

test("when the state was saved is told in seconds, once it was", () => {
  expect([...usual]).toContain("tallyman_state_last_save_timestamp_seconds 1795550086.842");
  const before = linesOf(samples({ state: { savedAtMs: undefined } }));
  expect(before.filter((line) => line.includes("last_save"))).toEqual([]);
});

test("of many reasons for which rules do not run, the rarest are counted together", () => {
  const idle = Array.from({ length: 30 }, (_, i) => ({ reason: `unknown field 'f${i}'`, count: 2 }));
  const [first, ...rest] = detectionSamples({
    report: { ...ofEngine, rules: [], history: ofHistory },
    rules: { running: 0, idle, reloads: ofReloads },
    state: { ...ofState, savedAtMs: undefined },
    sinks: { sinks: [], lost: 0, problem: undefined },
    ...ofOthers,
  });
  const lines = linesOf([first as Sample, ...rest]).filter((line) => line.startsWith("tallyman_rules_idle"));
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('tallyman_rules_idle{reason="other"} 20');
});

test("all metrics that are told are in the list, and all of the list are told", () => {
  const told = [
    ...processSamples(),
    ...samples({ rule: { alerts: 1 } }),
    ...actionSamples(new Map([["exec", 1]])),
  ];
  expect(new Set(told.map(([metric]) => metric))).toEqual(new Set(allMetrics));
  expect(Object.keys(parseMetrics(renderMetrics(told))).sort()).toEqual(
    allMetrics.map(({ name }) => name).sort(),
  );
});

test.each(allMetrics.map((metric) => [metric.name, metric] as const))(
  "%s is named by Prometheus' conventions, and described by a sentence",
  (name, { help, labels, type }) => {
    expect(name).toMatch(/^(tallyman|process|nodejs)(_[a-z]+)+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(name).not.toMatch(/_(ms|milliseconds|kb|mb)(_|$)/);
    expect(help).toMatch(/^[A-Z][^\n]*\.$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
  },
);

test("every limit can be reached, and those that can are described", () => {
  const told = [...usual].flatMap(
    (line) => /^tallyman_limit_reached_total\{limit="(\w+)"\}/.exec(line)?.[1] ?? [],
  );
  expect(told.sort()).toEqual(Object.keys(limits));
});
