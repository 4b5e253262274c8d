import type { FieldCatalogue } from "@tallyman/ecs";
import {
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
  const conditions = queryConditions(rule, catalogue);
  for (const { span, value } of rule.filters) {
    found.push(...lintFilter(value, span));
    const { expression } = lowerFilter(value, span);
    const [condition] = conditions;
    if (expression === undefined || condition === undefined || conditions.length > 1) continue;
    found.push(...lintCondition(expression, catalogue, [condition]));
  }
  if (rule.type === "threat_match") {
    addQuery(rule.threat_query);
    for (const { span, value } of rule.threat_filters) found.push(...lintFilter(value, span));
  }
  return found.map((slip) => ({ ...slip, source: rule.source.text }));
}

/**
 * What a rule asks of an event, or of each of the events that it joins, filters included; empty when that is not known. Places in them are of no
 * use: they come from several texts.
 */
export function conditionsOfRule(rule: Rule, catalogue: FieldCatalogue): readonly Expression[] {
  const filters = rule.filters.flatMap((filter) => expressionOf(filter) ?? []);
  return queryConditions(rule, catalogue).map((condition) => ({
    kind: "and",
    operands: [condition, ...filters],
  }));
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
