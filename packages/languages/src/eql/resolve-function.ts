import { diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { ScalarFunction } from "../expression/scalar-function.ts";
import type { EndpointFunction } from "../functions/endpoint/endpoint-function.ts";
import { endpointFunctions } from "../functions/endpoint/index.ts";
import { eqlFunctions } from "../functions/eql/index.ts";
import type { EqlCall } from "./ast.ts";
import { endpointFunction } from "./endpoint-call.ts";
import { endpointOnly } from "./endpoint-only.ts";
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
  const other = definition === undefined ? endpointFunction(name) : undefined;
  if (other !== undefined) {
    scope.report(endpointOnly(`The function '${other.name}'`, nameSpan, instead(other)));
    return undefined;
  }
  if (definition === undefined) {
    const known = scope.dialect === "endpoint" ? [...eqlFunctions, ...endpointFunctions] : eqlFunctions;
    const hint = didYouMean(
      name,
      known.map((each) => each.name),
    );
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

/** How both dialects say the same, where they can. */
function instead({ meaning }: EndpointFunction): string | undefined {
  switch (meaning) {
    case "like":
      return 'write field like "…", or field : "…" to ignore case';
    case "regex":
      return 'write field regex "…"';
    case "one-of":
      return "any element of an array matches: write field == value";
    case "any-element":
    case "count":
      return undefined;
  }
}
