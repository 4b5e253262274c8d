import type { Rule } from "@tallyman/rules";
import { eqlRule } from "./eql/eql-rule.ts";
import { machineLearningRule } from "./machine-learning/machine-learning-rule.ts";
import { newTermsRule } from "./new-terms/new-terms-rule.ts";
import { queryRule } from "./query/query-rule.ts";
import type { CompiledRule, Detector, DetectorServices, RuleContext, RuleType } from "./rule-type.ts";
import { threatMatchRule } from "./threat-match/threat-match-rule.ts";
import { thresholdRule } from "./threshold/threshold-rule.ts";

/** A rule that has compiled and can be started. */
export interface Startable {
  /** Lists of index patterns, of which one must select the events that it sees. */
  readonly patterns: readonly (readonly string[])[];
  start(services: DetectorServices): Detector;
}

/**
 * Compiles a rule by its type; undefined when rules of that type cannot run yet. Every rule type that can has its line here.
 */
export function compileRule(rule: Rule, context: RuleContext): CompiledRule<Startable> | undefined {
  switch (rule.type) {
    case "query":
    case "saved_query":
      return startable(queryRule, rule, context);
    case "new_terms":
      return startable(newTermsRule, rule, context);
    case "eql":
      return startable(eqlRule, rule, context);
    case "threshold":
      return startable(thresholdRule, rule, context);
    case "threat_match":
      return startable(threatMatchRule, rule, context);
    case "machine_learning":
      return startable(machineLearningRule, rule, context);
    case "esql":
      return undefined;
  }
}

function startable<R extends Rule, Plan>(
  type: RuleType<R, Plan>,
  rule: R,
  context: RuleContext,
): CompiledRule<Startable> {
  const { plan, ...rest } = type.compile(rule, context);
  return {
    ...rest,
    plan: plan && {
      patterns: type.patterns?.(rule) ?? [rule.index ?? ["*"]],
      start: (services) => type.start(plan, services),
    },
  };
}
