import type { SensorReport } from "@tallyman/sensor";
import { describe, expect, test } from "vitest";
import { renderSensorSummary } from "./sensor-summary.ts";

const nothing: SensorReport = {
  processes: 5,
  livingProcesses: 5,
  textBytes: 0,
  limits: { processesMax: 100, textBytesMax: 1000 },
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
  snapshots: 1,
  buffers: [],
};

const terminal = { isTerminal: false, width: 200, color: false, unicode: true, canRedraw: false };

function summaryOf(report: Partial<SensorReport>, quiet = false): string {
  const counts = { source: "ebpf", seconds: 10, actions: new Map([["exec", 12]]) };
  const summary = {
    ...counts,
    report: { ...nothing, ...report },
    failure: undefined,
    outputError: undefined,
  };
  return renderSensorSummary(summary, terminal, { quiet });
}

const problems = ["lost", "evictedLiving", "evictedTexts", "evictedContainers"] as const;
const remarks = [
  "evictedExited",
  "unknownProcesses",
  "vanishedProcesses",
  "staleEvents",
  "repeatedEvents",
] as const;

test("the summary of a sensor that missed nothing says so", () => {
  expect(summaryOf({})).toMatch(/no event was lost; 5 running processes known, and 0 that ended lately/);
  expect(summaryOf({}, true)).toBe("");
});

test.each(problems)("what was lost is said even when quiet: %s", (name) => {
  for (const quiet of [false, true]) expect(summaryOf({ [name]: 7654 }, quiet)).toMatch(/^ *\w+ +7,654 /m);
});

test.each(remarks)("what else happened is said: %s", (name) => {
  expect(summaryOf({ [name]: 7654 })).toMatch(/^ *\w+ +7,654 /m);
  expect(summaryOf({ [name]: 7654 }, true)).toBe("");
});

describe("all counts of the report", () => {
  // `lostEvents` is what of `lost` has reached the model; `snapshots` are shown with others, and these sizes only as metrics.
  const sizes = ["textBytes", "limits", "buffers"];
  const others = ["processes", "livingProcesses", "lostEvents", "snapshots", ...sizes];
  test("are problems, remarks, or shown with them", () => {
    expect([...problems, ...remarks, ...others].sort()).toEqual(Object.keys(nothing).sort());
  });
});
