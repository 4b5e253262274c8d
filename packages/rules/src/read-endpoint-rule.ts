import { type JsonObject, parseDuration } from "@tallyman/ecs";
import { endpointActionKeys, endpointKeys, endpointKeysAround } from "./endpoint-rule-keys.ts";
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
  const around = readKeys(endpointKeysAround, sheet.beside, besideSpot);
  const actions = readKeys(endpointActionKeys, table, spot);
  const actionsBeside = isApart ? readKeys(endpointActionKeys, sheet.beside, besideSpot) : noActions;
  const ownKeys = { ...endpointKeys, ...endpointActionKeys };
  const known = Object.keys(isApart ? ownKeys : { ...ownKeys, ...endpointKeysAround });
  for (const [key, value] of Object.entries(table)) {
    if (known.includes(key)) continue;
    reportUnknown(spot.at(key), known);
    json.read(value, spot.at(key));
  }
  const isWhole =
    own !== undefined && around !== undefined && actions !== undefined && actionsBeside !== undefined;
  if (!isWhole || diagnostics.errorCount > errorsBefore) return undefined;
  const { id, license, name, description, os_list, query, reference: references, version } = own;
  const { threat } = around;
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
      parameters: {
        ...jsonOf(sheet.beside, ["threat", "internal"]),
        ...jsonOf(table),
        actions: [...actions.actions, ...actionsBeside.actions],
        optional_actions: [...actions.optional_actions, ...actionsBeside.optional_actions],
      },
      source,
    }
  );
}

const noActions = { actions: [], optional_actions: [] } as const;

/** The keys of a table, or those that are named, as JSON. */
function jsonOf(table: Table, keys = Object.keys(table)): JsonObject {
  return Object.fromEntries(
    keys.flatMap((key) => (Object.hasOwn(table, key) ? [[key, toJson(table[key])]] : [])),
  );
}
