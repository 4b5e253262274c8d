import type { Span } from "@tallyman/languages";
import { parse, TomlError } from "smol-toml";
import type { FileDiagnostics } from "../file-diagnostics.ts";
import { depthMax } from "../limits.ts";
import { type FileDocument, Places } from "./places.ts";
import { locateToml } from "./toml-places.ts";
import { scanTomlString } from "./toml-string.ts";

/** Reads a TOML file, which is one document; reports `bad-toml`. */
export function readToml(text: string, diagnostics: FileDiagnostics): readonly FileDocument[] {
  let value: unknown;
  try {
    value = parse(text, { maxDepth: depthMax });
  } catch (error) {
    diagnostics.add("bad-toml", `The file is not valid TOML: ${reasonOf(error)}`, () => placeOf(error, text));
    return [];
  }
  return [
    {
      value,
      places: new Places(
        () => locateToml(text),
        (at, decoded) => tomlTextOffsets(text, at, decoded),
      ),
    },
  ];
}

/** Where each unit of a decoded TOML string stands, and last its end. */
export function tomlTextOffsets(text: string, at: Span, decoded: string): ArrayLike<number> {
  const offsets = new Uint32Array(decoded.length + 1);
  let count = 0;
  const { textEnd } = scanTomlString(text, at.start, (_, offset) => {
    if (count < decoded.length) offsets[count++] = offset;
  });
  return offsets.fill(textEnd, count);
}

/** The parser's words without its introduction and its own excerpt. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split("\n")[0] as string)
    .replace(/^Invalid TOML document: /, "")
    .replace(/\.? aborting\.$/, "");
}

function placeOf(error: unknown, text: string): Span {
  if (!(error instanceof TomlError)) return { start: 0, end: 0 };
  let lineStart = 0;
  for (let line = 1; line < error.line; line++) lineStart = text.indexOf("\n", lineStart) + 1;
  const start = Math.min(lineStart + error.column - 1, text.length);
  return { start, end: Math.min(start + 1, text.length) };
}
