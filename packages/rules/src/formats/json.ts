import type { FileDiagnostics } from "../file-diagnostics.ts";
import { entryCountMax } from "../limits.ts";
import { jsonTextOffsets, scanJson } from "./json-scan.ts";
import { type FileDocument, newPlace, type PlaceNode, Places } from "./places.ts";

/** Reads a JSON file, which is one document; reports `bad-json`. */
export function readJson(text: string, diagnostics: FileDiagnostics): readonly FileDocument[] {
  const document = readJsonBetween(text, 0, text.length, diagnostics);
  return document === undefined ? [] : [document];
}

/**
 * Reads a file with one JSON document a line; reports `bad-json` for each line that is none, and `file-too-large` when there are
 * more lines than are read. Empty lines are nothing.
 */
export function readNdjson(text: string, diagnostics: FileDiagnostics): readonly FileDocument[] {
  const documents: FileDocument[] = [];
  const readEnd = startOfLine(text, entryCountMax + 1);
  if (readEnd < text.length) {
    const message = `No more than ${entryCountMax} lines are read: those from here on are not`;
    diagnostics.add("file-too-large", message, () => ({ start: readEnd, end: readEnd }));
  }
  for (let start = 0; start < readEnd; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (text.slice(start, end).trim() !== "") {
      const document = readJsonBetween(text, start, end, diagnostics);
      if (document !== undefined) documents.push(document);
    }
    start = end + 1;
  }
  return documents;
}

/** Where a line begins, counted from 1; the end of the text when it has fewer. */
function startOfLine(text: string, line: number): number {
  let start = 0;
  for (let before = 1; before < line; before++) {
    const newline = text.indexOf("\n", start);
    if (newline < 0) return text.length;
    start = newline + 1;
  }
  return start;
}

function readJsonBetween(
  text: string,
  start: number,
  end: number,
  diagnostics: FileDiagnostics,
): FileDocument | undefined {
  const places = new Places(
    () => locateJson(text, start, end),
    (at, decoded) => jsonTextOffsets(text, at, decoded),
  );
  try {
    return { value: JSON.parse(text.slice(start, end)), places };
  } catch (error) {
    const scan = scanJson(text, start, end);
    const { hint, reason, span } =
      scan.kind === "problem" ? scan : { reason: String(error), hint: undefined, span: scan.root.value };
    diagnostics.add(
      "bad-json",
      `The text is not valid JSON: ${reason}`,
      () => span,
      () => hint,
    );
    return undefined;
  }
}

function locateJson(text: string, start: number, end: number): PlaceNode {
  const scan = scanJson(text, start, end);
  return scan.kind === "places" ? scan.root : newPlace(undefined, scan.span);
}
