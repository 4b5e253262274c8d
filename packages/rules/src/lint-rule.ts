import type { FieldCatalogue } from "@tallyman/ecs";
import {
  type ConditionFacts,
  conditionFacts,
  type Diagnostic,
  type EqlOptions,
  type Expression,
  eqlConditions,
  type LocatedDiagnostic,
  lintCondition,
  lintEql,
  lintFilter,
  lintKql,
  lowerFilter,
  lowerKql,
  parseKql,
  spanInFile,
} from "@tallyman/languages";
import type { Rule, RuleFilter, RuleQuery } from "./rule.ts";

/**
 * Finds what is valid and hardly meant in a rule's queries and filters; docs/diagnostics.md has the codes. Queries in Lucene and ES|QL are not
 * looked at.
 */
export function lintRule(rule: Rule, catalogue: FieldCatalogue): readonly LocatedDiagnostic[] {
  const found: Diagnostic[] = [];
  const addQuery = (query: RuleQuery): void => {
    const slips = lintQuery(query, rule, catalogue);
    found.push(...slips.map((slip) => ({ ...slip, span: spanInFile(query, slip.span) })));
  };
  if ("query" in rule) addQuery(rule.query);
  const [condition, ...others] = rule.filters.length === 0 ? [] : queryConditions(rule, catalogue);
  const facts = condition && others.length === 0 ? conditionFacts(condition, catalogue) : undefined;
  for (const { span, value } of rule.filters) {
    found.push(...lintFilter(value, span));
    const { expression } = lowerFilter(value, span);
    if (expression === undefined || facts === undefined) continue;
    found.push(...lintCondition(expression, catalogue, facts));
  }
  if (rule.type === "threat_match") {
    addQuery(rule.threat_query);
    for (const { span, value } of rule.threat_filters) found.push(...lintFilter(value, span));
  }
  return found.map((slip) => ({ ...slip, source: rule.source.text }));
}

/** What is known of an event that a rule finds, or of each of the events that it joins, by query and filters; empty when nothing is. */
export function factsOfRule(rule: Rule, catalogue: FieldCatalogue): readonly ConditionFacts[] {
  const filters = rule.filters.flatMap((filter) => expressionOf(filter) ?? []);
  return queryConditions(rule, catalogue).map((condition) =>
    conditionFacts({ kind: "and", operands: [condition, ...filters] }, catalogue),
  );
}

function expressionOf({ span, value }: RuleFilter): Expression | undefined {
  return lowerFilter(value, span).expression;
}

function lintQuery(query: RuleQuery, rule: Rule, catalogue: FieldCatalogue): readonly Diagnostic[] {
  switch (query.language) {
    case "kuery":
      return lintKql(query.text, catalogue);
    case "eql":
      return lintEql(query.text, catalogue, optionsOf(rule));
    default:
      return [];
  }
}

function queryConditions(rule: Rule, catalogue: FieldCatalogue): readonly Expression[] {
  if (!("query" in rule)) return [];
  const { language, text } = rule.query;
  if (language === "eql") return eqlConditions(text, catalogue, optionsOf(rule));
  if (language !== "kuery") return [];
  const { query } = parseKql(text);
  return query === undefined ? [] : [lowerKql(query)];
}

function optionsOf(rule: Rule): EqlOptions {
  if (rule.type !== "eql") return {};
  const { dialect, event_category_override } = rule;
  return {
    dialect,
    ...(event_category_override === undefined ? {} : { eventCategoryField: event_category_override }),
  };
}
