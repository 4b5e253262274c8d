import { type JsonObject, readAll } from "@tallyman/ecs";
import { type RuleBase, type RuleSeverity, ruleSeverities } from "@tallyman/rules";

/** What an alert is called and how grave it is, after the rule's overrides have looked at the event. */
export interface AlertRating {
  readonly name: string;
  readonly severity: RuleSeverity;
  readonly riskScore: number;
}

/** Applies `severity_mapping`, `risk_score_mapping` and `rule_name_override`. Source: detection engine, overrides. */
export function rate(rule: RuleBase, document: JsonObject): AlertRating {
  return {
    name: nameOf(rule, document),
    severity: severityOf(rule, document),
    riskScore: riskScoreOf(rule, document),
  };
}

function nameOf(rule: RuleBase, document: JsonObject): string {
  const field = rule.rule_name_override;
  const values = field === undefined ? [] : readAll(document, field, "scalar");
  const [value] = values;
  // Of several, none is the name.
  return values.length === 1 && typeof value === "string" && value !== "" ? value : rule.name;
}

/** The gravest severity whose mapping holds. */
function severityOf(rule: RuleBase, document: JsonObject): RuleSeverity {
  let gravest = -1;
  for (const { field, value, severity } of rule.severity_mapping) {
    const holds =
      field === "event.severity"
        ? readAll(document, field, "number").includes(Math.floor(Number(value)))
        : readAll(document, field, "keyword").includes(value);
    if (holds) gravest = Math.max(gravest, ruleSeverities.indexOf(severity));
  }
  return ruleSeverities[gravest] ?? rule.severity;
}

/** The greatest score in the field of the first mapping; Kibana writes no more than one. */
function riskScoreOf(rule: RuleBase, document: JsonObject): number {
  const [mapping] = rule.risk_score_mapping;
  if (mapping === undefined) return rule.risk_score;
  const scores = readAll(document, mapping.field, "number").filter((score) => score >= 0 && score <= 100);
  return scores.length === 0 ? rule.risk_score : scores.reduce((a, b) => Math.max(a, b));
}
