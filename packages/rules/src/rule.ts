import type { JsonObject } from "@tallyman/ecs";
import type { EmbeddedText, EqlDialect, LocatedDiagnostic, SourceText, Span } from "@tallyman/languages";

export type RuleSeverity = "low" | "medium" | "high" | "critical";

/** The severities from mild to grave. */
export const ruleSeverities = [
  "low",
  "medium",
  "high",
  "critical",
] as const satisfies readonly RuleSeverity[];

/** The kinds of rule that Elastic Security knows. */
export type RuleTypeName =
  | "query"
  | "saved_query"
  | "new_terms"
  | "eql"
  | "threshold"
  | "threat_match"
  | "esql"
  | "machine_learning";

export const ruleTypeNames = [
  "query",
  "saved_query",
  "new_terms",
  "eql",
  "threshold",
  "threat_match",
  "esql",
  "machine_learning",
] as const satisfies readonly RuleTypeName[];

/** What a query is written in: Elastic's names. */
export type QueryLanguage = "kuery" | "lucene" | "eql" | "esql";

/** Those whose queries are about one event. */
export type EventLanguage = "kuery" | "lucene";

/** A query with its place in the rule file, so that diagnostics about it point into the file. */
export interface RuleQuery<L extends QueryLanguage = QueryLanguage> extends EmbeddedText {
  readonly language: L;
}

/** One tactic of ATT&CK, or of another framework, with the techniques below it. */
export interface Threat {
  readonly framework: string;
  readonly tactic: ThreatEntry;
  readonly technique: readonly ThreatTechnique[];
}

export interface ThreatEntry {
  readonly id: string;
  readonly name: string;
  readonly reference: string;
}

export interface ThreatTechnique extends ThreatEntry {
  readonly subtechnique: readonly ThreatEntry[];
}

/** An entry of `severity_mapping`: the rule's alerts get this severity when the field equals the value. */
export interface SeverityMapping {
  readonly field: string;
  readonly operator: "equals";
  readonly value: string;
  readonly severity: RuleSeverity;
}

/** An entry of `risk_score_mapping`: the rule's alerts take their risk score from the field. */
export interface RiskScoreMapping {
  readonly field: string;
  readonly operator: "equals";
  readonly value: string;
  readonly risk_score: number | undefined;
}

export interface AlertSuppression {
  readonly group_by: readonly string[];
  readonly duration: { readonly value: number; readonly unit: "s" | "m" | "h" } | undefined;
  readonly missing_fields_strategy: "suppress" | "doNotSuppress";
}

/** What every rule has, whatever its type. Names are those of Elastic's rule API; absent settings have its defaults. */
export interface RuleBase {
  readonly type: RuleTypeName;
  readonly rule_id: string;
  readonly name: string;
  readonly description: string;
  readonly risk_score: number;
  readonly severity: RuleSeverity;
  /** A number; of endpoint rules a text such as `1.0.6`. */
  readonly version: number | string;
  readonly author: readonly string[];
  readonly license: string | undefined;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly false_positives: readonly string[];
  readonly threat: readonly Threat[];
  readonly note: string | undefined;
  readonly setup: string | undefined;
  readonly enabled: boolean;
  /** Date math, relative to the moment of a run: the oldest event of a run. Default `now-6m`. */
  readonly from: string;
  /** Date math: the newest event of a run. Default `now`. */
  readonly to: string;
  /** How often Elastic runs the rule, in milliseconds. Default 5 minutes. */
  readonly intervalMs: number;
  /** The same as written, for alert documents. */
  readonly interval: string;
  readonly max_signals: number;
  /** Index patterns, `*` and leading `-` included; undefined when the rule names none. */
  readonly index: readonly string[] | undefined;
  readonly timestamp_override: string | undefined;
  readonly timestamp_override_fallback_disabled: boolean;
  readonly rule_name_override: string | undefined;
  readonly severity_mapping: readonly SeverityMapping[];
  readonly risk_score_mapping: readonly RiskScoreMapping[];
  readonly building_block_type: string | undefined;
  readonly investigation_fields: readonly string[];
  readonly alert_suppression: AlertSuppression | undefined;
  /** Kibana filter objects as written; each with its place in the file. */
  readonly filters: readonly RuleFilter[];
  readonly exceptions_list: readonly JsonObject[];
  readonly timeline_id: string | undefined;
  readonly timeline_title: string | undefined;
  /** `[metadata]` of a TOML file, kept as it is: dates, maturity, integrations, minimum stack version. */
  readonly metadata: JsonObject;
  /** The rule as its file wrote it, in the shape of Elastic's rule API, for alert documents and `rules show`. */
  readonly parameters: JsonObject;
  readonly source: RuleSource;
}

export interface RuleFilter {
  readonly value: JsonObject;
  readonly span: Span;
}

/** Where a rule came from, and where in that text each of its settings stands. */
export interface RuleSource {
  readonly text: SourceText;
  /** The place of the value at a key path such as `["threshold", "field", 0]`; that of the nearest enclosing value when absent. */
  spanOf(path: readonly (string | number)[]): Span;
}

export interface QueryRule extends RuleBase {
  readonly type: "query" | "saved_query";
  readonly query: RuleQuery<EventLanguage>;
}

export interface NewTermsRule extends RuleBase {
  readonly type: "new_terms";
  readonly query: RuleQuery<EventLanguage>;
  /** One to three field names. */
  readonly new_terms_fields: readonly string[];
  /** Date math, earlier than `from`. */
  readonly history_window_start: string;
}

export interface EqlRule extends RuleBase {
  readonly type: "eql";
  readonly query: RuleQuery<"eql">;
  /** Endpoint rules are read in the endpoint dialect, all others in Elasticsearch's. */
  readonly dialect: EqlDialect;
  /** The systems that the rule is for: of endpoint rules only. */
  readonly os_list: readonly string[] | undefined;
  readonly event_category_override: string | undefined;
  readonly timestamp_field: string | undefined;
  readonly tiebreaker_field: string | undefined;
}

export interface ThresholdRule extends RuleBase {
  readonly type: "threshold";
  readonly query: RuleQuery<EventLanguage>;
  readonly threshold: {
    readonly field: readonly string[];
    readonly value: number;
    readonly cardinality: readonly { readonly field: string; readonly value: number }[];
  };
}

export interface ThreatMatchRule extends RuleBase {
  readonly type: "threat_match";
  readonly query: RuleQuery<EventLanguage>;
  readonly threat_query: RuleQuery<EventLanguage>;
  readonly threat_index: readonly string[];
  readonly threat_filters: readonly RuleFilter[];
  readonly threat_indicator_path: string;
  readonly threat_mapping: readonly {
    readonly entries: readonly ThreatMappingEntry[];
  }[];
}

/** The event's field equals the indicator's, whose name is `value`; or, when negated, differs from it. */
export interface ThreatMappingEntry {
  readonly field: string;
  readonly type: "mapping";
  readonly value: string;
  readonly negate: boolean;
}

export interface EsqlRule extends RuleBase {
  readonly type: "esql";
  readonly query: RuleQuery<"esql">;
}

export interface MachineLearningRule extends RuleBase {
  readonly type: "machine_learning";
  readonly machine_learning_job_id: readonly string[];
  readonly anomaly_threshold: number;
}

export type Rule =
  | QueryRule
  | NewTermsRule
  | EqlRule
  | ThresholdRule
  | ThreatMatchRule
  | EsqlRule
  | MachineLearningRule;

/** A file that may hold rules. */
export interface RuleFile {
  /** The path as it is to be printed. */
  readonly path: string;
  readonly text: string;
}

/** What came of reading rule files: the rules that are whole, in file order, and everything that was wrong. */
export interface LoadedRules {
  readonly rules: readonly Rule[];
  readonly diagnostics: readonly LocatedDiagnostic[];
}
