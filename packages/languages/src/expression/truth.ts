import type { CheckedExpression } from "./checked-expression.ts";

/**
 * A condition with the condition under which it is null rather than true or false. Only null literals and optional fields that nothing
 * knows make null; a condition on any other field is false when the field is absent, and its negation true. This is how
 * Elasticsearch folds the null literal, which it puts in place of an optional field that no index maps: `not` keeps it, `and` is
 * null when a part is, `or` leaves its null parts out, and in the end null selects nothing.
 */
export interface Truth {
  /** False wherever `isNull` is true. */
  readonly value: CheckedExpression;
  /** Undefined when it never is. */
  readonly isNull: CheckedExpression | undefined;
}

export const isNever: CheckedExpression = { kind: "constant", value: false };

export const isAlways: CheckedExpression = { kind: "constant", value: true };

export function truthOfNot({ value, isNull }: Truth): Truth {
  const negated: CheckedExpression = { kind: "not", operand: value };
  if (isNull === undefined) return { value: negated, isNull };
  return { value: { kind: "and", operands: [negated, { kind: "not", operand: isNull }] }, isNull };
}

export function truthOfAnd(operands: readonly Truth[]): Truth {
  const value: CheckedExpression = { kind: "and", operands: operands.map((operand) => operand.value) };
  const nulls = operands.flatMap(({ isNull }) => isNull ?? []);
  if (nulls.length === 0 || operands.some((operand) => isConstant(operand, false)))
    return { value, isNull: undefined };
  return { value, isNull: { kind: "or", operands: nulls } };
}

export function truthOfOr(operands: readonly Truth[]): Truth {
  const value: CheckedExpression = { kind: "or", operands: operands.map((operand) => operand.value) };
  const nulls = operands.flatMap(({ isNull }) => isNull ?? []);
  // What is always false adds nothing to the others.
  const decisive = operands.filter((operand) => !isConstant(operand, false));
  if (nulls.length === 0 || nulls.length < decisive.length) return { value, isNull: undefined };
  return { value, isNull: { kind: "and", operands: nulls } };
}

function isConstant({ value, isNull }: Truth, wanted: boolean): boolean {
  return isNull === undefined && value.kind === "constant" && value.value === wanted;
}
