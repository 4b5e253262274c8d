import type { JsonObject } from "@tallyman/ecs";
import { type EqlFilter, type EqlQuery, parseEql, printEql } from "@tallyman/languages";
import { loadRules, type Rule } from "@tallyman/rules";

/**
 * Each condition of the rules as a rule of its own that remembers nothing: of a sequence every stage, of new_terms and threshold rules the query.
 * Its id is that of its rule, and of a stage its number from 0, or `until`, behind a slash.
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
  if (!("query" in rule)) return [];
  const base = Object.fromEntries(kept.map((name) => [name, rule.parameters[name]]));
  const { language, text } = rule.query;
  if (language !== "eql") return [{ ...base, rule_id: rule.rule_id, type: "query", language, query: text }];
  return eventQueries(text).map(({ query, stage }) => ({
    ...base,
    rule_id: stage === undefined ? rule.rule_id : `${rule.rule_id}/${stage}`,
    type: "eql",
    language: "eql",
    query,
  }));
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
