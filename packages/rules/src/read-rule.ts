import { type JsonObject, parseDuration } from "@tallyman/ecs";
import { checkTimes } from "./check-times.ts";
import type { FileDiagnostics } from "./file-diagnostics.ts";
import type { RuleSheet } from "./find-rules.ts";
import { readSettings, type Settings } from "./read-settings.ts";
import { type Rule, type RuleTypeName, ruleTypeNames } from "./rule.ts";
import { commonKeys, keptKeys, metadata, settingKeys, transform, typeKeys } from "./rule-keys.ts";
import { FileRuleSource } from "./rule-source.ts";
import { json, reportUnknown, toJson } from "./schema/json-value.ts";
import { readKeys } from "./schema/object.ts";
import type { Table } from "./schema/reader.ts";
import { Spot } from "./schema/spot.ts";

/** Reads one rule and reports every problem it has; undefined when one of them is an error. */
export function readRule(sheet: RuleSheet, diagnostics: FileDiagnostics): Rule | undefined {
  const errorsBefore = diagnostics.errorCount;
  const { document, base, rule: table } = sheet;
  const spot = Spot.root(diagnostics, document, base);
  const beside = Spot.root(diagnostics, document, base.slice(0, -1));
  const source = new FileRuleSource(diagnostics.source, sheet);

  const type = readKeys(typeKeys, table, spot)?.type;
  const common = readKeys(commonKeys, table, spot);
  const settings = type === undefined ? undefined : readSettings(type, table, spot, source);
  readKeys(keptKeys, table, spot);
  reportOtherKeys(table, type, spot);
  checkTimes(table, settings, source, diagnostics);
  const aside = sheet.metadata === undefined ? {} : metadata.read(sheet.metadata, beside.at("metadata"));
  if (sheet.transform !== undefined) transform.read(sheet.transform, beside.at("transform"));

  if (diagnostics.errorCount > errorsBefore) return undefined;
  if (common === undefined || settings === undefined || aside === undefined) return undefined;
  return {
    ...common,
    // Whoever gives a rule to Tallyman wants it to run; whether Kibana was to run it stays in the parameters.
    enabled: true,
    intervalMs: parseDuration(common.interval) as number,
    ...settings,
    metadata: aside,
    parameters: parametersOf(table, settings),
    source,
  };
}

/** What the file says, in the shape of Elastic's API. */
function parametersOf(table: Table, settings: Settings): JsonObject {
  const written = Object.entries(table).map(([key, value]) => [key, toJson(value)] as const);
  if (settings.type !== "new_terms") return Object.fromEntries(written);
  const { new_terms_fields, history_window_start } = settings;
  const flat = { new_terms_fields, history_window_start };
  return Object.fromEntries([...written.filter(([key]) => key !== "new_terms"), ...Object.entries(flat)]);
}

const keysOfType: ReadonlyMap<RuleTypeName, readonly string[]> = new Map(
  ruleTypeNames.map((type) => [
    type,
    Object.keys({ ...typeKeys, ...commonKeys, ...keptKeys, ...settingKeys[type] }),
  ]),
);

const keysOfAllTypes: readonly string[] = [...new Set([...keysOfType.values()].flat())];

/** Reports the keys that rules of this type do not have, or that no rule has. */
function reportOtherKeys(table: Table, type: RuleTypeName | undefined, spot: Spot): void {
  const known = (type === undefined ? undefined : keysOfType.get(type)) ?? keysOfAllTypes;
  for (const [key, value] of Object.entries(table)) {
    if (known.includes(key)) continue;
    if (keysOfAllTypes.includes(key)) {
      spot.at(key).reportKey("unused-key", `'${key}' has no effect in a rule of type '${type}'`);
    } else {
      reportUnknown(spot.at(key), known);
    }
    json.read(value, spot.at(key));
  }
}
