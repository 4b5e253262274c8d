import type { CheckedExpression, CheckedTest, ValueTest } from "./checked-expression.ts";
import { fieldName } from "./field-name.ts";

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
    case "any-element": {
      const condition = fold(expression.elements.condition);
      if (condition.kind === "constant" && !condition.value) return condition;
      return { ...expression, elements: { ...expression.elements, condition } };
    }
    case "related": {
      const filter = fold(expression.filter);
      if (filter.kind === "constant" && !filter.value) return filter;
      return { ...expression, filter };
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
    } else if (operand.kind === kind) for (const inner of operand.operands) kept.push(inner);
    else kept.push(operand);
  }
  const merged = decisive ? mergeEqualities(kept) : kept;
  const [only] = merged;
  if (only === undefined) return { kind: "constant", value: !decisive };
  return merged.length === 1 ? only : { kind, operands: merged };
}

/**
 * Equalities on one field become one test, in the place of the first, and so do tests for single words of its text. Lists may have thousands of
 * values: each is copied once.
 */
function mergeEqualities(operands: readonly CheckedExpression[]): readonly CheckedExpression[] {
  const groups = new Map<string, CheckedTest[]>();
  const kept: (CheckedExpression | CheckedTest[])[] = [];
  for (const operand of operands) {
    const key = equalityKey(operand);
    const group = key === undefined ? undefined : groups.get(key);
    if (group !== undefined) group.push(operand as CheckedTest);
    else if (key === undefined) kept.push(operand);
    else {
      const begun = [operand as CheckedTest];
      groups.set(key, begun);
      kept.push(begun);
    }
  }
  return kept.map((each) => (Array.isArray(each) ? unite(each) : each));
}

function equalityKey(expression: CheckedExpression): string | undefined {
  if (expression.kind !== "test") return undefined;
  const { kind, reading } = expression.test;
  const isOneOf =
    kind === "text-in" || kind === "number-in" || kind === "ip-in" || looksForAnyToken(expression.test);
  return isOneOf ? `${kind} ${reading} ${fieldName(expression.path, expression.of)}` : undefined;
}

type TokensTest = Extract<ValueTest, { kind: "has-tokens" }>;

/** A phrase of one word is that word. */
function looksForAnyToken(test: ValueTest): test is TokensTest {
  return test.kind === "has-tokens" && (test.mode === "any" || test.tokens.length === 1);
}

function unite(group: readonly CheckedTest[]): CheckedTest {
  const first = group[0] as CheckedTest;
  if (group.length === 1) return first;
  if (looksForAnyToken(first.test)) {
    const tokens = group.flatMap(({ test }) => (looksForAnyToken(test) ? test.tokens : []));
    return { ...first, test: { ...first.test, tokens, mode: "any" } };
  }
  if (first.test.kind === "ip-in") {
    const ranges = group.flatMap(({ test }) => (test.kind === "ip-in" ? test.ranges : []));
    return { ...first, test: { ...first.test, ranges } };
  }
  const values = group.flatMap(({ test }): readonly (string | number)[] =>
    test.kind === "text-in" || test.kind === "number-in" ? test.values : [],
  );
  return { ...first, test: { ...first.test, values } as ValueTest };
}
