import {
  type CheckedEventQuery,
  type CheckedExpression,
  compile,
  fold,
  type Program,
} from "@tallyman/languages";
import { type Detector, type DetectorServices, nothing, type RuleContext } from "../rule-type.ts";

export interface EventPlan {
  readonly kind: "event";
  readonly condition: Program;
}

/** Compiles a query for single events; `filters` must hold too. */
export function compileEvents(
  query: CheckedEventQuery,
  filters: CheckedExpression,
  context: RuleContext,
): EventPlan {
  const operands = [query.condition, filters];
  return { kind: "event", condition: compile(fold({ kind: "and", operands }), context.slots) };
}

/** Every event that fulfils the query is a finding. */
export function startEvents({ condition }: EventPlan, { budget }: DetectorServices): Detector {
  return {
    onEvent(event, timeMs) {
      return condition.matches(event.view, event.nowMs) && budget.take(timeMs)
        ? [{ kind: "event", event }]
        : nothing;
    },
    learn() {},
    counts: () => ({}),
  };
}
