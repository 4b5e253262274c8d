import type { EngineReport, Profile } from "@tallyman/engine";
import { expect, test } from "vitest";
import { profileJson, renderProfile } from "./profile-table.ts";
import { runSample } from "./testing/sample-alerts.ts";
import { goldenLooks, sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

const { prepared } = runSample([]);
const profile: Profile = {
  events: 60_000,
  indexMs: 1234.5678,
  rules: prepared.ready.map(({ rule }, i) => ({
    rule: { ...rule, name: i === 1 ? `\u001b[31m${"wide name ".repeat(20)}` : rule.name },
    candidates: 1000 * i,
    evaluations: 2000 * i,
    matches: 10 * i,
    conditionsMs: 12.34 * i,
    detectionMs: 0.5 * i,
    alertsMs: 0,
  })),
};
const report = {
  rules: prepared.ready.map(({ rule }, i) => ({ rule, alerts: i })),
} as unknown as EngineReport;

test.for(goldenLooks)("the profile fits a terminal of look %s", ([, settings]) => {
  expect(untamed(renderProfile(profile, report, sampleTerminal(settings)), settings.width ?? 80)).toEqual([]);
});

test("the dearest rule comes first, and what cost nothing is summed up", () => {
  const lines = renderProfile(profile, report, sampleTerminal({ width: 120 })).split("\n");
  expect(lines[0]).toMatch(/^ *time +share +candidates +evaluated +matches +alerts +rule$/);
  const last = prepared.ready.length - 1;
  expect(lines[1]).toMatch(prepared.ready[last]?.rule.name ?? "");
  expect(lines.slice(-3)).toEqual([
    "0 ms in 1 more rule",
    "1,235 ms to find out which conditions to evaluate, for 60,000 events",
    "",
  ]);
});

test("for programs it is JSON with every rule", () => {
  expect(profileJson(profile, report)).toMatchObject({
    events: 60_000,
    index_ms: 1234.568,
    rules: [
      { candidates: 1000 * (prepared.ready.length - 1), alerts: prepared.ready.length - 1 },
      ...prepared.ready.slice(1).map(() => ({ rule_id: expect.any(String), total_ms: expect.any(Number) })),
    ],
  });
});
