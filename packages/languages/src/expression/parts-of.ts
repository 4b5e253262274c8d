import type { CheckedExpression, CheckedRelation, CheckedScript, ScriptInput } from "./checked-expression.ts";
import type { FieldOwner } from "./field-reference.ts";

/** The conditions that stand directly in another, wherever in it. */
function partsOf(expression: CheckedExpression): readonly CheckedExpression[] {
  switch (expression.kind) {
    case "and":
    case "or":
      return expression.operands;
    case "not":
    case "nested":
      return [expression.operand];
    case "any-element":
      return [expression.elements.condition];
    case "related":
      return [expression.filter];
    case "script":
      return expression.inputs.flatMap(conditionsIn);
    default:
      return [];
  }
}

function conditionsIn(input: ScriptInput): readonly CheckedExpression[] {
  switch (input.kind) {
    case "field":
      return [];
    case "count":
      return [input.elements.condition];
    case "condition":
      return [input.condition];
  }
}

/** The relations that conditions ask about, each once; one inside the filter of another comes before it. */
export function relationsOf(expressions: readonly CheckedExpression[]): readonly CheckedRelation[] {
  const found = new Map<number, CheckedRelation>();
  const visit = (part: CheckedExpression): void => {
    for (const inner of partsOf(part)) visit(inner);
    if (part.kind === "related") found.set(part.id, part);
  };
  for (const expression of expressions) visit(expression);
  return [...found.values()];
}

/** True when a condition asks about other processes. */
export function asksRelations(expression: CheckedExpression): boolean {
  return expression.kind === "related" || partsOf(expression).some(asksRelations);
}

/** True when a condition asks about the event of an earlier stage. */
export function asksStages(expression: CheckedExpression): boolean {
  return (
    ownersOf(expression).some((owner) => owner?.kind === "stage") || partsOf(expression).some(asksStages)
  );
}

function ownersOf(expression: CheckedExpression): readonly (FieldOwner | undefined)[] {
  switch (expression.kind) {
    case "test":
    case "exists":
      return [expression.of];
    case "any-element":
      return [expression.elements.of];
    case "script":
      return ownersOfInputs(expression);
    default:
      return [];
  }
}

function ownersOfInputs({ inputs }: CheckedScript): readonly (FieldOwner | undefined)[] {
  return inputs.map((input) => {
    if (input.kind === "field") return input.of;
    return input.kind === "count" ? input.elements.of : undefined;
  });
}
