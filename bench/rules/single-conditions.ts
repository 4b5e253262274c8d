import type { JsonObject } from "@tallyman/ecs";
import { type EqlFilter, type EqlQuery, parseEql, printEql } from "@tallyman/languages";
import { loadRules, type MachineLearningRule, type Rule, type ThreatMatchRule } from "@tallyman/rules";

/**
 * Each condition of the rules as a rule of its own that remembers nothing: of a sequence every stage, of new_terms and threshold rules the query,
 * of threat_match rules also what selects indicators, of machine_learning rules what selects records. Its id is that of its rule, and behind a
 * slash the number of a stage from 0, or `until`, or `indicators`.
 *
 * Such rules show what deciding about conditions costs, and what it decides, without state.
 */
export function singleConditions(rules: readonly Rule[]): readonly Rule[] {
  const lines = rules.flatMap(conditionsOf).map((parameters) => JSON.stringify(parameters));
  const loaded = loadRules([{ path: "conditions.ndjson", text: lines.join("\n") }]);
  if (loaded.rules.length !== lines.length)
    throw new Error(
      `Of ${lines.length} conditions ${loaded.rules.length} are whole: ${loaded.diagnostics[0]?.message}`,
    );
  return loaded.rules;
}

/** What of a rule decides which events a condition is asked about. */
const kept = [
  "name",
  "description",
  "severity",
  "risk_score",
  "index",
  "filters",
  "timestamp_override",
  "timestamp_override_fallback_disabled",
  "event_category_override",
] as const;

function conditionsOf(rule: Rule): readonly JsonObject[] {
  const base = Object.fromEntries(kept.map((name) => [name, rule.parameters[name]]));
  if (rule.type === "machine_learning") return [{ ...base, ...recordCondition(rule) }];
  if (!("query" in rule)) return [];
  const { language, text } = rule.query;
  const whole = { ...base, rule_id: rule.rule_id, type: "query", language, query: text };
  if (rule.type === "threat_match") return [whole, { ...base, ...indicatorCondition(rule) }];
  if (language !== "eql") return [whole];
  return eventQueries(text).map(({ query, stage }) => ({
    ...base,
    rule_id: stage === undefined ? rule.rule_id : `${rule.rule_id}/${stage}`,
    type: "eql",
    language: "eql",
    query,
  }));
}

function indicatorCondition(rule: ThreatMatchRule): JsonObject {
  return {
    rule_id: `${rule.rule_id}/indicators`,
    type: "query",
    index: rule.threat_index,
    language: rule.threat_query.language,
    query: rule.threat_query.text,
    filters: rule.threat_filters.map(({ value }) => value),
  };
}

/** What Elastic asks its index of results for. */
function recordCondition(rule: MachineLearningRule): JsonObject {
  const jobs = rule.machine_learning_job_id.map((job) => `"${job}"`).join(" or ");
  return {
    rule_id: rule.rule_id,
    type: "query",
    index: [".ml-anomalies-*"],
    language: "kuery",
    query: `result_type:record and job_id:(${jobs}) and record_score >= ${rule.anomaly_threshold} and not is_interim:true`,
  };
}

interface EventQuery {
  readonly stage: number | "until" | undefined;
  readonly query: string;
}

function eventQueries(text: string): readonly EventQuery[] {
  const { query } = parseEql(text);
  if (query === undefined) return [];
  if (query.kind === "event") return [{ stage: undefined, query: printed(query.filter) }];
  const stages = query.items.map(({ filter }, stage): EventQuery => ({ stage, query: printed(filter) }));
  const until = untilOf(query);
  return until === undefined ? stages : [...stages, { stage: "until", query: printed(until) }];
}

function untilOf(query: EqlQuery): EqlFilter | undefined {
  return "until" in query ? query.until?.filter : undefined;
}

function printed(filter: EqlFilter): string {
  return printEql({ kind: "event", filter, pipes: [], span: filter.span });
}
