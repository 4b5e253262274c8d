import type { CheckedExpression } from "./checked-expression.ts";

/**
 * A condition that holds for every event that the given one may hold for, whatever the answers to its open questions are: those parts of
 * it for which `isOpen` says so, which must say so of what they stand in too.
 */
export function possibly(
  expression: CheckedExpression,
  isOpen: (part: CheckedExpression) => boolean,
): CheckedExpression {
  return assume(expression, isOpen, true);
}

function assume(
  expression: CheckedExpression,
  isOpen: (part: CheckedExpression) => boolean,
  answer: boolean,
): CheckedExpression {
  if (!isOpen(expression)) return expression;
  switch (expression.kind) {
    case "and":
    case "or":
      return {
        kind: expression.kind,
        operands: expression.operands.map((operand) => assume(operand, isOpen, answer)),
      };
    case "not":
      return { kind: "not", operand: assume(expression.operand, isOpen, !answer) };
    default:
      return { kind: "constant", value: answer };
  }
}
