import { expect, test } from "vitest";
import { type ListedRule, renderRulesTable } from "./rules-table.ts";
import { runSample } from "./testing/sample-alerts.ts";
import { golden, goldenLooks, sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

const { prepared } = runSample([]);
const listed: readonly ListedRule[] = [...prepared.ready, ...prepared.idle];

test.for(goldenLooks)("the list of rules looks like golden/rules-%s.txt", async ([name, settings]) => {
  const text = renderRulesTable(listed, sampleTerminal(settings));
  expect(untamed(text, settings.width ?? 80)).toEqual([]);
  await expect(golden(text)).toMatchFileSnapshot(`golden/rules-${name}.txt`);
});

test("programs get a line for each rule, with the id first and the reason last", () => {
  const lines = renderRulesTable(listed, sampleTerminal({ isTerminal: false, color: true })).split("\n");
  expect(lines.pop()).toBe("");
  expect(lines).toHaveLength(listed.length);
  expect(lines.slice(-2).map((line) => line.split("\t"))).toEqual([
    [
      "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b07",
      "needs job",
      "low",
      "21",
      "machine_learning",
      "Rare process",
      "",
      ".ml-anomalies-*",
      "needs anomaly records of a machine-learning job",
    ],
    [
      "0b7a1a56-9f0e-4c5f-8d3a-6a9f3f1c2d44",
      "not run",
      "low",
      "21",
      "esql",
      "Many failures at once",
      "",
      "",
      "rules of type esql cannot run yet",
    ],
  ]);
});

test("when all rules are ready, their number is all there is to say", () => {
  expect(renderRulesTable(prepared.ready.slice(0, 7), sampleTerminal()).split("\n").slice(-3)).toEqual([
    "",
    "7 rules",
    "",
  ]);
});

test("without rules there is only the count", () => {
  expect(renderRulesTable([], sampleTerminal())).toMatch(/^severity .*\n\n0 rules\n$/);
  expect(renderRulesTable([], sampleTerminal({ isTerminal: false }))).toBe("");
});
