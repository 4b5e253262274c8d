import { SourceText } from "@tallyman/languages";
import { FileDiagnostics } from "./file-diagnostics.ts";
import { detectFormat, type RuleFileFormat } from "./formats/format.ts";
import { readJson, readNdjson } from "./formats/json.ts";
import type { FileDocument } from "./formats/places.ts";
import { readToml } from "./formats/toml.ts";
import { readYaml } from "./formats/yaml.ts";
import { lengthMax } from "./limits.ts";
import type { RuleFile } from "./rule.ts";

/** The documents of a file, and where to report what is wrong with them. */
export interface ReadDocuments {
  readonly format: RuleFileFormat;
  /** None when the file is empty, too large or cannot be read as its format. */
  readonly documents: readonly FileDocument[];
  readonly isEmpty: boolean;
  readonly diagnostics: FileDiagnostics;
}

const readers: Readonly<
  Record<RuleFileFormat, (text: string, diagnostics: FileDiagnostics) => readonly FileDocument[]>
> = { toml: readToml, json: readJson, ndjson: readNdjson, yaml: readYaml };

/** Reads a file as the format that it has; reports `file-too-large` and what its format's reader does. */
export function readDocuments(file: RuleFile): ReadDocuments {
  const text = normalize(file.text);
  const format = detectFormat(file.path, text);
  const diagnostics = new FileDiagnostics(new SourceText(file.path, text));
  if (text.length > lengthMax[format]) {
    const message = `The file has ${text.length} characters; no more than ${lengthMax[format]} are read`;
    diagnostics.add("file-too-large", message, () => ({ start: 0, end: 0 }));
    return { format, documents: [], isEmpty: false, diagnostics };
  }
  const isEmpty = text.trim() === "";
  return { format, documents: isEmpty ? [] : readers[format](text, diagnostics), isEmpty, diagnostics };
}

/**
 * Without a byte order mark, which is no part of the text and no column of it, and with line feeds for line breaks, so that a
 * rule says the same on every system. Lines and columns stay what they are in the file.
 */
function normalize(text: string): string {
  const marked = text.startsWith("\ufeff") ? text.slice(1) : text;
  return marked.replaceAll("\r\n", "\n");
}
