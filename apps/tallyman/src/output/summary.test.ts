import fc from "fast-check";
import { expect, test } from "vitest";
import { renderSummary, type ScanSummary } from "./summary.ts";
import { hostileFragments } from "./testing/hostile-text.ts";
import { golden, goldenLooks, sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

const rule = (name: string, severity: "low" | "medium" | "high" | "critical", type = "query") => ({
  name,
  severity,
  type,
});

const nothing = {
  excepted: 0,
  suppressed: 0,
  groupsDropped: 0,
  cut: 0,
  muted: 0,
  termsCut: 0,
  sequencesDropped: 0,
  countsDropped: 0,
  processesCut: 0,
};

/** A scan of which there is nothing to say but what it found. */
const smooth: ScanSummary = {
  isInterrupted: false,
  seconds: 3.1,
  byteCount: 812_400_000,
  events: {
    events: 1_284_112,
    learned: 0,
    unrouted: 0,
    unselected: 0,
    withoutTimestamp: 0,
    duplicates: 0,
    notFedBack: 0,
    processesDropped: 0,
    indicators: 0,
    indicatorsDropped: 0,
    late: 0,
    releasedEarly: 0,
    invalidUtf8: 0,
    passedOver: 0,
  },
  rules: [
    {
      rule: rule("Egress from a container", "low"),
      alerts: 11,
      ...nothing,
    },
    {
      rule: rule("Nothing of the kind", "high"),
      alerts: 0,
      ...nothing,
    },
    {
      rule: rule("Access key made for another user", "high"),
      alerts: 3,
      ...nothing,
    },
  ],
  notRun: [],
  hiddenAlerts: 0,
  uselessIndicators: 0,
  history: { isEmptyAtStart: false, evicted: 0, dropped: 0 },
  foreign: [],
  skipped: [],
  failures: [],
  outputError: undefined,
  sinks: { sinks: [], lost: 0, problem: undefined },
};

/** A scan in which everything went wrong that can. */
const rough: ScanSummary = {
  ...smooth,
  foreign: [
    {
      name: "auditd",
      inputs: 2,
      isDetected: true,
      records: 81_412,
      events: 9_120,
      unused: [
        { reason: "calls that rules do not ask for", count: 4012 },
        { reason: "calls that failed", count: 46 },
      ],
      cutEvents: 3,
      forgottenHosts: 1,
      forgottenProcesses: 7,
      shortenedProcesses: 5,
      forgottenSockets: 2,
      staleEvents: 5,
    },
  ],
  isInterrupted: true,
  events: {
    ...smooth.events,
    learned: 40_000,
    unrouted: 1204,
    unselected: 40_112,
    withoutTimestamp: 12,
    duplicates: 2,
    passedOver: 41_230,
    notFedBack: 6,
    processesDropped: 3,
    indicators: 0,
    indicatorsDropped: 0,
    late: 41,
    releasedEarly: 1,
    invalidUtf8: 3,
  },
  rules: [
    ...smooth.rules,
    {
      rule: rule("Interactive shell in a container", "medium", "new_terms"),
      alerts: 81,
      excepted: 31_004,
      suppressed: 0,
      groupsDropped: 0,
      cut: 12,
      muted: 1400,
      termsCut: 5,
      sequencesDropped: 7,
      countsDropped: 0,
      processesCut: 0,
    },
    {
      rule: rule("Data sent out by a shell", "critical"),
      alerts: 1,
      ...nothing,
      suppressed: 120,
      groupsDropped: 4,
    },
  ],
  notRun: [
    { reason: "rules of type eql cannot run yet", count: 211 },
    { reason: "rules of type esql cannot run yet", count: 98 },
    ...["a", "b", "c", "d", "e", "f"].map((name) => ({ reason: `No field '${name}'`, count: 1 })),
  ],
  hiddenAlerts: 31,
  uselessIndicators: 12,
  history: { isEmptyAtStart: true, evicted: 8123, dropped: 1 },
  skipped: [
    { reason: "not valid JSON", count: 2, places: ["events.ndjson:17", "events.ndjson:90"] },
    { reason: "longer than the limit for one record", count: 40, places: ["b.ndjson:4"] },
  ],
  failures: [{ message: "'old.gz' ends in the middle of a gzip stream", hint: "copy it again" }],
  outputError: {
    message: "'alerts.json' cannot be written: no space is left",
    writtenBytes: 1_200_000,
    lost: 3,
  },
  sinks: {
    lost: 7,
    problem: "the spool in '/var/lib/tallyman/spool' cannot be written: no space is left",
    sinks: [
      {
        name: "siem",
        delivered: 40,
        waiting: 1204,
        dropped: 3,
        refused: 2,
        failures: 9,
        problem: "siem.example cannot be reached: connection refused",
      },
      { name: "file", delivered: 1249, waiting: 0, dropped: 0, refused: 0, failures: 0, problem: undefined },
    ],
  },
};

test.for(goldenLooks)("a rough scan looks like golden/summary-%s.txt", async ([name, settings]) => {
  const text = renderSummary(rough, sampleTerminal(settings));
  expect(untamed(text, settings.width ?? 80)).toEqual([]);
  await expect(golden(text)).toMatchFileSnapshot(`golden/summary-${name}.txt`);
});

test("rules that compare with indicators when none are known are told of", () => {
  const rules = [{ rule: rule("Known bad address", "high", "threat_match"), alerts: 0, ...nothing }];
  const text = (indicators: number) =>
    renderSummary(
      { ...smooth, rules, events: { ...smooth.events, indicators } },
      sampleTerminal({ width: 200 }),
    );
  expect(text(0)).toMatch(
    "hint: no threat indicators are known, so 1 rule of the type threat_match can find nothing: --indicators FILE reads some",
  );
  expect(text(1)).not.toMatch("hint");
});

test("a smooth scan is short", () => {
  expect(renderSummary(smooth, sampleTerminal({ isTerminal: false }))).toBe(`\
14 alerts in 1,284,112 events (812 MB), 3.1 s, 414,230 events/s

  alerts  severity  rule
       3  high      Access key made for another user
      11  low       Egress from a container
`);
});

test("nothing found, nothing to say but that", () => {
  expect(renderSummary({ ...smooth, rules: [] }, sampleTerminal({ isTerminal: false }))).toBe(
    "No alerts in 1,284,112 events (812 MB), 3.1 s, 414,230 events/s\n",
  );
});

test("quiet says nothing about a smooth scan", () => {
  expect(renderSummary({ ...smooth, hiddenAlerts: 3 }, sampleTerminal(), { quiet: true })).toBe("");
});

test("quiet says what keeps the result from being whole", async () => {
  await expect(renderSummary(rough, sampleTerminal(), { quiet: true })).toMatchFileSnapshot(
    "golden/summary-quiet.txt",
  );
});

const many = { rule: rule("Any", "low"), alerts: 1000, ...nothing };

test.for<[title: string, change: Partial<ScanSummary>, hint: boolean]>([
  ["a first run full of new terms", {}, true],
  ["one with a history", { history: { isEmptyAtStart: false, evicted: 0, dropped: 0 } }, false],
  ["one with few of them", { rules: smooth.rules }, false],
  ["one with many others", { rules: [...rough.rules, many] }, false],
])("%s: a hint how to learn", ([, change, hint]) => {
  expect(renderSummary({ ...rough, ...change }, sampleTerminal()).includes("--learn-from")).toBe(hint);
});

test("when no rule reads the events, the summary says where to look", () => {
  const events = { ...smooth.events, unselected: smooth.events.events };
  expect(renderSummary({ ...smooth, events }, sampleTerminal())).toContain("tallyman rules list");
});

test("a scan of a thousand rules has no thousand lines", () => {
  const rules = Array.from({ length: 1000 }, (_, i) => ({
    ...(smooth.rules[0] as (typeof smooth.rules)[0]),
    alerts: 1000 - i,
  }));
  const lines = renderSummary({ ...smooth, rules }, sampleTerminal())
    .trimEnd()
    .split("\n");
  expect(lines.at(-1)).toBe("  970 more rules with 470,935 alerts");
});

test("whatever names there are, no line is too wide or acts on the terminal", () => {
  const text = fc
    .array(fc.constantFrom(...hostileFragments), { maxLength: 6 })
    .map((parts) => parts.join(""));
  const looks = fc.record({
    width: fc.integer({ min: 40, max: 140 }),
    color: fc.boolean(),
    unicode: fc.boolean(),
  });
  fc.assert(
    fc.property(text, text, looks, (a, b, look) => {
      const summary: ScanSummary = {
        ...rough,
        rules: [
          {
            rule: rule(a, "high"),
            alerts: 1,
            ...nothing,
            cut: 1,
            muted: 1,
            termsCut: 1,
            suppressed: 1,
            excepted: 1,
          },
        ],
        notRun: [{ reason: b, count: 1 }],
        skipped: [{ reason: "not valid JSON", count: 2, places: [`${a}:1`] }],
        failures: [{ message: `'${b}' does not exist`, hint: a }],
      };
      expect(untamed(renderSummary(summary, sampleTerminal(look)), look.width)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
