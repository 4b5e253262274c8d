import type { Span } from "../diagnostics/span.ts";
import type { Regex } from "../regex/regex.ts";
import type { WildcardPattern } from "../values/wildcard.ts";
import type { NamedField } from "./field-reference.ts";
import type { ScalarFunction, ScalarValue } from "./scalar-function.ts";

/**
 * A value computed from the fields of one event. Null in makes null out, except where the parts say otherwise: `is-null`, `and` and
 * `or` (false and anything is false, true or anything is true), and functions with parameters that take null.
 */
export type ScalarExpression =
  | {
      readonly kind: "literal";
      readonly value: ScalarValue;
      /** True for a number that is fractional even if its value is whole. */
      readonly isFractional: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "field";
      readonly field: NamedField;
      readonly span: Span;
    }
  | {
      readonly kind: "call";
      readonly definition: ScalarFunction;
      readonly ignoreCase: boolean;
      readonly arguments: readonly ScalarExpression[];
      readonly span: Span;
    }
  | {
      readonly kind: "compare";
      readonly operator: ComparisonOperator;
      readonly ignoreCase: boolean;
      readonly left: ScalarExpression;
      readonly right: ScalarExpression;
      readonly span: Span;
    }
  | {
      readonly kind: "one-of";
      readonly operand: ScalarExpression;
      readonly values: readonly ScalarExpression[];
      readonly ignoreCase: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "matches";
      readonly operand: ScalarExpression;
      readonly pattern: WildcardPattern;
      readonly ignoreCase: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "matches-regex";
      readonly operand: ScalarExpression;
      readonly regex: Regex;
      readonly span: Span;
    }
  | { readonly kind: "is-null"; readonly operand: ScalarExpression; readonly span: Span }
  | { readonly kind: "and"; readonly operands: readonly ScalarExpression[]; readonly span: Span }
  | { readonly kind: "or"; readonly operands: readonly ScalarExpression[]; readonly span: Span }
  | { readonly kind: "not"; readonly operand: ScalarExpression; readonly span: Span };

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** The field references in an expression, one for each time that it names a field. */
export function fieldsOf(scalar: ScalarExpression): readonly Extract<ScalarExpression, { kind: "field" }>[] {
  switch (scalar.kind) {
    case "literal":
      return [];
    case "field":
      return [scalar];
    case "call":
      return scalar.arguments.flatMap(fieldsOf);
    case "compare":
      return [...fieldsOf(scalar.left), ...fieldsOf(scalar.right)];
    case "one-of":
      return [scalar.operand, ...scalar.values].flatMap(fieldsOf);
    case "matches":
    case "matches-regex":
    case "is-null":
    case "not":
      return fieldsOf(scalar.operand);
    case "and":
    case "or":
      return scalar.operands.flatMap(fieldsOf);
  }
}
