import type { Expression, Leaf } from "../expression/expression.ts";

/** An expression whose negations stand at its leaves, with what stands in each other of the same kind taken together. */
export type ConditionTree =
  | { readonly kind: "and" | "or"; readonly operands: readonly ConditionTree[] }
  | { readonly kind: "leaf"; readonly leaf: Leaf; readonly isNegated: boolean }
  /** Something that is not looked into from outside. */
  | { readonly kind: "other"; readonly expression: Exclude<Expression, Leaf> };

/** Brings an expression into that form. */
export function conditionTree(expression: Expression, isNegated = false): ConditionTree {
  switch (expression.kind) {
    case "and":
    case "or": {
      const kind = (expression.kind === "and") === isNegated ? "or" : "and";
      const operands = expression.operands.flatMap((operand): readonly ConditionTree[] => {
        const tree = conditionTree(operand, isNegated);
        return tree.kind === kind ? tree.operands : [tree];
      });
      const [only] = operands;
      return operands.length === 1 && only !== undefined ? only : { kind, operands };
    }
    case "not":
      return conditionTree(expression.operand, !isNegated);
    case "constant":
    case "nested":
    case "any-element":
    case "related":
    case "script":
      return { kind: "other", expression };
    default:
      return { kind: "leaf", leaf: expression, isNegated };
  }
}
