import { diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import type { Elements } from "../expression/expression.ts";
import type { FieldOwner, NamedField } from "../expression/field-reference.ts";
import type { EqlField, EqlVariable } from "./ast.ts";
import type { EndpointCall } from "./endpoint-call.ts";
import type { LoweringScope } from "./lowering-scope.ts";

/** The elements that a call of `arraySearch` or `arrayCount` looks for; undefined after a problem. */
export function lowerElements(
  { array, element, condition }: Extract<EndpointCall, { kind: "count" | "any-element" }>,
  span: Span,
  scope: LoweringScope,
): Elements | undefined {
  const field = array.kind === "variable" ? variableField(array, scope) : fieldOf(array, scope);
  if (field === undefined) return undefined;
  // No two calls begin at the same place of a query.
  const owner: Extract<FieldOwner, { kind: "element" }> = {
    kind: "element",
    id: span.start,
    name: element.name,
  };
  const variables = new Map(scope.variables).set(element.name, owner);
  return {
    array: field,
    element: owner,
    condition: scope.lowerCondition(condition, { ...scope, variables }),
  };
}

/** The field that a name stands for: one of the event, or one of the event of an earlier stage. Undefined after a problem. */
export function fieldOf({ path, isOptional, span }: EqlField, scope: LoweringScope): NamedField | undefined {
  const dot = path.indexOf(".");
  const name = dot < 0 ? path : path.slice(0, dot);
  const problem = scope.stages.unknown.get(name);
  if (problem !== undefined) {
    scope.report(diagnostic("bad-sequence", span, problem));
    return undefined;
  }
  if (!scope.stages.known.has(name)) return { kind: "field", path, isOptional, span };
  if (dot < 0) {
    const message = `'${name}' is an event: name one of its fields`;
    scope.report(diagnostic("argument-type", span, message, `write ${name}.process.name`));
    return undefined;
  }
  return { kind: "field", path: path.slice(dot + 1), isOptional, of: { kind: "stage", name }, span };
}

/** The field that a variable stands for, an element itself or one of its fields. Undefined after a problem. */
export function variableField(
  { name, path, span }: EqlVariable,
  scope: LoweringScope,
): NamedField | undefined {
  const of = scope.variables.get(name);
  if (of !== undefined) return { kind: "field", path, of, span };
  scope.report(diagnostic("argument-type", span, `There is no variable '$${name}' here`));
  return undefined;
}
