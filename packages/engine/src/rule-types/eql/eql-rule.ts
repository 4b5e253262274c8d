import {
  asksRelations,
  type CheckedEql,
  type CheckedExpression,
  check,
  checkEql,
  compile,
  type Diagnostic,
  diagnostic,
  fold,
  type LocatedDiagnostic,
  possibly,
  spanInFile,
} from "@tallyman/languages";
import type { EqlRule } from "@tallyman/rules";
import type { Condition } from "../../conditions/condition.ts";
import { compileRelations } from "../../lineage/relations.ts";
import { lookBackOf } from "../../time/look-back.ts";
import { compileFilters } from "../compile-condition.ts";
import { detectEachMatch } from "../each-match.ts";
import type { RuleContext, RuleType } from "../rule-type.ts";
import { compileGroups, type GroupPlan, startGroups } from "./group-detector.ts";
import { detectRelated, type RelatedPlan } from "./related-detector.ts";

/** A condition on single events, or stages that join them. */
type EqlPlan =
  | { readonly kind: "event"; readonly condition: Condition }
  | ({ readonly kind: "related" } & RelatedPlan)
  | GroupPlan;

/**
 * Rules of type `eql`: each event, sequence or sample that the query finds. Sequences and samples are followed as events come, so
 * nothing depends on where a run's window ends: `maxspan` alone says how long a sequence may take, and the rule's look-back where there is
 * none. Source: detection engine, EQL rule type.
 */
export const eqlRule: RuleType<EqlRule, EqlPlan> = {
  compile(rule, context) {
    const { text: source } = rule.source;
    const filters = compileFilters(rule, context);
    const system = systemCondition(rule, context);
    const located = (found: Diagnostic): LocatedDiagnostic => ({
      ...found,
      span: spanInFile(rule.query, found.span),
      source,
    });
    const { query, diagnostics } = checkEql(rule.query.text, context.catalogue, {
      dialect: rule.dialect,
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
    const conditions: CheckedExpression = { kind: "and", operands: [system, filters.condition] };
    return { plan: compileQuery(query, rule, conditions, context), diagnostics: found };
  },
  start(plan, services) {
    switch (plan.kind) {
      case "event":
        return detectEachMatch(plan.condition, services);
      case "related":
        return detectRelated(plan, services);
      default:
        return startGroups(plan, services);
    }
  },
};

/** Endpoint rules are for some systems, and run on no others. An event that does not say where it is from may be from any. */
function systemCondition({ os_list, source }: EqlRule, { catalogue }: RuleContext): CheckedExpression {
  if (os_list === undefined) return { kind: "constant", value: true };
  const span = source.spanOf(["os_list"]);
  const field = { kind: "field", path: "host.os.type", span } as const;
  const isOf = os_list.map((value) => {
    return { kind: "equals", field, value, tokens: "phrase", ignoreCase: false, span } as const;
  });
  const isUnknown = { kind: "not", operand: { kind: "exists", field, span } } as const;
  return fold(check({ kind: "or", operands: [...isOf, isUnknown] }, catalogue, "exact").expression);
}

function compileQuery(
  query: CheckedEql,
  rule: EqlRule,
  filters: CheckedExpression,
  context: RuleContext,
): EqlPlan {
  if (query.kind === "event") {
    const condition = fold({ kind: "and", operands: [query.condition, filters] });
    const { conditions, counters, slots } = context;
    if (query.relations.length === 0)
      return { kind: "event", condition: conditions.add(condition, counters) };
    const add = (each: CheckedExpression) => conditions.add(each, counters);
    return {
      kind: "related",
      condition: add(fold(possibly(condition, asksRelations))),
      related: compile(condition, slots, counters),
      relations: compileRelations(query.relations, add, slots, counters),
    };
  }
  const settings = {
    lookBackMs: lookBackOf(rule),
    timestampField: rule.timestamp_field ?? "@timestamp",
    tiebreakerField: rule.tiebreaker_field ?? "event.sequence",
  };
  return compileGroups(query, filters, settings, context);
}
