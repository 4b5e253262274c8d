import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { allMetrics } from "../../apps/tallyman/src/metrics/all-metrics.ts";
import { withPart } from "../marked-part.ts";
import { metricsPart } from "./generate.ts";

const text = readFileSync(metricsPart.page, "utf8");
const alertingRules = /^```yaml\n(groups:\n.*?)^```$/ms.exec(text)?.[1] ?? "";

test("docs/metrics.md says what the definitions of the metrics say", () => {
  expect(withPart(metricsPart, text)).toBe(text);
});

test("its alerting rules ask for metrics that there are, what is lost and what was full among them", () => {
  const asked = new Set(alertingRules.match(/tallyman_\w+/g));
  expect(asked).toContain("tallyman_sensor_events_lost_total");
  expect(asked).toContain("tallyman_limit_reached_total");
  const names = allMetrics.map(({ name }) => name);
  expect([...asked].filter((name) => !names.includes(name))).toEqual([]);
});

test("Prometheus' own tool takes them, and they tell of one event that was lost", ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), "tallyman-alerting-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "rules.yaml"), alertingRules);
  writeFileSync(join(folder, "test.yaml"), lossTest);
  const promtool = (...args: readonly string[]) =>
    spawnSync("promtool", args, { cwd: folder, encoding: "utf8" });
  const { error, status, stderr } = promtool("check", "rules", "rules.yaml");
  if (error !== undefined) skip("there is no promtool");
  expect([status, stderr]).toEqual([0, ""]);
  expect(promtool("test", "rules", "test.yaml")).toMatchObject({ status: 0 });
});

const lossTest = `
rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'tallyman_sensor_events_lost_total{instance="a"}', values: "0+0x10 1+0x10" }
      - { series: 'tallyman_sensor_events_lost_total{instance="b"}', values: "0+0x20" }
      - { series: 'tallyman_sensor_events_lost_total{instance="new"}', values: "_x11 7+0x10" }
      - { series: 'tallyman_sensor_events_lost_total{instance="long ago"}', values: "5+0x20" }
    alert_rule_test:
      - { eval_time: 9m, alertname: TallymanLosesEvents, exp_alerts: [] }
      - eval_time: 12m
        alertname: TallymanLosesEvents
        exp_alerts:
          - exp_labels: { instance: a }
            exp_annotations:
              summary: "a lost events: --ring-size makes more room for bursts"
          - exp_labels: { instance: new }
            exp_annotations:
              summary: "new lost events: --ring-size makes more room for bursts"
`;
