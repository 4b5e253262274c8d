import type { FieldCatalogue } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { constantOf } from "../expression/check-scalar.ts";
import type { CheckScope } from "../expression/check-scope.ts";
import type { ScalarValue } from "../expression/scalar-function.ts";
import { lowerCondition } from "./lower.ts";
import { lowerScalar } from "./lower-scalar.ts";
import { type LoweringScope, noStages } from "./lowering-scope.ts";
import { parseEqlExpression } from "./parse.ts";

export type EvaluatedConstant =
  | { readonly value: ScalarValue; readonly diagnostics: readonly [] }
  | { readonly value: undefined; readonly diagnostics: readonly Diagnostic[] };

/** The value of an EQL expression that names no field, such as an example in the documentation of a function. */
export function evaluateEqlConstant(text: string): EvaluatedConstant {
  const { expression, diagnostics } = parseEqlExpression(text);
  if (expression === undefined) return { value: undefined, diagnostics };
  const found: Diagnostic[] = [];
  const report = (problem: Diagnostic): void => {
    found.push(problem);
  };
  const constants: CheckScope = { catalogue: noFields, fieldValues: "exact", report, nestedPath: undefined };
  const scope: LoweringScope = {
    dialect: "elasticsearch",
    categoryField: "",
    report,
    stages: noStages,
    variables: new Map(),
    constants,
    lowerCondition,
  };
  const constant = constantOf(lowerScalar(expression, scope), constants);
  if (constant !== undefined && found.length === 0) return { value: constant.value, diagnostics: [] };
  const problem = diagnostic("argument-type", expression.span, "The expression has no constant value");
  return { value: undefined, diagnostics: found.length > 0 ? found : [problem] };
}

const noFields: FieldCatalogue = {
  find: () => undefined,
  multiFields: () => [],
  names: () => [],
  with: () => noFields,
};
