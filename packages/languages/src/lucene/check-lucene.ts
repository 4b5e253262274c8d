import type { FieldCatalogue } from "@tallyman/ecs";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { check } from "../expression/check.ts";
import type { CheckedQuery } from "../expression/checked-query.ts";
import { fold } from "../expression/fold.ts";
import { findSlips } from "./find-slips.ts";
import { lowerLucene } from "./lower.ts";
import { parseLucene } from "./parse.ts";

/** Text to checked expression: parse, lower, check, fold. */
export function checkLucene(text: string, catalogue: FieldCatalogue): CheckedQuery {
  const { query, diagnostics } = parseLucene(text);
  if (query === undefined) return { expression: undefined, diagnostics };
  const checked = check(lowerLucene(query), catalogue);
  const failed = checked.diagnostics.some(({ severity }) => severity === "error");
  const found: readonly Diagnostic[] = [...diagnostics, ...findSlips(query), ...checked.diagnostics];
  return { expression: failed ? undefined : fold(checked.expression), diagnostics: found };
}
