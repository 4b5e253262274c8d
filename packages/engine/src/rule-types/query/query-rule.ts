import type { Program } from "@tallyman/languages";
import type { QueryRule } from "@tallyman/rules";
import { compileCondition } from "../compile-condition.ts";
import { detectEachMatch } from "../each-match.ts";
import type { RuleType } from "../rule-type.ts";

/** Rules of type `query`: each event that fulfils the query is a finding. Source: detection engine, rule type query. */
export const queryRule: RuleType<QueryRule, Program> = {
  compile(rule, context) {
    const { program, diagnostics } = compileCondition(rule, rule.query, context);
    return { plan: program, diagnostics };
  },
  start: detectEachMatch,
};
