import {
  type CheckedExpression,
  check,
  checkKql,
  compile,
  diagnostic,
  fold,
  type LocatedDiagnostic,
  lowerFilter,
  type Program,
  spanInFile,
} from "@tallyman/languages";
import type { RuleBase, RuleQuery } from "@tallyman/rules";
import type { RuleContext } from "./rule-type.ts";

/** The condition that every event of a rule must fulfil: its query, its filters, and none of its exceptions. */
export interface CompiledCondition {
  /** Undefined when a diagnostic is an error. */
  readonly program: Program | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/** Compiles a KQL query, the rule's filters and its exceptions into one program; diagnostics point into the rule's file. */
export function compileCondition(rule: RuleBase, query: RuleQuery, context: RuleContext): CompiledCondition {
  const filters = compileFilters(rule, context);
  const { text: source } = rule.source;
  if (query.language !== "kuery") {
    const span = rule.source.spanOf(["language"]);
    const message = `Queries in the language '${query.language}' cannot run in rules of type '${rule.type}' yet`;
    const found = { ...diagnostic("language-not-supported", span, message), source };
    return { program: undefined, diagnostics: [found, ...filters.diagnostics] };
  }
  const checked = checkKql(query.text, context.catalogue);
  const diagnostics = [
    ...checked.diagnostics.map((found) => ({ ...found, span: spanInFile(query, found.span), source })),
    ...filters.diagnostics,
  ];
  if (checked.expression === undefined || filters.condition === undefined)
    return { program: undefined, diagnostics };
  const operands = [checked.expression, filters.condition];
  const program = compile(fold({ kind: "and", operands }), context.slots, context.counters);
  return { program: context.exceptions.guard(program), diagnostics };
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
