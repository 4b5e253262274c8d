import type { FileDiagnostics } from "./file-diagnostics.ts";
import { findRules, type RuleSheet } from "./find-rules.ts";
import { rulesOfExport } from "./kibana-export.ts";
import { readDocuments } from "./read-documents.ts";
import { readEndpointRule } from "./read-endpoint-rule.ts";
import { readRule } from "./read-rule.ts";
import type { Rule, RuleFile } from "./rule.ts";

/** Reads the rules of a file and reports what is wrong with them. */
export function loadRuleFile(file: RuleFile): {
  readonly rules: readonly Rule[];
  readonly diagnostics: FileDiagnostics;
} {
  const { diagnostics, documents, format, isEmpty } = readDocuments(file);
  const entries = format === "ndjson" ? rulesOfExport(documents, diagnostics) : documents;
  const sheets = entries.flatMap((document) => findRules(document, format, diagnostics));
  if (isEmpty) {
    diagnostics.add("not-a-rule", "The file is empty", beginning);
  } else if (sheets.length === 0 && diagnostics.errorCount === 0) {
    diagnostics.add("not-a-rule", "The file holds no rule", beginning);
  }
  return { rules: sheets.flatMap((sheet) => readSheet(sheet, diagnostics) ?? []), diagnostics };
}

function readSheet(sheet: RuleSheet, diagnostics: FileDiagnostics): Rule | undefined {
  return sheet.form === "endpoint" ? readEndpointRule(sheet, diagnostics) : readRule(sheet, diagnostics);
}

const beginning = () => ({ start: 0, end: 0 });
