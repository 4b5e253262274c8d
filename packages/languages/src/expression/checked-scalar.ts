import type { Regex } from "../regex/regex.ts";
import type { WildcardPattern } from "../values/wildcard.ts";
import type { ComparisonOperator } from "./expression.ts";
import type { ScalarFunction, ScalarType, ScalarValue } from "./scalar-function.ts";

/** A computed value whose parts have their types. */
export type CheckedScalar =
  | { readonly kind: "constant"; readonly value: ScalarValue }
  /** The value that the script's input of that number has in the combination at hand. */
  | { readonly kind: "input"; readonly index: number }
  | {
      readonly kind: "call";
      readonly definition: ScalarFunction;
      readonly ignoreCase: boolean;
      readonly isFractional: boolean;
      readonly arguments: readonly CheckedScalar[];
    }
  /** The operand as text, or as a number; null where it is neither. */
  | {
      readonly kind: "convert";
      readonly from: ScalarType;
      readonly to: "text" | "number";
      readonly operand: CheckedScalar;
    }
  | {
      readonly kind: "compare";
      readonly operator: ComparisonOperator;
      readonly order: ScalarOrder;
      readonly left: CheckedScalar;
      readonly right: CheckedScalar;
    }
  | {
      readonly kind: "one-of";
      readonly operand: CheckedScalar;
      readonly order: ScalarOrder;
      readonly values: readonly CheckedScalar[];
    }
  | {
      readonly kind: "matches";
      readonly operand: CheckedScalar;
      readonly pattern: WildcardPattern;
      readonly ignoreCase: boolean;
    }
  | { readonly kind: "matches-regex"; readonly operand: CheckedScalar; readonly regex: Regex }
  | { readonly kind: "is-null"; readonly operand: CheckedScalar }
  | { readonly kind: "and"; readonly operands: readonly CheckedScalar[] }
  | { readonly kind: "or"; readonly operands: readonly CheckedScalar[] }
  | { readonly kind: "not"; readonly operand: CheckedScalar };

/** How two values are ordered; `any` looks at what they are. */
export type ScalarOrder = "number" | "text" | "caseless-text" | "version" | "any";
