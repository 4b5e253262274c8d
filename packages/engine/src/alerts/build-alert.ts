import { formatTimestamp, isJsonObject, type Json, type JsonObject, type Scalar } from "@tallyman/ecs";
import type { Rule } from "@tallyman/rules";
import type { EventFinding } from "../rule-types/rule-type.ts";
import type { Alert } from "./alert.ts";
import { digest, digestOf, uuidOf } from "./alert-id.ts";
import { type Ancestor, ancestryOf } from "./ancestry.ts";
import { rate } from "./overrides.ts";
import { reasonOf } from "./reason.ts";
import { RenamedFields } from "./renamed-fields.ts";
import type { SourceFields } from "./source-fields.ts";

/** What stands in every alert of a rule, made once. */
export interface AlertTemplate {
  readonly rule: Rule;
  readonly fields: JsonObject;
  /** The id of the run, every `interval`, in which Elastic would have found what the rule found at that time. */
  readonly executionAt: (timeMs: number) => string;
}

/** The only space there is. */
const space = "default";

/** The part of a rule's alerts that does not depend on the event. */
export function alertTemplate(rule: Rule): AlertTemplate {
  const { metadata } = rule;
  const fields: Record<string, Json | undefined> = {
    "kibana.alert.rule.uuid": rule.rule_id,
    "kibana.alert.rule.rule_id": rule.rule_id,
    "kibana.alert.rule.type": rule.type,
    "kibana.alert.rule.category": categories[rule.type],
    "kibana.alert.rule.rule_type_id": ruleTypeIds[rule.type],
    "kibana.alert.rule.producer": "siem",
    "kibana.alert.rule.consumer": "siem",
    "kibana.alert.rule.description": rule.description,
    "kibana.alert.rule.version": rule.version,
    "kibana.alert.rule.revision": 0,
    "kibana.alert.rule.author": rule.author,
    "kibana.alert.rule.license": rule.license,
    "kibana.alert.rule.enabled": true,
    "kibana.alert.rule.immutable": false,
    "kibana.alert.rule.created_at": dateOf(metadata["creation_date"]),
    "kibana.alert.rule.updated_at": dateOf(metadata["updated_date"]),
    "kibana.alert.rule.tags": rule.tags,
    "kibana.alert.rule.false_positives": rule.false_positives,
    "kibana.alert.rule.references": rule.references,
    "kibana.alert.rule.threat": rule.threat as unknown as Json,
    "kibana.alert.rule.note": rule.note,
    "kibana.alert.rule.setup": rule.setup,
    "kibana.alert.rule.from": rule.from,
    "kibana.alert.rule.to": rule.to,
    "kibana.alert.rule.interval": rule.interval,
    "kibana.alert.rule.indices": rule.index,
    "kibana.alert.rule.max_signals": rule.max_signals,
    "kibana.alert.rule.timestamp_override": rule.timestamp_override,
    "kibana.alert.rule.rule_name_override": rule.rule_name_override,
    "kibana.alert.rule.severity_mapping": rule.severity_mapping as unknown as Json,
    "kibana.alert.rule.risk_score_mapping": rule.risk_score_mapping as unknown as Json,
    "kibana.alert.rule.exceptions_list": rule.exceptions_list,
    "kibana.alert.rule.timeline_id": rule.timeline_id,
    "kibana.alert.rule.timeline_title": rule.timeline_title,
    "kibana.alert.rule.parameters": rule.parameters,
    "kibana.alert.building_block_type": rule.building_block_type,
    "kibana.space_ids": [space],
  };
  return { rule, fields: defined(fields), executionAt: executionIds(rule) };
}

function executionIds({ intervalMs, rule_id }: Rule): AlertTemplate["executionAt"] {
  let last: { readonly number: number; readonly id: string } | undefined;
  return (timeMs) => {
    const number = Math.floor(timeMs / Math.max(1, intervalMs));
    if (last?.number !== number) last = { number, id: uuidOf(`${rule_id} ${number}`) };
    return last.id;
  };
}

/** The same for alerts whose name, severity and score are the rule's own, whatever the event says. */
export function withoutOverrides(template: AlertTemplate): AlertTemplate {
  const rule = {
    ...template.rule,
    rule_name_override: undefined,
    severity_mapping: [],
    risk_score_mapping: [],
  };
  return { ...template, rule };
}

/** Makes the alert of a finding. `sources` says which of the event's values a cluster would take. */
export function buildAlert(
  template: AlertTemplate,
  finding: EventFinding,
  timeMs: number,
  sources: SourceFields,
): Alert {
  const { rule } = template;
  const { event, newTerms } = finding;
  const { document } = event;
  const rating = rate(rule, document);
  const reason = reasonOf(document, rating);
  const id = alertIdOf(rule, event.index, event.id(), newTerms);
  const ancestry = ancestryOf(document, { id: event.id(), index: event.index });
  const now = formatTimestamp(event.nowMs);
  const { event: original, rest } = splitEvent(sources.of(document));
  const fields: Record<string, Json> = {
    ...rest,
    event: { ...original, kind: "signal" },
    "@timestamp": now,
    ...template.fields,
    "kibana.alert.uuid": id,
    "kibana.alert.start": now,
    "kibana.alert.last_detected": now,
    "kibana.alert.status": "active",
    "kibana.alert.workflow_status": "open",
    "kibana.alert.workflow_tags": [],
    "kibana.alert.workflow_assignee_ids": [],
    "kibana.alert.rule.name": rating.name,
    "kibana.alert.severity": rating.severity,
    "kibana.alert.risk_score": rating.riskScore,
    "kibana.alert.rule.severity": rating.severity,
    "kibana.alert.rule.risk_score": rating.riskScore,
    "kibana.alert.reason": reason,
    "kibana.alert.depth": ancestry.depth,
    "kibana.alert.ancestors": ancestry.ancestors as unknown as Json,
  };
  if (event.timestampMs !== undefined)
    fields["kibana.alert.original_time"] = formatTimestamp(event.timestampMs);
  fields["kibana.alert.intended_timestamp"] = now;
  fields["kibana.alert.rule.execution.uuid"] = template.executionAt(timeMs);
  fields["kibana.alert.rule.execution.timestamp"] = now;
  fields["kibana.alert.rule.execution.type"] = "scheduled";
  if (newTerms !== undefined) fields["kibana.alert.new_terms"] = newTerms;
  for (const key of Object.keys(original)) fields[originalNames.of(key)] = original[key] as Json;
  return {
    id,
    ruleId: rule.rule_id,
    ruleName: rating.name,
    severity: rating.severity,
    riskScore: rating.riskScore,
    eventTimeMs: event.timestampMs,
    reason,
    document: fields,
  };
}

/** The names that an event's own fields below `event` have in an alert. */
const originalNames = new RenamedFields("", "kibana.alert.original_event.");

/** True when the event is an alert of this very rule, or descends from one: a rule never sees its own. */
export function descendsFrom(ancestors: readonly Ancestor[], ruleId: string): boolean {
  return ancestors.some(({ rule }) => rule === ruleId);
}

/** The id of the alert that a rule raises for an event. Source: detection engine, "alert identity". */
function alertIdOf(
  rule: Rule,
  index: string,
  eventId: string,
  newTerms: readonly Scalar[] | undefined,
): string {
  // The document's version is not asked for by the searches that Elastic runs, which puts this word into the digest.
  const version = "undefined";
  const owner = `${space}:${rule.rule_id}`;
  return newTerms === undefined
    ? digest(`${index}${eventId}${version}${owner}`)
    : digestOf([index, eventId, version, owner, newTerms]);
}

/** The fields below `event`, however the document writes them, and everything else. */
function splitEvent(source: JsonObject): { readonly event: JsonObject; readonly rest: JsonObject } {
  const within = source["event"];
  const keys = Object.keys(source);
  const isUsual =
    !keys.some((key) => key.startsWith("event.")) && (within === undefined || isJsonObject(within));
  if (isUsual) {
    const { event: _, ...rest } = source;
    return { event: isJsonObject(within) ? within : {}, rest };
  }
  const event: [string, Json | undefined][] = [];
  const rest: [string, Json | undefined][] = [];
  for (const [key, value] of Object.entries(source)) {
    if (key === "event" && isJsonObject(value)) event.push(...Object.entries(value));
    else if (key.startsWith("event.")) event.push([key.slice("event.".length), value]);
    else rest.push([key, value]);
  }
  return { event: Object.fromEntries(event), rest: Object.fromEntries(rest) };
}

function defined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: Record<string, Json> = {};
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

/** TOML rules write dates as `2024/05/01`. */
function dateOf(value: Json | undefined): string | undefined {
  const match = typeof value === "string" ? /^(\d{4})[/-](\d{2})[/-](\d{2})$/.exec(value) : null;
  return match === null ? undefined : `${match[1]}-${match[2]}-${match[3]}T00:00:00.000Z`;
}

const categories: Readonly<Record<Rule["type"], string>> = {
  query: "Custom Query Rule",
  saved_query: "Saved Query Rule",
  new_terms: "New Terms Rule",
  eql: "Event Correlation Rule",
  threshold: "Threshold Rule",
  threat_match: "Indicator Match Rule",
  esql: "ES|QL Rule",
  machine_learning: "Machine Learning Rule",
};

const ruleTypeIds: Readonly<Record<Rule["type"], string>> = {
  query: "siem.queryRule",
  saved_query: "siem.savedQueryRule",
  new_terms: "siem.newTermsRule",
  eql: "siem.eqlRule",
  threshold: "siem.thresholdRule",
  threat_match: "siem.indicatorRule",
  esql: "siem.esqlRule",
  machine_learning: "siem.mlRule",
};
