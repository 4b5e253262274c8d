import { ecsCatalogue } from "@tallyman/ecs";
import { compileIndexPatterns, type Rule } from "@tallyman/rules";
import { PlainEvaluation } from "../../../bench/plain/plain-evaluation.ts";
import { singleConditions } from "../../../bench/rules/single-conditions.ts";
import { alertsIndex } from "../../../packages/engine/src/alerts/alerts-index.ts";
import type { CheckResult } from "../check-result.ts";
import type { AlertLine } from "./alert-line.ts";
import { expectedAlerts, expectedMatches, judge } from "./expected-alerts.ts";
import type { Mode } from "./modes.ts";
import { testEvents } from "./test-events.ts";

/** Events are compared in batches of so many, each with rules that remember nothing yet. */
const batchSize = 10_000;

/** Fewer conditions than these would show that the events no longer fit the rules; of all in hundredths. */
const matchedPercentMin = 70;

/**
 * Runs rules over generated and mutated events in every mode, and compares the alerts, one by one and in their order, with what plain
 * evaluation leads to: for each condition by itself, and for the rules with all that they remember.
 */
export function checkDifferential(
  rules: readonly Rule[],
  eventCount: number,
  modes: Readonly<Record<string, Mode>>,
): CheckResult {
  // So many alerts that nothing is held back; what is, is compared in the rules themselves.
  const conditions = singleConditions(rules).map(unlimited);
  const plain = new PlainEvaluation(conditions, ecsCatalogue());
  // What is over alerts sees those of all other conditions, which are not at hand here: it is compared in the rules.
  const alone = conditions.filter((rule) => !isOverAlerts(rule));
  const idsAlone = new Set(alone.map(({ rule_id }) => rule_id));
  const failed: string[] = [];
  const matched = new Set<string>();
  let passed = 0;
  let alerts = 0;
  for (let seed = 0; seed * batchSize < eventCount; seed++) {
    const count = Math.min(batchSize, eventCount - seed * batchSize);
    const judged = judge(plain, testEvents(count, 1 + seed, plain.conditions));
    const events = judged.map(({ event }) => event);
    const matches = expectedMatches(judged, idsAlone);
    const raised = expectedAlerts(rules, judged, plain);
    for (const { fulfils } of judged) for (const id of fulfils) matched.add(id);
    alerts += raised.length;
    for (const [name, mode] of Object.entries(modes)) {
      const found = [
        ...differences(`${name}, conditions, seed ${1 + seed}`, matches, mode(alone, events)),
        ...differences(`${name}, rules, seed ${1 + seed}`, raised, mode(rules, events)),
      ];
      failed.push(...found);
      if (found.length === 0) passed += 2 * events.length;
    }
  }
  const percent = Math.floor((matched.size * 100) / conditions.length);
  if (percent < matchedPercentMin) failed.push(`only ${percent} % of the conditions were ever fulfilled`);
  return {
    passed,
    failed,
    notes: [
      `${eventCount} events; ${matched.size} of ${conditions.length} conditions fulfilled; ${alerts} alerts of ${rules.length} rules`,
      `modes: ${Object.keys(modes).join("; ")}`,
    ],
  };
}

function isOverAlerts({ index }: Rule): boolean {
  return compileIndexPatterns(index ?? ["*"])(alertsIndex);
}

function unlimited(rule: Rule): Rule {
  const max = 1_000_000_000;
  return { ...rule, max_signals: max, parameters: { ...rule.parameters, max_signals: max } };
}

/** What one list has and the other has not; when that is nothing, the first place where their order differs. */
function differences(
  name: string,
  wanted: readonly AlertLine[],
  found: readonly AlertLine[],
): readonly string[] {
  const missing = lacking(wanted, found).map((line) => `${name}: no alert ${line}`);
  const extra = lacking(found, wanted).map((line) => `${name}: too much, alert ${line}`);
  const at = wanted.findIndex((line, i) => line !== found[i]);
  if (missing.length + extra.length > 0) return [...missing, ...extra];
  return at < 0 ? [] : [`${name}: alert ${at} is ${found[at]} instead of ${wanted[at]}`];
}

/** Those of the one list that the other lacks, counting how often each is there. */
function lacking(one: readonly AlertLine[], other: readonly AlertLine[]): readonly AlertLine[] {
  const left = new Map<AlertLine, number>();
  for (const line of other) left.set(line, (left.get(line) ?? 0) + 1);
  return one.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
