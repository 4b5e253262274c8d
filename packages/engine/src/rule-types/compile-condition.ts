import {
  type CheckedExpression,
  check,
  checkKql,
  checkLucene,
  fold,
  type LocatedDiagnostic,
  lowerFilter,
  spanInFile,
} from "@tallyman/languages";
import type { EventLanguage, RuleBase, RuleQuery } from "@tallyman/rules";
import type { Condition } from "../conditions/condition.ts";
import type { RuleContext } from "./rule-type.ts";

/** The condition that every event of a rule must fulfil: its query and its filters. */
export interface CompiledCondition {
  /** Undefined when a diagnostic is an error. */
  readonly condition: Condition | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
}

const checks: Readonly<Record<EventLanguage, typeof checkKql>> = { kuery: checkKql, lucene: checkLucene };

/** Compiles a query and the rule's filters into one condition; diagnostics point into the rule's file. */
export function compileCondition(
  rule: RuleBase,
  query: RuleQuery<EventLanguage>,
  context: RuleContext,
): CompiledCondition {
  const filters = compileFilters(rule, context);
  const { text: source } = rule.source;
  const checked = checks[query.language](query.text, context.catalogue);
  const diagnostics = [
    ...checked.diagnostics.map((found) => ({ ...found, span: spanInFile(query, found.span), source })),
    ...filters.diagnostics,
  ];
  if (checked.expression === undefined || filters.condition === undefined)
    return { condition: undefined, diagnostics };
  const operands = [checked.expression, filters.condition];
  return {
    condition: context.conditions.add(fold({ kind: "and", operands }), context.counters),
    diagnostics,
  };
}

/** The rule's filters as one condition, undefined when a diagnostic is an error. */
export function compileFilters(
  rule: RuleBase,
  { catalogue }: RuleContext,
): { readonly condition: CheckedExpression | undefined; readonly diagnostics: readonly LocatedDiagnostic[] } {
  const { text: source } = rule.source;
  const diagnostics: LocatedDiagnostic[] = [];
  const operands: CheckedExpression[] = [];
  for (const { span, value } of rule.filters) {
    const lowered = lowerFilter(value, span);
    if (lowered.expression === undefined) diagnostics.push({ ...lowered.problem, source });
    else {
      const checked = check(lowered.expression, catalogue);
      diagnostics.push(...checked.diagnostics.map((found) => ({ ...found, source })));
      operands.push(checked.expression);
    }
  }
  const failed = diagnostics.some(({ severity }) => severity === "error");
  return { condition: failed ? undefined : { kind: "and", operands }, diagnostics };
}
