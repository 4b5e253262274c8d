import type { Json } from "@tallyman/ecs";
import { isAscii } from "./printable.ts";

/** A value as JSON in one line, harmless on a terminal. */
export function jsonLine(value: Json): string {
  return harmlessJson(JSON.stringify(value));
}

/** Values as lines of JSON, or as one array with a line for each; with line feeds. */
export function jsonList(values: readonly Json[], format: "ndjson" | "json"): string {
  const lines = values.map(jsonLine);
  return format === "ndjson" ? lines.map((line) => `${line}\n`).join("") : `[\n${lines.join(",\n")}\n]\n`;
}

/**
 * JSON text that is for programs, made harmless in case a terminal shows it: what acts on one, reorders text or cannot be seen is written as
 * `\uXXXX`, which is the same JSON. Control characters below U+0020, which JSON only has between values, stay.
 */
export function harmlessJson(text: string): string {
  return isAscii(text) ? text : text.replace(unseen, escapeUnits);
}

const unseen = /[\u007f-\u009f\p{Default_Ignorable_Code_Point}\p{Cf}\u2028\u2029]/gu;

function escapeUnits(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
