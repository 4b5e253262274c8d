import type { Program } from "@tallyman/languages";
import type { QueryRule } from "@tallyman/rules";
import { compileCondition } from "../compile-condition.ts";
import { nothing, type RuleType } from "../rule-type.ts";

export interface QueryPlan {
  readonly condition: Program;
}

/** Rules of type `query`: each event that fulfils the query is a finding. Source: detection engine, rule type query. */
export const queryRule: RuleType<QueryRule, QueryPlan> = {
  compile(rule, context) {
    const { program, diagnostics } = compileCondition(rule, rule.query, context);
    return { plan: program && { condition: program }, diagnostics };
  },
  start({ condition }, { budget }) {
    return {
      onEvent(event, timeMs) {
        return condition.matches(event.view, event.nowMs) && budget.take(timeMs)
          ? [{ kind: "event", event }]
          : nothing;
      },
      learn() {},
      counts: () => ({}),
    };
  },
};
