import type { CheckedExpression, CheckedTest } from "./checked-expression.ts";

/**
 * The same condition with less to do: constants vanish, `and` in `and` and `or` in `or` flatten, double negation cancels, and
 * equalities on one field that are joined by `or` become one look-up. What it is true for does not change.
 */
export function fold(expression: CheckedExpression): CheckedExpression {
  switch (expression.kind) {
    case "not": {
      const operand = fold(expression.operand);
      if (operand.kind === "constant") return { kind: "constant", value: !operand.value };
      return operand.kind === "not" ? operand.operand : { kind: "not", operand };
    }
    case "and":
    case "or":
      return foldJunction(expression.kind, expression.operands);
    case "nested": {
      const operand = fold(expression.operand);
      if (operand.kind === "constant" && !operand.value) return operand;
      return { ...expression, operand };
    }
    default:
      return expression;
  }
}

function foldJunction(kind: "and" | "or", operands: readonly CheckedExpression[]): CheckedExpression {
  const decisive = kind === "or";
  const kept: CheckedExpression[] = [];
  for (const operand of operands.map(fold)) {
    if (operand.kind === "constant") {
      if (operand.value === decisive) return operand;
    } else if (operand.kind === kind) kept.push(...operand.operands);
    else kept.push(operand);
  }
  const merged = decisive ? mergeEqualities(kept) : kept;
  const [only] = merged;
  if (only === undefined) return { kind: "constant", value: !decisive };
  return merged.length === 1 ? only : { kind, operands: merged };
}

function mergeEqualities(operands: readonly CheckedExpression[]): readonly CheckedExpression[] {
  const merged: CheckedExpression[] = [];
  const places = new Map<string, number>();
  for (const operand of operands) {
    const key = equalityKey(operand);
    const place = key === undefined ? undefined : places.get(key);
    const earlier = place === undefined ? undefined : merged[place];
    const union = earlier === undefined ? undefined : unite(earlier, operand);
    if (place !== undefined && union !== undefined) merged[place] = union;
    else {
      if (key !== undefined) places.set(key, merged.length);
      merged.push(operand);
    }
  }
  return merged;
}

function equalityKey(expression: CheckedExpression): string | undefined {
  if (expression.kind !== "test") return undefined;
  const { kind, reading } = expression.test;
  return kind === "text-in" || kind === "number-in" ? `${kind} ${reading} ${expression.path}` : undefined;
}

function unite(a: CheckedExpression, b: CheckedExpression): CheckedTest | undefined {
  if (a.kind !== "test" || b.kind !== "test") return undefined;
  const first = a.test;
  const second = b.test;
  if (first.kind === "text-in" && second.kind === "text-in") {
    return { ...a, test: { ...first, values: [...first.values, ...second.values] } };
  }
  if (first.kind === "number-in" && second.kind === "number-in") {
    return { ...a, test: { ...first, values: [...first.values, ...second.values] } };
  }
  return undefined;
}
