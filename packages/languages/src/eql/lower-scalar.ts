import { diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import { constantOf } from "../expression/check-scalar.ts";
import type { ScalarExpression } from "../expression/expression.ts";
import type { NamedField } from "../expression/field-reference.ts";
import { isConstant } from "../expression/scalar.ts";
import type { ScalarFunction } from "../expression/scalar-function.ts";
import { add } from "../functions/eql/add.ts";
import { divide } from "../functions/eql/divide.ts";
import { modulo } from "../functions/eql/modulo.ts";
import { multiply } from "../functions/eql/multiply.ts";
import { subtract } from "../functions/eql/subtract.ts";
import { isLiteral, parseWildcard } from "../values/wildcard.ts";
import type { EqlArithmetic, EqlCall, EqlExpression, EqlLiteral, EqlMatch } from "./ast.ts";
import { readEndpointCall } from "./endpoint-call.ts";
import { fieldOf, lowerElements, variableField } from "./lower-elements.ts";
import type { LoweringScope } from "./lowering-scope.ts";
import { readPattern } from "./read-pattern.ts";
import { resolveFunction } from "./resolve-function.ts";

const arithmetic: Readonly<Record<EqlArithmetic, ScalarFunction>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": modulo,
};

/** What an expression is as a computed value. Operators of arithmetic are calls of their functions. */
export function lowerScalar(expression: EqlExpression, scope: LoweringScope): ScalarExpression {
  const { span } = expression;
  switch (expression.kind) {
    case "and":
    case "or":
      return {
        kind: expression.kind,
        operands: expression.operands.map((operand) => lowerScalar(operand, scope)),
        span,
      };
    case "not":
      return { kind: "not", operand: lowerScalar(expression.operand, scope), span };
    case "compare":
      return lowerComparison(expression, scope);
    case "arithmetic": {
      const operands = [lowerScalar(expression.left, scope), lowerScalar(expression.right, scope)];
      return call(arithmetic[expression.operator], operands, span);
    }
    case "minus": {
      const operand = lowerScalar(expression.operand, scope);
      if (operand.kind === "literal" && typeof operand.value === "number") {
        // Zero has no sign.
        return { ...operand, value: 0 - operand.value, span };
      }
      return call(subtract, [{ kind: "literal", value: 0, isFractional: false, span }, operand], span);
    }
    case "in":
      return lowerIn(expression, scope);
    case "match":
      return lowerMatch(expression, scope);
    case "call":
      return lowerCall(expression, scope);
    case "field":
      return fieldScalar(fieldOf(expression, scope), span);
    case "literal":
      return { kind: "literal", value: expression.value, isFractional: expression.isFractional, span };
    case "variable":
      return fieldScalar(variableField(expression, scope), span);
    case "relation":
      return { kind: "condition", condition: scope.lowerCondition(expression, scope), span };
  }
}

function fieldScalar(field: NamedField | undefined, span: Span): ScalarExpression {
  return field === undefined ? nullLiteral(span) : { kind: "field", field, span };
}

function lowerCall(expression: EqlCall, scope: LoweringScope): ScalarExpression {
  const { ignoreCase, span } = expression;
  const meaning = scope.dialect === "endpoint" ? readEndpointCall(expression) : undefined;
  switch (meaning?.kind) {
    case undefined: {
      const definition = resolveFunction(expression, scope);
      if (definition === undefined) return nullLiteral(span);
      const values = expression.arguments.map((argument) => lowerScalar(argument, scope));
      return { kind: "call", definition, ignoreCase, arguments: values, span };
    }
    case "rewritten":
      return lowerScalar(meaning.expression, scope);
    case "count": {
      const elements = lowerElements(meaning, span, scope);
      return elements === undefined ? nullLiteral(span) : { kind: "count", elements, span };
    }
    case "any-element":
    case "malformed":
      return { kind: "condition", condition: scope.lowerCondition(expression, scope), span };
  }
}

function call(definition: ScalarFunction, values: readonly ScalarExpression[], span: Span): ScalarExpression {
  return { kind: "call", definition, ignoreCase: false, arguments: values, span };
}

function nullLiteral(span: Span): ScalarExpression {
  return { kind: "literal", value: null, isFractional: false, span };
}

function lowerComparison(
  comparison: Extract<EqlExpression, { kind: "compare" }>,
  scope: LoweringScope,
): ScalarExpression {
  const { operator, span } = comparison;
  const left = lowerScalar(comparison.left, scope);
  const right = lowerScalar(comparison.right, scope);
  if (operator === "==" || operator === "!=") {
    const other = isNullConstant(right, scope) ? left : isNullConstant(left, scope) ? right : undefined;
    if (other !== undefined) {
      const test: ScalarExpression = { kind: "is-null", operand: other, span };
      return operator === "==" ? test : { kind: "not", operand: test, span };
    }
  }
  if (!isConstant(left) && !isConstant(right)) refuseFieldComparison(span, scope);
  return { kind: "compare", operator, ignoreCase: false, left, right, span };
}

function isNullConstant(scalar: ScalarExpression, scope: LoweringScope): boolean {
  return constantOf(scalar, scope.constants)?.value === null;
}

function refuseFieldComparison(span: Span, scope: LoweringScope): void {
  if (scope.dialect === "endpoint") return;
  const hint =
    "a function may take several fields, as in startsWith(a, b); --dialect endpoint compares fields";
  scope.report(diagnostic("field-comparison", span, "One side of a comparison must be a constant", hint));
}

function lowerIn(
  { operand, values, isNegated, ignoreCase, span }: Extract<EqlExpression, { kind: "in" }>,
  scope: LoweringScope,
): ScalarExpression {
  const candidates = values.map((value) => lowerScalar(value, scope));
  if (!candidates.every(isConstant)) refuseFieldComparison(span, scope);
  const test: ScalarExpression = {
    kind: "one-of",
    operand: lowerScalar(operand, scope),
    values: candidates,
    ignoreCase,
    span,
  };
  return isNegated ? { kind: "not", operand: test, span } : test;
}

function lowerMatch(match: EqlMatch, scope: LoweringScope): ScalarExpression {
  const operand = lowerScalar(match.operand, scope);
  const operands = match.values.map((value) => matchScalar(operand, match, value, scope));
  const [only] = operands;
  return operands.length === 1 && only !== undefined ? only : { kind: "or", operands, span: match.span };
}

function matchScalar(
  operand: ScalarExpression,
  { operator }: EqlMatch,
  literal: EqlLiteral,
  scope: LoweringScope,
): ScalarExpression {
  const { value, span } = literal;
  if (operator === ":") {
    if (value === null) return { kind: "is-null", operand, span };
    const pattern = typeof value === "string" ? parseWildcard(value, { escapes: false }) : undefined;
    if (pattern !== undefined && !isLiteral(pattern))
      return { kind: "matches", operand, pattern, ignoreCase: true, span };
    const right: ScalarExpression = { kind: "literal", value, isFractional: literal.isFractional, span };
    return { kind: "compare", operator: "==", ignoreCase: pattern !== undefined, left: operand, right, span };
  }
  const read = readPattern(operator, literal, scope.report);
  if (read === undefined) return nullLiteral(span);
  return read.kind === "regex"
    ? { kind: "matches-regex", operand, regex: read.regex, span }
    : { kind: "matches", operand, pattern: read.pattern, ignoreCase: read.ignoreCase, span };
}
