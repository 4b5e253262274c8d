import { SourceText } from "@tallyman/languages";
import { FileDiagnostics } from "./file-diagnostics.ts";
import { findRules, type RuleSheet } from "./find-rules.ts";
import { detectFormat, type RuleFileFormat } from "./formats/format.ts";
import { readJson, readNdjson } from "./formats/json.ts";
import type { FileDocument } from "./formats/places.ts";
import { readToml } from "./formats/toml.ts";
import { readYaml } from "./formats/yaml.ts";
import { rulesOfExport } from "./kibana-export.ts";
import { lengthMax } from "./limits.ts";
import { readEndpointRule } from "./read-endpoint-rule.ts";
import { readRule } from "./read-rule.ts";
import type { Rule, RuleFile } from "./rule.ts";

const readers: Readonly<
  Record<RuleFileFormat, (text: string, diagnostics: FileDiagnostics) => readonly FileDocument[]>
> = { toml: readToml, json: readJson, ndjson: readNdjson, yaml: readYaml };

/** Reads the rules of a file and reports what is wrong with them. */
export function loadRuleFile(file: RuleFile): {
  readonly rules: readonly Rule[];
  readonly diagnostics: FileDiagnostics;
} {
  const text = normalize(file.text);
  const diagnostics = new FileDiagnostics(new SourceText(file.path, text));
  return { rules: readRules(detectFormat(file.path, text), text, diagnostics), diagnostics };
}

function readRules(format: RuleFileFormat, text: string, diagnostics: FileDiagnostics): readonly Rule[] {
  const beginning = () => ({ start: 0, end: 0 });
  if (text.length > lengthMax[format]) {
    const message = `The file has ${text.length} characters; no more than ${lengthMax[format]} are read`;
    diagnostics.add("file-too-large", message, beginning);
    return [];
  }
  if (text.trim() === "") {
    diagnostics.add("not-a-rule", "The file is empty", beginning);
    return [];
  }
  const documents = readers[format](text, diagnostics);
  const entries = format === "ndjson" ? rulesOfExport(documents, diagnostics) : documents;
  const sheets = entries.flatMap((document) => findRules(document, format, diagnostics));
  if (sheets.length === 0 && diagnostics.errorCount === 0) {
    diagnostics.add("not-a-rule", "The file holds no rule", beginning);
  }
  return sheets.flatMap((sheet) => readSheet(sheet, diagnostics) ?? []);
}

function readSheet(sheet: RuleSheet, diagnostics: FileDiagnostics): Rule | undefined {
  return sheet.form === "endpoint" ? readEndpointRule(sheet, diagnostics) : readRule(sheet, diagnostics);
}

/**
 * Without a byte order mark, which is no part of the text and no column of it, and with line feeds for line breaks, so that a
 * rule says the same on every system. Lines and columns stay what they are in the file.
 */
function normalize(text: string): string {
  const marked = text.startsWith("\ufeff") ? text.slice(1) : text;
  return marked.replaceAll("\r\n", "\n");
}
