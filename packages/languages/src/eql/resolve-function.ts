import { diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { ScalarFunction } from "../expression/scalar-function.ts";
import { eqlFunctions } from "../functions/eql/index.ts";
import type { EqlCall } from "./ast.ts";
import type { LoweringScope } from "./lowering-scope.ts";

const byName: ReadonlyMap<string, ScalarFunction> = new Map(
  eqlFunctions.map((definition) => [definition.name.toLowerCase(), definition]),
);

/** The function that a call names, in any case; reports `unknown-function`. */
export function resolveFunction(
  { name, ignoreCase, nameSpan }: EqlCall,
  scope: LoweringScope,
): ScalarFunction | undefined {
  const definition = byName.get(name.toLowerCase());
  if (definition === undefined) {
    const hint =
      didYouMean(
        name,
        eqlFunctions.map((each) => each.name),
      ) ?? otherDialectHint(name);
    scope.report(diagnostic("unknown-function", nameSpan, `There is no function '${name}'`, hint));
    return undefined;
  }
  if (ignoreCase && !definition.hasCaseVariant) {
    const message = `The function '${definition.name}' has no form with ~`;
    scope.report(diagnostic("unknown-function", nameSpan, message, `leave the ~ out: ${definition.name}(…)`));
    return undefined;
  }
  return definition;
}

function otherDialectHint(name: string): string | undefined {
  switch (name.toLowerCase().replace(/^_/, "")) {
    case "wildcard":
      return 'write field like "…", or field : "…" to ignore case';
    case "match":
      return 'write field regex "…"';
    case "arraycontains":
      return "any element of an array matches: write field == value";
    default:
      return undefined;
  }
}
