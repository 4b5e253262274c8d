import type { ScalarExpression } from "./expression.ts";

/** True when no event can change the value. */
export function isConstant(scalar: ScalarExpression): boolean {
  switch (scalar.kind) {
    case "literal":
      return true;
    case "field":
    case "count":
    case "condition":
      return false;
    case "call":
      return scalar.arguments.every(isConstant);
    case "compare":
      return isConstant(scalar.left) && isConstant(scalar.right);
    case "one-of":
      return isConstant(scalar.operand) && scalar.values.every(isConstant);
    case "matches":
    case "matches-regex":
    case "is-null":
    case "not":
      return isConstant(scalar.operand);
    case "and":
    case "or":
      return scalar.operands.every(isConstant);
  }
}
