import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import { findEatenEscape } from "../lint/eaten-escape.ts";

/** Finds backslashes that the filter's wildcard patterns lose: `eaten-escape`, at the filter's own place. */
export function lintFilter(filter: JsonObject, span: Span): readonly Diagnostic[] {
  const found = patternsIn(filter).flatMap((pattern) => findEatenEscape(pattern, span) ?? []);
  return found.slice(0, 1);
}

function patternsIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(patternsIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "wildcard" && isJsonObject(inner) ? textsOf(inner) : patternsIn(inner),
  );
}

/** `{"field": "pattern"}`, or `{"field": {"value": "pattern"}}` under either of two names. */
function textsOf(clause: JsonObject): readonly string[] {
  return Object.values(clause).flatMap((body) => {
    const text = isJsonObject(body) ? (body["value"] ?? body["wildcard"]) : body;
    return typeof text === "string" ? [text] : [];
  });
}
