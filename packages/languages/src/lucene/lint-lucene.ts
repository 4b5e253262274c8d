import type { FieldCatalogue } from "@tallyman/ecs";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { lintCondition } from "../lint/lint-condition.ts";
import { lowerLucene } from "./lower.ts";
import { parseLucene } from "./parse.ts";

/** Finds what is valid and hardly meant in a query: what `lintCondition` finds. Nothing of a query that cannot be read. */
export function lintLucene(text: string, catalogue: FieldCatalogue): readonly Diagnostic[] {
  const { query } = parseLucene(text);
  return query === undefined ? [] : lintCondition(lowerLucene(query), catalogue);
}
