import type { EqlCall, EqlExpression, EqlMatchOperator } from "./ast.ts";

/** A call that only the endpoint dialect has, as what it means. */
export type ArrayCall =
  /** The same as an expression that both dialects have. */
  | { readonly kind: "rewritten"; readonly expression: EqlExpression }
  /** One and the same element of an array fulfils a condition, whose fields are written with the variable before them. */
  | {
      readonly kind: "search";
      readonly array: string;
      readonly variable: string;
      readonly condition: EqlExpression;
    }
  | { readonly kind: "malformed"; readonly form: string };

/** Reads a call of `arrayContains`, `arraySearch`, `match` or `wildcard`; undefined for any other. */
export function readArrayCall(call: EqlCall): ArrayCall | undefined {
  switch (call.name.toLowerCase()) {
    case "arraycontains":
      return containsAny(call);
    case "arraysearch":
    case "_arraysearch":
      return searchElements(call);
    case "match":
      return likeAny(call, call.ignoreCase ? "regex~" : "regex");
    case "wildcard":
      return likeAny(call, call.ignoreCase ? "like~" : "like");
    default:
      return undefined;
  }
}

function containsAny({ arguments: [operand, ...values], ignoreCase, span }: EqlCall): ArrayCall {
  if (operand?.kind !== "field" || values.length === 0)
    return { kind: "malformed", form: "arrayContains(field, value…)" };
  const expression: EqlExpression = { kind: "in", operand, values, isNegated: false, ignoreCase, span };
  return { kind: "rewritten", expression };
}

function searchElements({ arguments: [array, variable, condition, ...rest] }: EqlCall): ArrayCall {
  const isWhole = array?.kind === "field" && variable?.kind === "variable" && variable.path === "";
  if (!isWhole || condition === undefined || rest.length > 0) {
    return { kind: "malformed", form: "arraySearch(field, $element, condition)" };
  }
  return { kind: "search", array: array.path, variable: variable.name, condition };
}

function likeAny(
  { name, arguments: [operand, ...patterns], span }: EqlCall,
  operator: EqlMatchOperator,
): ArrayCall {
  const values = patterns.filter((pattern) => pattern.kind === "literal");
  if (operand === undefined || values.length === 0 || values.length < patterns.length) {
    return { kind: "malformed", form: `${name}(value, "pattern"…)` };
  }
  return { kind: "rewritten", expression: { kind: "match", operator, operand, values, span } };
}
