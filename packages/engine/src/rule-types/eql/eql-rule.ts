import {
  type CheckedEql,
  type CheckedExpression,
  checkEql,
  compile,
  type Diagnostic,
  diagnostic,
  fold,
  type LocatedDiagnostic,
  type Program,
  spanInFile,
} from "@tallyman/languages";
import type { EqlRule } from "@tallyman/rules";
import { lookBackOf } from "../../time/look-back.ts";
import { compileFilters } from "../compile-condition.ts";
import { detectEachMatch } from "../each-match.ts";
import type { RuleContext, RuleType } from "../rule-type.ts";
import { compileGroups, type GroupPlan, startGroups } from "./group-detector.ts";

/** A condition on single events, or stages that join them. */
type EqlPlan = { readonly kind: "event"; readonly condition: Program } | GroupPlan;

/**
 * Rules of type `eql`: each event, sequence or sample that the query finds. Sequences and samples are followed as events come, so
 * nothing depends on where a run's window ends: `maxspan` alone says how long a sequence may take, and the rule's look-back where there is
 * none. Source: detection engine, EQL rule type.
 */
export const eqlRule: RuleType<EqlRule, EqlPlan> = {
  compile(rule, context) {
    const { text: source } = rule.source;
    const filters = compileFilters(rule, context);
    const located = (found: Diagnostic): LocatedDiagnostic => ({
      ...found,
      span: spanInFile(rule.query, found.span),
      source,
    });
    const { query, diagnostics } = checkEql(rule.query.text, context.catalogue, {
      ...(rule.event_category_override === undefined
        ? {}
        : { eventCategoryField: rule.event_category_override }),
    });
    const found = [...filters.diagnostics, ...diagnostics.map(located)];
    if (query === undefined || filters.condition === undefined)
      return { plan: undefined, diagnostics: found };
    const [pipe] = query.pipes;
    if (pipe !== undefined) {
      const message = `'| ${pipe.kind} ${pipe.count}' limits a search; on a stream it has no effect, and every result is an alert`;
      found.push(located(diagnostic("pipe-without-effect", pipe.span, message)));
    }
    return { plan: compileQuery(query, rule, filters.condition, context), diagnostics: found };
  },
  start(plan, services) {
    return plan.kind === "event" ? detectEachMatch(plan.condition, services) : startGroups(plan, services);
  },
};

function compileQuery(
  query: CheckedEql,
  rule: EqlRule,
  filters: CheckedExpression,
  context: RuleContext,
): EqlPlan {
  if (query.kind === "event") {
    const condition = fold({ kind: "and", operands: [query.condition, filters] });
    return { kind: "event", condition: compile(condition, context.slots, context.counters) };
  }
  const settings = {
    lookBackMs: lookBackOf(rule),
    timestampField: rule.timestamp_field ?? "@timestamp",
    tiebreakerField: rule.tiebreaker_field ?? "event.sequence",
  };
  return compileGroups(query, filters, settings, context);
}
