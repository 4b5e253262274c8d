import type { CheckedExpression } from "@tallyman/languages";
import { type AnchorSet, anchorsOf } from "./anchors.ts";

/**
 * Why nothing can be looked for that an event must have to fulfil a condition: what its parts ask for instead, each in a few words that continue
 * "asks only for".
 */
export function whyUnanchored(
  expression: CheckedExpression,
  anchors: AnchorSet | undefined = anchorsOf(expression),
): readonly string[] {
  if (anchors !== undefined) return ["values that most events have"];
  return [...new Set(askedFor(expression))];
}

function askedFor(expression: CheckedExpression): readonly string[] {
  switch (expression.kind) {
    case "and":
      return expression.operands.flatMap(askedFor);
    case "or":
      // The others have anchors of their own, which do not help as long as one has none.
      return expression.operands.filter((operand) => anchorsOf(operand) === undefined).flatMap(askedFor);
    case "not":
      return ["what must not be"];
    case "exists":
      return ["fields with any value"];
    case "nested":
    case "any-element":
      return ["objects in arrays"];
    case "script":
      return ["computed values"];
    case "any-field":
      return ["fields of any name"];
    case "related":
      return ["other processes"];
    case "constant":
      return ["nothing at all"];
    case "test":
      return [byTest[expression.test.kind] ?? "values"];
  }
}

const byTest: Readonly<Record<string, string>> = {
  "text-matches": "patterns without three letters in a row",
  "untyped-matches": "patterns without three letters in a row",
  "token-matches": "patterns without three letters in a row",
  "text-matches-regex": "regular expressions without a text that must occur",
  "untyped-matches-regex": "regular expressions without a text that must occur",
  "has-tokens": "words of less than three letters",
  "boolean-is": "true or false",
  "ip-in": "addresses",
  "ip-in-range": "addresses",
  "untyped-equals": "addresses",
  "date-in-range": "ranges",
  "number-in-range": "ranges",
  "text-in-range": "ranges",
  "token-in-range": "ranges",
  "untyped-in-range": "ranges",
  "version-in-range": "ranges",
};
