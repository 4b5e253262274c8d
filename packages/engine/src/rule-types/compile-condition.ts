import type { LocatedDiagnostic, Program } from "@tallyman/languages";
import {
  type CheckedExpression,
  check,
  checkKql,
  compile,
  diagnostic,
  fold,
  lowerFilter,
  spanInFile,
} from "@tallyman/languages";
import type { RuleBase, RuleQuery } from "@tallyman/rules";
import type { RuleContext } from "./rule-type.ts";

/** The condition that every event of a rule must fulfil: its query and its filters. */
export interface CompiledCondition {
  /** Undefined when a diagnostic is an error. */
  readonly program: Program | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/** Compiles a KQL query and the rule's filters into one program; diagnostics point into the rule's file. */
export function compileCondition(rule: RuleBase, query: RuleQuery, context: RuleContext): CompiledCondition {
  const { text: source } = rule.source;
  const diagnostics: LocatedDiagnostic[] = [];
  const operands: (CheckedExpression | undefined)[] = [];
  if (query.language === "kuery") {
    const checked = checkKql(query.text, context.catalogue);
    for (const found of checked.diagnostics)
      diagnostics.push({ ...found, span: spanInFile(query, found.span), source });
    operands.push(checked.expression);
  } else {
    const span = rule.source.spanOf(["language"]);
    const message = `Queries in the language '${query.language}' cannot run in rules of type '${rule.type}' yet`;
    diagnostics.push({ ...diagnostic("language-not-supported", span, message), source });
    operands.push(undefined);
  }
  for (const filter of rule.filters) {
    const lowered = lowerFilter(filter.value, filter.span);
    if (lowered.expression === undefined) {
      diagnostics.push({ ...lowered.problem, source });
      operands.push(undefined);
    } else {
      const checked = check(lowered.expression, context.catalogue);
      for (const found of checked.diagnostics) diagnostics.push({ ...found, source });
      operands.push(
        checked.diagnostics.some(({ severity }) => severity === "error") ? undefined : checked.expression,
      );
    }
  }
  if (!operands.every((operand) => operand !== undefined)) return { program: undefined, diagnostics };
  return { program: compile(fold({ kind: "and", operands }), context.slots), diagnostics };
}
