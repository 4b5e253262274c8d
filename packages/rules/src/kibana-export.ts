import type { FileDiagnostics } from "./file-diagnostics.ts";
import type { FileDocument } from "./formats/places.ts";
import { isTable } from "./schema/reader.ts";

/**
 * The rules among the lines of Kibana's rule export. Such a file also has the exception lists and exceptions of its rules, which
 * `loadExceptions` reads, the connectors of their actions, and at its end a summary with counts. That connectors are left out is reported,
 * as `skipped-entry`, at the first of them; anything unlike those is taken for a rule.
 */
export function rulesOfExport(
  documents: readonly FileDocument[],
  diagnostics: FileDiagnostics,
): readonly FileDocument[] {
  const connectors = documents.filter(({ value }) => kindOf(value) === "connector");
  const [first] = connectors;
  if (first !== undefined) {
    const message = `${connectors.length} connector${connectors.length === 1 ? " is" : "s are"} not read`;
    diagnostics.add("skipped-entry", message, () => first.places.nearest([]).value);
  }
  return documents.filter(({ value }) => kindOf(value) === "rule");
}

/** What a line of an export is. */
export type EntryKind = "rule" | "summary" | "exception list" | "exception" | "connector";

const summaryKeys = ["exported_count", "exported_rules_count", "exported_exception_list_count"];

export function kindOf(value: unknown): EntryKind {
  if (!isTable(value)) return "rule";
  if (summaryKeys.some((key) => Object.hasOwn(value, key))) return "summary";
  if (Object.hasOwn(value, "list_id"))
    return Object.hasOwn(value, "entries") ? "exception" : "exception list";
  return value["type"] === "action" ? "connector" : "rule";
}
