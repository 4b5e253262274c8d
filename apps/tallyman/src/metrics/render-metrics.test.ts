import { spawnSync } from "node:child_process";
import { visible } from "@tallyman/languages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hostileFragments } from "../output/testing/hostile-text.ts";
import { parseMetrics } from "../testing/parse-metrics.ts";
import { counter, gauge, type Sample } from "./metric.ts";
import { renderMetrics } from "./render-metrics.ts";

const lost = counter("lost_total", 'What was lost, as in "C:\\x"\nand below.');
const named = gauge("named", "Something by name.", "first", "second");

test("each metric has its help, its type and its samples", () => {
  const samples: Sample[] = [
    [named, 1.5, 'a "b" c:\\d', "1\n2"],
    [lost, 3],
    [named, Number.NaN, "", ""],
    [lost, 4],
  ];
  expect(renderMetrics(samples)).toBe(
    [
      "# HELP named Something by name.",
      "# TYPE named gauge",
      'named{first="a \\"b\\" c:\\\\d",second="1\\\\n2"} 1.5',
      'named{first="",second=""} NaN',
      '# HELP lost_total What was lost, as in "C:\\\\x"\\nand below.',
      "# TYPE lost_total counter",
      "lost_total 7",
      "",
    ].join("\n"),
  );
});

test.each([
  [0, "0"],
  [-0.5, "-0.5"],
  [1_795_550_086.8424928, "1795550086.8424928"],
  [2 ** 53, "9007199254740992"],
  [1e21, "1e+21"],
  [Number.POSITIVE_INFINITY, "+Inf"],
  [Number.NEGATIVE_INFINITY, "-Inf"],
])("%d is written as %s", (value, text) => {
  expect(renderMetrics([[lost, value]])).toMatch(new RegExp(`^lost_total ${text.replace("+", "\\+")}$`, "m"));
});

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.array(fc.constantFrom(...hostileFragments, '"', "\\", "\n", "{", "}", ",", "="), { maxLength: 6 }),
);
const labelValue = text.map((parts) => (typeof parts === "string" ? parts : parts.join("").slice(0, 256)));

test("whatever labels there are, they are read as they were shown, and nothing acts on a terminal", () => {
  const sample = fc.tuple(fc.integer({ min: 0 }), labelValue, labelValue);
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1 }), (samples) => {
      const sums = new Map<string, number>();
      for (const [value, first, second] of samples) {
        const key = JSON.stringify({ first: visible(first), second: visible(second) });
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
      const rendered = renderMetrics(samples.map(([value, ...labels]) => [named, value, ...labels]));
      const read = parseMetrics(rendered)["named"]?.samples;
      expect(new Map(read?.map(({ labels, value }) => [JSON.stringify(labels), value]))).toEqual(sums);
      expect(visible(rendered.replaceAll("\n", ""))).toBe(rendered.replaceAll("\n", ""));
    }),
  );
});

test("a label is cut where it would be long", () => {
  const { named: read } = parseMetrics(renderMetrics([[named, 1, "x".repeat(100_000), '"'.repeat(1000)]]));
  expect(read?.samples[0]?.labels).toEqual({ first: "x".repeat(256), second: '"'.repeat(256) });
});

test("Prometheus' own tool reads it", ({ skip }) => {
  const input = renderMetrics([
    [named, 1, 'a "b" c:\\d', "1\n2"],
    [lost, 4],
  ]);
  const { error, status, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  if (error !== undefined) skip("there is no promtool");
  expect([status, stderr]).toEqual([0, ""]);
});
