import { type JsonObject, parseNumber, readAll, readFirst } from "@tallyman/ecs";
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
  const value = field === undefined ? undefined : readFirst(document, field, "scalar");
  return typeof value === "string" && value !== "" ? value : rule.name;
}

/** The gravest severity whose mapping holds. */
function severityOf(rule: RuleBase, document: JsonObject): RuleSeverity {
  let gravest = -1;
  for (const { field, value, severity } of rule.severity_mapping) {
    const holds =
      field === "event.severity"
        ? readAll(document, field, "number").some((number) => String(Math.floor(number)) === value)
        : readAll(document, field, "keyword").includes(value);
    if (holds) gravest = Math.max(gravest, ruleSeverities.indexOf(severity));
  }
  return ruleSeverities[gravest] ?? rule.severity;
}

function riskScoreOf(rule: RuleBase, document: JsonObject): number {
  for (const { field } of rule.risk_score_mapping) {
    const value = readFirst(document, field, "scalar");
    const score =
      typeof value === "number" ? value : typeof value === "string" ? parseNumber(value) : undefined;
    if (score !== undefined && score >= 0 && score <= 100) return score;
  }
  return rule.risk_score;
}
