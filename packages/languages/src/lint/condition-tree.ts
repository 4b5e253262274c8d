import type { Expression, Leaf, Nested, Script } from "../expression/expression.ts";

/** An expression whose negations stand at its leaves, with what stands in each other of the same kind taken together. */
export type ConditionTree =
  | { readonly kind: "and" | "or"; readonly operands: readonly ConditionTree[] }
  | { readonly kind: "leaf"; readonly leaf: Leaf; readonly isNegated: boolean }
  /** Something that is not looked into from outside. */
  | { readonly kind: "other"; readonly expression: Nested | Script | undefined };

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
    case "nested":
    case "script":
      return { kind: "other", expression };
    case "constant":
      return { kind: "other", expression: undefined };
    default:
      return { kind: "leaf", leaf: expression, isNegated };
  }
}
