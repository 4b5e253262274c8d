import type { JsonObject } from "@tallyman/ecs";
import type { AlertSuppression, NewTermsRule, QueryLanguage, Rule, RuleBase, RuleTypeName } from "./rule.ts";
import { settingKeys } from "./rule-keys.ts";
import type { FileRuleSource } from "./rule-source.ts";
import { readKeys, reportMissing } from "./schema/object.ts";
import type { Table } from "./schema/reader.ts";
import type { Spot } from "./schema/spot.ts";

/** The part of a rule that depends on its type: what it searches, and for what. */
export type Settings<R = Rule> = R extends Rule
  ? Omit<R, Exclude<keyof RuleBase, "type" | "alert_suppression" | "index" | "filters">>
  : never;

/** Reads the settings of a rule of this type; undefined when something is wrong with them. */
export function readSettings(
  type: RuleTypeName,
  table: Table,
  spot: Spot,
  source: FileRuleSource,
): Settings | undefined {
  switch (type) {
    case "query":
    case "saved_query": {
      const own = readKeys(settingKeys[type], table, spot);
      return own && { type, ...searchOf(own, source) };
    }
    case "new_terms":
      return readNewTerms(table, spot, source);
    case "eql": {
      const own = readKeys(settingKeys.eql, table, spot);
      if (own === undefined) return undefined;
      const { event_category_override, timestamp_field, tiebreaker_field } = own;
      return {
        type,
        ...searchOf(own, source),
        dialect: "elasticsearch",
        os_list: undefined,
        event_category_override,
        timestamp_field,
        tiebreaker_field,
      };
    }
    case "threshold": {
      const own = readKeys(settingKeys.threshold, table, spot);
      return own && { type, ...searchOf(own, source), threshold: own.threshold };
    }
    case "threat_match": {
      const own = readKeys(settingKeys.threat_match, table, spot);
      return (
        own && {
          type,
          ...searchOf(own, source),
          threat_query: source.query("threat_query", own.threat_query, own.threat_language),
          threat_index: own.threat_index,
          threat_filters: source.filters("threat_filters", own.threat_filters),
          threat_indicator_path: own.threat_indicator_path,
          threat_mapping: own.threat_mapping,
        }
      );
    }
    case "esql": {
      const own = readKeys(settingKeys.esql, table, spot);
      return own && { type, ...searchOf({ index: undefined, filters: [], ...own }, source) };
    }
    case "machine_learning": {
      const own = readKeys(settingKeys.machine_learning, table, spot);
      return own && { type, index: undefined, filters: [], ...own };
    }
  }
}

interface Search<L extends QueryLanguage> {
  readonly query: string;
  readonly language: L;
  readonly index: readonly string[] | undefined;
  readonly filters: readonly JsonObject[];
  readonly alert_suppression: AlertSuppression | undefined;
}

function searchOf<L extends QueryLanguage>(
  { query, language, index, filters, alert_suppression }: Search<L>,
  source: FileRuleSource,
) {
  return {
    query: source.query("query", query, language),
    index: index === undefined || index.length === 0 ? undefined : index,
    filters: source.filters("filters", filters),
    alert_suppression,
  };
}

function readNewTerms(table: Table, spot: Spot, source: FileRuleSource): Settings<NewTermsRule> | undefined {
  const own = readKeys(settingKeys.new_terms, table, spot);
  if (own === undefined) return undefined;
  // Kibana's API has both settings at the top, Elastic's TOML files wrap them.
  const { new_terms: wrapping } = own;
  const fields = own.new_terms_fields ?? wrapping?.value;
  const history = own.history_window_start ?? wrapping?.history_window_start[0]?.value;
  if (fields === undefined) {
    reportMissing(spot, "new_terms_fields", "it must be a list of one to three fields");
  }
  if (history === undefined) {
    reportMissing(spot, "history_window_start", "it must be date math such as now-7d");
  }
  if (fields === undefined || history === undefined) return undefined;
  return {
    type: "new_terms",
    ...searchOf(own, source),
    new_terms_fields: fields,
    history_window_start: history,
  };
}
