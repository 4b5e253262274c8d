import { parseDateMath, parseDuration } from "@tallyman/ecs";
import { type RuleTypeName, ruleSeverities, ruleTypeNames } from "./rule.ts";
import { json, jsonObject, jsonObjectWith } from "./schema/json-value.ts";
import {
  type Key,
  type Keys,
  object,
  optional,
  optionalName,
  required,
  withDefault,
} from "./schema/object.ts";
import {
  filledText,
  flag,
  list,
  oneOf,
  type Reader,
  text,
  textLike,
  textOrList,
  wholeNumber,
} from "./schema/reader.ts";

// The keys of rule files, as Elastic's rule API and its TOML files have them, with the API's defaults.

/** A key that Tallyman knows of but does not act on; its value is kept in the rule's parameters. */
const kept: Key<unknown> = optional(json);

const texts = list(text);

const dateMath = textLike(
  "date math such as now-9m",
  "bad-date-math",
  (value) => parseDateMath(value) !== undefined,
);

const duration = textLike("a duration such as 5m", "bad-value", (value) => (parseDuration(value) ?? 0) > 0);

const severity = oneOf(ruleSeverities);

const riskScore = wholeNumber(0, 100);

const attackEntry = { id: required(text), name: required(text), reference: withDefault(text, "") };

const threat = object({
  framework: withDefault(text, "MITRE ATT&CK"),
  tactic: required(object(attackEntry)),
  technique: withDefault(
    list(object({ ...attackEntry, subtechnique: withDefault(list(object(attackEntry)), []) })),
    [],
  ),
});

const suppressionDuration = object({
  value: required(wholeNumber(1)),
  unit: required(oneOf(["s", "m", "h"])),
});

const missingFieldsStrategy = withDefault(oneOf(["suppress", "doNotSuppress"]), "suppress");

const fieldNames = object({ field_names: withDefault(texts, []) });

/** An object with the names of fields; the first versions of Kibana that had it wrote the bare list. */
const investigationFields: Reader<readonly string[]> = {
  expects: fieldNames.expects,
  read(value, spot) {
    return Array.isArray(value) ? texts.read(value, spot) : fieldNames.read(value, spot)?.field_names;
  },
};

/** The type of a rule, which says what other keys it has. */
export const typeKeys = { type: required(oneOf(ruleTypeNames)) } as const satisfies Keys;

/** What rules of every type may have. */
export const commonKeys = {
  rule_id: required(filledText, "any text that no other rule has, such as a UUID"),
  name: required(filledText),
  description: required(text),
  risk_score: required(riskScore),
  severity: required(severity),
  version: withDefault(wholeNumber(1), 1),
  author: withDefault(texts, []),
  license: optional(text),
  tags: withDefault(texts, []),
  references: withDefault(texts, []),
  false_positives: withDefault(texts, []),
  threat: withDefault(list(threat), []),
  note: optional(text),
  setup: optional(text),
  from: withDefault(dateMath, "now-6m"),
  to: withDefault(dateMath, "now"),
  interval: withDefault(duration, "5m"),
  max_signals: withDefault(wholeNumber(1), 100),
  timestamp_override: optionalName,
  timestamp_override_fallback_disabled: withDefault(flag, false),
  rule_name_override: optionalName,
  severity_mapping: withDefault(
    list(
      object({
        field: required(text),
        operator: withDefault(oneOf(["equals"]), "equals"),
        value: required(text),
        severity: required(severity),
      }),
    ),
    [],
  ),
  risk_score_mapping: withDefault(
    list(
      object({
        field: required(text),
        operator: withDefault(oneOf(["equals"]), "equals"),
        value: withDefault(text, ""),
        risk_score: optional(riskScore),
      }),
    ),
    [],
  ),
  building_block_type: optional(text),
  investigation_fields: withDefault(investigationFields, []),
  exceptions_list: withDefault(list(jsonObject), []),
  timeline_id: optional(text),
  timeline_title: optional(text),
  enabled: withDefault(flag, true),
} as const satisfies Keys;

/** What Kibana writes into every rule it exports. */
export const keptKeys = {
  actions: kept,
  alias_purpose: kept,
  alias_target_id: kept,
  created_at: kept,
  created_by: kept,
  execution_summary: kept,
  id: kept,
  immutable: kept,
  meta: kept,
  namespace: kept,
  outcome: kept,
  output_index: kept,
  related_integrations: kept,
  required_fields: kept,
  response_actions: kept,
  revision: kept,
  rule_source: kept,
  throttle: kept,
  updated_at: kept,
  updated_by: kept,
} as const satisfies Keys;

const search = {
  index: optional(texts),
  data_view_id: kept,
  filters: withDefault(list(jsonObject), []),
};

const kqlOrLucene = withDefault(oneOf(["kuery", "lucene"]), "kuery");

const query = required(filledText, "it says what to look for, in the language of the rule's type");

/** Suppression by the values of fields. */
const groupedSuppression = optional(
  object({
    group_by: required(list(text, 1, 3)),
    duration: optional(suppressionDuration),
    missing_fields_strategy: missingFieldsStrategy,
  }),
);

/** Suppression by the fields that a threshold counts by. */
const thresholdSuppression = optional(
  object({
    group_by: withDefault(texts, []),
    duration: required(suppressionDuration),
    missing_fields_strategy: missingFieldsStrategy,
  }),
);

const newTermsFields = list(filledText, 1, 3);

const threatMappingEntry = object({
  field: required(filledText),
  type: withDefault(oneOf(["mapping"]), "mapping"),
  value: required(filledText),
  negate: withDefault(flag, false),
});

/** What a rule may have besides what all have, by its type. */
export const settingKeys = {
  query: {
    ...search,
    language: kqlOrLucene,
    query,
    alert_suppression: groupedSuppression,
    saved_id: kept,
  },
  saved_query: {
    ...search,
    language: kqlOrLucene,
    query: required(filledText, "a saved query stays in Kibana: write its text here"),
    alert_suppression: groupedSuppression,
    saved_id: kept,
  },
  new_terms: {
    ...search,
    language: kqlOrLucene,
    query,
    alert_suppression: groupedSuppression,
    new_terms_fields: optional(newTermsFields),
    history_window_start: optional(dateMath),
    // The same two in the wrapping that only Elastic's TOML files have.
    new_terms: optional(
      object({
        field: optional(oneOf(["new_terms_fields"])),
        value: required(newTermsFields),
        history_window_start: required(
          list(object({ field: optional(oneOf(["history_window_start"])), value: required(dateMath) }), 1, 1),
        ),
      }),
    ),
  },
  eql: {
    ...search,
    language: withDefault(oneOf(["eql"]), "eql"),
    query,
    alert_suppression: groupedSuppression,
    event_category_override: optionalName,
    timestamp_field: optionalName,
    tiebreaker_field: optionalName,
  },
  threshold: {
    ...search,
    language: kqlOrLucene,
    query,
    alert_suppression: thresholdSuppression,
    saved_id: kept,
    threshold: required(
      object({
        field: withDefault(textOrList(), []),
        value: required(wholeNumber(1)),
        cardinality: withDefault(
          list(object({ field: required(filledText), value: required(wholeNumber(0)) })),
          [],
        ),
      }),
    ),
  },
  threat_match: {
    ...search,
    language: kqlOrLucene,
    query,
    alert_suppression: groupedSuppression,
    saved_id: kept,
    threat_query: query,
    threat_language: kqlOrLucene,
    threat_index: required(list(filledText, 1)),
    threat_filters: withDefault(list(jsonObject), []),
    threat_indicator_path: withDefault(filledText, "threat.indicator"),
    threat_mapping: required(list(object({ entries: required(list(threatMappingEntry, 1)) }), 1)),
    concurrent_searches: kept,
    items_per_search: kept,
  },
  esql: {
    language: withDefault(oneOf(["esql"]), "esql"),
    query,
    alert_suppression: groupedSuppression,
  },
  machine_learning: {
    machine_learning_job_id: required(textOrList(1)),
    anomaly_threshold: required(wholeNumber(0, 100)),
    alert_suppression: groupedSuppression,
  },
} as const satisfies Record<RuleTypeName, Keys>;

/** `[metadata]` of a TOML file. Nothing in it changes what a rule does, so its values are only kept. */
export const metadata = jsonObjectWith([
  "bypass_bbr_timing",
  "comments",
  "creation_date",
  "deprecated_reason",
  "deprecation_date",
  "extended",
  "integration",
  "maturity",
  "min_stack_comments",
  "min_stack_version",
  "os_type_list",
  "promotion",
  "query_schema_validation",
  "related_endpoint_rules",
  "updated_date",
]);

/** `[transform]` of a TOML file: what Elastic's build puts in place of marks in the note. */
export const transform = jsonObjectWith(["investigate", "osquery"]);
