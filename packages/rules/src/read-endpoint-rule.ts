import { parseDuration } from "@tallyman/ecs";
import { endpointKeys, endpointKeysBeside } from "./endpoint-rule-keys.ts";
import type { FileDiagnostics } from "./file-diagnostics.ts";
import type { RuleSheet } from "./find-rules.ts";
import type { EqlRule } from "./rule.ts";
import { commonKeys } from "./rule-keys.ts";
import { FileRuleSource } from "./rule-source.ts";
import { json, reportUnknown, toJson } from "./schema/json-value.ts";
import { readKeys } from "./schema/object.ts";
import type { Table } from "./schema/reader.ts";
import { Spot } from "./schema/spot.ts";

/**
 * What endpoint rules do not say and other rules must. Severity, score and limit are those of the rule by which Elastic Security takes up the
 * alerts of endpoints ("Behavior - Detected - Elastic Defend"). The look-back is how long a sequence without `maxspan` may take.
 */
const unsaid = {
  severity: "medium",
  risk_score: 47,
  max_signals: 1000,
  from: "now-1h",
  type: "eql",
} as const;

/** Reads one of Elastic's endpoint behaviour rules as a rule of type `eql`, and reports every problem it has; undefined when one is an error. */
export function readEndpointRule(sheet: RuleSheet, diagnostics: FileDiagnostics): EqlRule | undefined {
  const errorsBefore = diagnostics.errorCount;
  const { base, document, rule: table } = sheet;
  const spot = Spot.root(diagnostics, document, base);
  const isApart = sheet.beside !== table;
  const besideSpot = isApart ? Spot.root(diagnostics, document, base.slice(0, -1)) : spot;
  const own = readKeys(endpointKeys, table, spot);
  const aside = readKeys(endpointKeysBeside, sheet.beside, besideSpot);
  const known = Object.keys(isApart ? endpointKeys : { ...endpointKeys, ...endpointKeysBeside });
  for (const [key, value] of Object.entries(table)) {
    if (known.includes(key)) continue;
    reportUnknown(spot.at(key), known);
    json.read(value, spot.at(key));
  }
  if (own === undefined || aside === undefined || diagnostics.errorCount > errorsBefore) return undefined;
  const { id, license, name, description, os_list, query, reference: references, version } = own;
  const { threat } = aside;
  const source = new FileRuleSource(diagnostics.source, sheet);
  const said = { rule_id: id, name, description, license, references };
  const common = readKeys(commonKeys, { ...unsaid, ...said }, spot);
  return (
    common && {
      ...common,
      type: "eql",
      threat,
      version: version ?? common.version,
      intervalMs: parseDuration(common.interval) as number,
      index: undefined,
      filters: [],
      alert_suppression: undefined,
      query: source.query("query", query, "eql"),
      dialect: "endpoint",
      os_list,
      event_category_override: undefined,
      timestamp_field: undefined,
      tiebreaker_field: undefined,
      metadata: {},
      parameters: Object.fromEntries(
        Object.entries({ ...besideOf(sheet), ...table }).map(([key, value]) => [key, toJson(value)]),
      ),
      source,
    }
  );
}

/** What stands beside the table of the rule; of keys that are in both the table's counts. */
function besideOf({ beside }: RuleSheet): Table {
  return Object.fromEntries(Object.entries(beside).filter(([key]) => Object.hasOwn(endpointKeysBeside, key)));
}
