import type { FieldCatalogue } from "@tallyman/ecs";
import { check } from "../expression/check.ts";
import type { CheckedQuery } from "../expression/checked-query.ts";
import { fold } from "../expression/fold.ts";
import { findSlips } from "./find-slips.ts";
import { lowerKql } from "./lower.ts";
import { parseKql } from "./parse.ts";

/** Text to checked expression: parse, lower, check, fold. */
export function checkKql(text: string, catalogue: FieldCatalogue): CheckedQuery {
  const { query, diagnostics } = parseKql(text);
  if (query === undefined) return { expression: undefined, diagnostics };
  const checked = check(lowerKql(query), catalogue);
  const failed = checked.diagnostics.some(({ severity }) => severity === "error");
  return {
    expression: failed ? undefined : fold(checked.expression),
    diagnostics: [...findSlips(query), ...checked.diagnostics],
  };
}
