import type { QueryRule } from "@tallyman/rules";
import type { Condition } from "../../conditions/condition.ts";
import { compileCondition } from "../compile-condition.ts";
import { detectEachMatch } from "../each-match.ts";
import type { RuleType } from "../rule-type.ts";

/** Rules of type `query`: each event that fulfils the query is a finding. Source: detection engine, rule type query. */
export const queryRule: RuleType<QueryRule, Condition> = {
  compile(rule, context) {
    const { condition, diagnostics } = compileCondition(rule, rule.query, context);
    return { plan: condition, diagnostics };
  },
  start: detectEachMatch,
};
