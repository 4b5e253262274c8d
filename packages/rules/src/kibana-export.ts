import type { FileDiagnostics } from "./file-diagnostics.ts";
import type { FileDocument } from "./formats/places.ts";
import { isTable } from "./schema/reader.ts";

/**
 * The rules among the lines of Kibana's rule export. Such a file also has the exception lists and exceptions of its rules, the
 * connectors of their actions, and at its end a summary with counts. Exceptions would change which alerts there are, so leaving
 * them out is reported, as `skipped-entry`, once for each kind and at its first line; anything unlike those is taken for a rule.
 */
export function rulesOfExport(
  documents: readonly FileDocument[],
  diagnostics: FileDiagnostics,
): readonly FileDocument[] {
  const byKind = new Map<EntryKind, FileDocument[]>();
  for (const document of documents) {
    const kind = kindOf(document.value);
    const entries = byKind.get(kind);
    if (entries === undefined) byKind.set(kind, [document]);
    else entries.push(document);
  }
  for (const kind of ["exception list", "exception", "connector"] as const) {
    const entries = byKind.get(kind) ?? [];
    const [first] = entries;
    if (first === undefined) continue;
    const message = `${entries.length} ${kind}${entries.length === 1 ? " is" : "s are"} not read`;
    diagnostics.add("skipped-entry", message, () => first.places.nearest([]).value);
  }
  return byKind.get("rule") ?? [];
}

type EntryKind = "rule" | "summary" | "exception list" | "exception" | "connector";

function kindOf(value: unknown): EntryKind {
  if (!isTable(value)) return "rule";
  if (Object.hasOwn(value, "exported_count") || Object.hasOwn(value, "exported_rules_count"))
    return "summary";
  if (Object.hasOwn(value, "list_id"))
    return Object.hasOwn(value, "entries") ? "exception" : "exception list";
  return value["type"] === "action" ? "connector" : "rule";
}
