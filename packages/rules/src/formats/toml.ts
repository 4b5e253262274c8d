import type { Span } from "@tallyman/languages";
import { parse, TomlError } from "smol-toml";
import type { FileDiagnostics } from "../file-diagnostics.ts";
import { depthMax } from "../limits.ts";
import { type FileDocument, Places } from "./places.ts";
import { type Mistake, type Retelling, retell, singleQuotesHint } from "./retelling.ts";
import { locateToml } from "./toml-places.ts";
import { scanTomlString } from "./toml-string.ts";

/** Reads a TOML file, which is one document; reports `bad-toml`. */
export function readToml(text: string, diagnostics: FileDiagnostics): readonly FileDocument[] {
  let value: unknown;
  try {
    value = parse(text, { maxDepth: depthMax });
  } catch (error) {
    const { reason, hint } = mistakeOf(error, text);
    diagnostics.add(
      "bad-toml",
      `The file is not valid TOML: ${reason}`,
      () => placeOf(error, text),
      () => hint,
    );
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

const retellings: readonly Retelling[] = [
  [/^invalid value/, "this is no value", 'text stands in quotes: "…"'],
  [/^unrecognised escape|^invalid escape/, "unknown escape", singleQuotesHint],
  [/^trying to redefine/, "this is given twice"],
  [/^illegal character in key/, "this cannot stand in a key", "write key = value"],
  [/^illegal quoted key/, "a key cannot stand in three quotes"],
  [/^unexpected end of key|^illegal empty bare key/, "a key is missing here"],
  [/^incomplete key-value/, "the key or header is never closed"],
  [/^each key-value declaration/, "the line should end here"],
  [/^expected comma/, "expected ',' or the end of the list or table"],
  [/^expected end of table array/, "expected ']]'"],
  [/^unfinished string/, "a quote that is never closed"],
  [/^unfinished array/, "a list that is never closed"],
  [/^unfinished table/, "a table that is never closed"],
  [/^control characters/, "a control character"],
  [/^integer value cannot/, "a number that is too large to be kept exactly"],
  [/^document contains excessively/, `nested more than ${depthMax} deep`],
];

/** What the parser found, in our words where it has some of its own. */
function mistakeOf(error: unknown, text: string): Mistake {
  const message = error instanceof Error ? error.message : String(error);
  const words = (message.split("\n")[0] as string).replace(/^Invalid TOML document: /, "");
  // The parser takes a line break for one of the characters that it refuses in quotes and keys.
  if (text[placeOf(error, text).start] === "\n") {
    if (words.startsWith("control characters")) {
      const hint = "text on several lines stands in three quotes at each end";
      return { reason: "a line break inside quotes", hint };
    }
    if (words.startsWith("illegal character in key")) {
      return { reason: "the line ends where '=' or ']' should follow", hint: undefined };
    }
  }
  return retell(words, retellings);
}

function placeOf(error: unknown, text: string): Span {
  if (!(error instanceof TomlError)) return { start: 0, end: 0 };
  let lineStart = 0;
  for (let line = 1; line < error.line; line++) lineStart = text.indexOf("\n", lineStart) + 1;
  const start = Math.min(lineStart + error.column - 1, text.length);
  return { start, end: Math.min(start + 1, text.length) };
}
