import { type EndpointFunction, endpointSignature } from "../functions/endpoint/endpoint-function.ts";
import { endpointFunctions } from "../functions/endpoint/index.ts";
import type { EqlCall, EqlExpression, EqlField, EqlMatchOperator, EqlVariable } from "./ast.ts";

/** A call that only the endpoint dialect has, as what it means. */
export type EndpointCall =
  /** The same as an expression that both dialects have. */
  | { readonly kind: "rewritten"; readonly expression: EqlExpression }
  /** How many elements of an array fulfil a condition, or whether one does. */
  | {
      readonly kind: "count" | "any-element";
      readonly array: EqlField | EqlVariable;
      readonly element: EqlVariable;
      readonly condition: EqlExpression;
    }
  | { readonly kind: "malformed"; readonly problem: string };

const byName: ReadonlyMap<string, EndpointFunction> = new Map(
  endpointFunctions.flatMap((definition) =>
    [definition.name, ...definition.otherNames].map((name) => [name.toLowerCase(), definition] as const),
  ),
);

/** The function of the endpoint dialect that a call names, in any case. */
export function endpointFunction(name: string): EndpointFunction | undefined {
  return byName.get(name.toLowerCase());
}

/** Reads a call of a function that only the endpoint dialect has; undefined for any other. */
export function readEndpointCall(call: EqlCall): EndpointCall | undefined {
  const definition = endpointFunction(call.name);
  if (definition === undefined) return undefined;
  if (call.ignoreCase && !definition.hasCaseVariant) {
    return { kind: "malformed", problem: `The function '${definition.name}' has no form with ~` };
  }
  const problem = `The arguments do not have the form ${endpointSignature(definition)}`;
  return readArguments(call, definition) ?? { kind: "malformed", problem };
}

function readArguments(call: EqlCall, { meaning }: EndpointFunction): EndpointCall | undefined {
  switch (meaning) {
    case "one-of":
      return oneOf(call);
    case "like":
      return patterns(call, call.ignoreCase ? "like~" : "like");
    case "regex":
      return patterns(call, call.ignoreCase ? "regex~" : "regex");
    case "any-element":
    case "count":
      return elements(call, meaning);
  }
}

function oneOf({ arguments: [operand, ...values], ignoreCase, span }: EqlCall): EndpointCall | undefined {
  const isArray = operand?.kind === "field" || operand?.kind === "variable";
  if (!isArray || values.length === 0) return undefined;
  return {
    kind: "rewritten",
    expression: { kind: "in", operand, values, isNegated: false, ignoreCase, span },
  };
}

function patterns(
  { arguments: [operand, ...rest], span }: EqlCall,
  operator: EqlMatchOperator,
): EndpointCall | undefined {
  const values = rest.filter((pattern) => pattern.kind === "literal");
  if (operand === undefined || values.length === 0 || values.length < rest.length) return undefined;
  return { kind: "rewritten", expression: { kind: "match", operator, operand, values, span } };
}

function elements(
  { arguments: [array, element, condition, ...rest] }: EqlCall,
  kind: "count" | "any-element",
): EndpointCall | undefined {
  // An element has no elements of its own: arrays in arrays count as one.
  const isArray = array?.kind === "field" || (array?.kind === "variable" && array.path !== "");
  if (!isArray || element?.kind !== "variable" || element.path !== "") return undefined;
  return condition === undefined || rest.length > 0 ? undefined : { kind, array, element, condition };
}
