import { join } from "node:path";
import { ecsCatalogue } from "@tallyman/ecs";
import { lintRule, loadRules } from "@tallyman/rules";
import { readRuleFiles } from "../../apps/tallyman/src/rule-files/read-rule-files.ts";
import type { CheckResult } from "./check-result.ts";

/**
 * What is known of the rules that are in force, from reading them: the rules of each kind of slip. Others are neither looked for nor
 * wrong, and their number is only shown.
 */
const known: Readonly<Record<string, number>> = {
  "quoted-wildcard": 1,
  "literal-question-mark": 2,
  "literal-wildcard": 18,
  "eaten-escape": 3,
  "never-matches": 1,
};

/** Lints every rule of the corpus that is in force; of the slips that were found by hand, all must be found and no other. */
export function lintRuleFiles(shared: string): CheckResult {
  const { files } = readRuleFiles([join(shared, "corpus", "detection-rules")]);
  const { rules } = loadRules(files.filter(({ path }) => !path.includes("_deprecated")));
  const found = new Map<string, { count: number; readonly rules: Set<string> }>();
  for (const rule of rules) {
    for (const { code } of lintRule(rule, ecsCatalogue())) {
      const entry = found.get(code) ?? { count: 0, rules: new Set() };
      entry.count += 1;
      entry.rules.add(rule.rule_id);
      found.set(code, entry);
    }
  }
  const failed = Object.entries(known).flatMap(([code, want]) => {
    const have = found.get(code)?.rules.size ?? 0;
    return have === want ? [] : [`${code}: ${have} rules, not ${want}`];
  });
  return {
    passed: Object.keys(known).length - failed.length,
    failed,
    notes: [...found].map(
      ([
        code,
        {
          count,
          rules: { size },
        },
      ]) => `${count} ${code} in ${size} rules`,
    ),
  };
}
