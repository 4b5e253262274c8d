import { endpointTopKeys, isEndpointRule } from "./endpoint-rule-form.ts";
import type { FileDiagnostics } from "./file-diagnostics.ts";
import type { RuleFileFormat } from "./formats/format.ts";
import type { FileDocument, KeyPath } from "./formats/places.ts";
import { entryCountMax } from "./limits.ts";
import { reportUnknown } from "./schema/json-value.ts";
import { isTable, type Table, typeNameOf } from "./schema/reader.ts";
import { Spot } from "./schema/spot.ts";

/** A rule that is still to be read: its keys, and what stands beside them. */
export interface RuleSheet {
  /** Which keys it has: those of Elastic Security's rules, or those of Elastic's endpoint behaviour rules. */
  readonly form: "detection" | "endpoint";
  readonly document: FileDocument;
  /** The path of the rule in the document. */
  readonly base: KeyPath;
  readonly rule: Table;
  /** What the table of the rule stands in, or that table where nothing stands beside it. */
  readonly beside: Table;
  /** Undefined where the form of the file has none. */
  readonly metadata: unknown;
  readonly transform: unknown;
}

/**
 * Finds the rules of a document, which has one of these forms: that of Elastic's TOML files, with the rule under `rule` beside
 * `metadata` and `transform`, or in endpoint rules beside `threat`, `actions` and `internal`; that of Kibana's rule API, with the keys of
 * the rule at the top; that of Elastic's rule package, with the same keys under `attributes`; or a list of any of them. A TOML file always has the first. Reports `not-a-rule`, and
 * `file-too-large` for a list that is too long.
 */
export function findRules(
  document: FileDocument,
  format: RuleFileFormat,
  diagnostics: FileDiagnostics,
): readonly RuleSheet[] {
  const { value } = document;
  if (Array.isArray(value) && value.length > entryCountMax) {
    const message = `The list has ${value.length} entries; no more than ${entryCountMax} are read`;
    Spot.root(diagnostics, document, []).report("file-too-large", message);
    return [];
  }
  const entries: readonly (readonly [KeyPath, unknown])[] = Array.isArray(value)
    ? value.map((entry, index) => [[index], entry] as const)
    : [[[], value]];
  return entries.flatMap(([path, entry]) => {
    const sheet = findRule(document, path, entry, format);
    if (sheet !== undefined) {
      reportStrayKeys(sheet, path, entry, diagnostics);
      return sheet;
    }
    const spot = Spot.root(diagnostics, document, path);
    if (format === "toml") {
      const hint = isTable(entry) && Object.hasOwn(entry, "exception") ? exceptionsHint : undefined;
      spot.at("rule").report("not-a-rule", "The file has no [rule] table", () => hint);
    } else if (isTable(entry)) {
      spot.report("not-a-rule", "This is no rule", () => "a rule has a rule_id and a type");
    } else {
      spot.report("not-a-rule", `A rule must be an object, not ${typeNameOf(entry)}`);
    }
    return [];
  });
}

const exceptionsHint = "this is a file of exceptions: give it with --exceptions";

/** Every rule has these; hardly anything else has one of them. */
const tellingKeys = ["rule_id", "risk_score", "severity"];

function findRule(
  document: FileDocument,
  path: KeyPath,
  entry: unknown,
  format: RuleFileFormat,
): RuleSheet | undefined {
  if (!isTable(entry)) return undefined;
  const { rule, attributes, metadata, transform } = entry;
  const sheet = { form: "detection", document, metadata, transform } as const;
  if (isTable(rule)) {
    const form = isEndpointRule(rule) ? "endpoint" : "detection";
    return { ...sheet, form, base: [...path, "rule"], rule, beside: entry };
  }
  if (format === "toml") return undefined;
  const bare = { ...sheet, metadata: undefined, transform: undefined };
  if (isTable(attributes))
    return { ...bare, base: [...path, "attributes"], rule: attributes, beside: attributes };
  const whole = { ...bare, base: path, rule: entry, beside: entry };
  if (isEndpointRule(entry) && Object.hasOwn(entry, "query")) return { ...whole, form: "endpoint" };
  return tellingKeys.some((key) => Object.hasOwn(entry, key)) ? whole : undefined;
}

const detectionTopKeys = ["rule", "metadata", "transform"];

/** Reports what stands beside `rule` and is not known there. */
function reportStrayKeys(
  sheet: RuleSheet,
  path: KeyPath,
  entry: unknown,
  diagnostics: FileDiagnostics,
): void {
  if (!isTable(entry) || sheet.rule !== entry["rule"]) return;
  const spot = Spot.root(diagnostics, sheet.document, path);
  const topKeys = sheet.form === "endpoint" ? endpointTopKeys : detectionTopKeys;
  for (const name of Object.keys(entry)) if (!topKeys.includes(name)) reportUnknown(spot.at(name), topKeys);
}
