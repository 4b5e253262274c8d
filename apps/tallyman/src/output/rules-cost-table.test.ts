import { type RuleProfile, ruleCosts } from "@tallyman/engine";
import { expect, test } from "vitest";
import { byCost, type CostlyRule, renderRuleCosts } from "./rules-cost-table.ts";
import { runSample } from "./testing/sample-alerts.ts";
import { goldenLooks, sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

const { prepared } = runSample([]);
const guessed: readonly CostlyRule[] = ruleCosts(prepared).map((cost) => ({ ...cost, measured: undefined }));
const measured: readonly CostlyRule[] = guessed.map((cost, i) => {
  const profile: RuleProfile = {
    rule: cost.rule,
    candidates: i,
    evaluations: i,
    matches: i,
    conditionsMs: i,
    detectionMs: i,
    alertsMs: i,
  };
  return { ...cost, measured: { profile, events: 1000 } };
});

test.for(goldenLooks)("the costs fit a terminal of look %s", ([, settings]) => {
  for (const rules of [guessed, measured]) {
    expect(untamed(renderRuleCosts(rules, sampleTerminal(settings)), settings.width ?? 80)).toEqual([]);
  }
});

test("what was measured counts, else what is guessed", () => {
  const guesses = byCost(guessed).map(({ perThousand }) => perThousand);
  expect(guesses).toEqual([...guesses].sort((a, b) => b - a));
  expect(byCost(measured)).toEqual([...measured].reverse());
});

test("programs get a line for each rule, with plain numbers", () => {
  const text = renderRuleCosts(byCost(measured), sampleTerminal({ isTerminal: false }));
  const [first = "", ...others] = text.split("\n");
  const last = measured.length - 1;
  expect(others).toHaveLength(measured.length);
  expect(first.split("\t").slice(0, 3)).toEqual([
    measured[last]?.rule.rule_id,
    String(3000 * last),
    String(last),
  ]);
});
