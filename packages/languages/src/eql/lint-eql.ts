import type { FieldCatalogue } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { CheckScope } from "../expression/check-scope.ts";
import type { Expression } from "../expression/expression.ts";
import { lintCondition } from "../lint/lint-condition.ts";
import type { EqlFilter } from "./ast.ts";
import type { EqlOptions } from "./check-eql.ts";
import { lowerCondition, lowerFilter } from "./lower.ts";
import type { LoweringScope } from "./lowering-scope.ts";
import { parseEql } from "./parse.ts";

/**
 * Finds what is valid and hardly meant in a query: stars where they are no wildcards (`literal-wildcard`), and what `lintCondition` finds in each of
 * its events. Nothing of a query that cannot be read.
 */
export function lintEql(
  text: string,
  catalogue: FieldCatalogue,
  options: EqlOptions = {},
): readonly Diagnostic[] {
  return eqlConditions(text, catalogue, options)
    .flatMap((condition) => [...literalStars(condition), ...lintCondition(condition, catalogue)])
    .sort((a, b) => a.span.start - b.span.start);
}

/** What the query asks of an event, of each stage's of a sequence or sample, and of `until`'s; none when it cannot be read. */
export function eqlConditions(
  text: string,
  catalogue: FieldCatalogue,
  { dialect = "elasticsearch", eventCategoryField = "event.category" }: EqlOptions = {},
): readonly Expression[] {
  const { query } = parseEql(text, dialect);
  if (query === undefined) return [];
  const report = (): void => undefined;
  const fieldValues = dialect === "endpoint" ? "unmapped" : "exact";
  const constants: CheckScope = { catalogue, fieldValues, report, nestedPath: undefined };
  const items = query.kind === "event" ? [] : query.items;
  const known = new Set(items.flatMap(({ alias }) => alias?.name ?? []));
  const scope: LoweringScope = {
    dialect,
    categoryField: eventCategoryField,
    report,
    stages: { known, unknown: new Map() },
    variables: new Map(),
    constants,
    lowerCondition,
  };
  const filters: readonly EqlFilter[] =
    query.kind === "event"
      ? [query.filter]
      : [
          ...items.map(({ filter }) => filter),
          ...("until" in query && query.until !== undefined ? [query.until.filter] : []),
        ];
  return filters.map((filter) => lowerFilter(filter, scope));
}

/** Under `==`, `!=` and `in` a star is one; under `:` and `like` it would have become a pattern. */
function literalStars(expression: Expression): readonly Diagnostic[] {
  switch (expression.kind) {
    case "and":
    case "or":
      return expression.operands.flatMap(literalStars);
    case "not":
    case "nested":
      return literalStars(expression.operand);
    case "any-element":
      return literalStars(expression.elements.condition);
    case "related":
      return literalStars(expression.filter);
    case "equals": {
      const { span, value } = expression;
      if (typeof value !== "string" || !value.includes("*") || !/[A-Za-z0-9]/.test(value)) return [];
      const message = `'*' stands for itself here: '${value}' is compared as a whole`;
      return [diagnostic("literal-wildcard", span, message, "write : or like for a pattern")];
    }
    default:
      return [];
  }
}
