import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import { constantOf } from "../expression/check-scalar.ts";
import type { Expression, Literal, RangeOperator, ScalarExpression } from "../expression/expression.ts";
import type { FieldReference, NamedField } from "../expression/field-reference.ts";
import type { ScalarFunction, ScalarValue } from "../expression/scalar-function.ts";
import { isLiteral, parseWildcard } from "../values/wildcard.ts";
import type {
  EqlCall,
  EqlComparison,
  EqlExpression,
  EqlFilter,
  EqlIn,
  EqlLiteral,
  EqlMatch,
  EqlRelation,
} from "./ast.ts";
import { type EndpointCall, readEndpointCall } from "./endpoint-call.ts";
import { lowerElements } from "./lower-elements.ts";
import { lowerScalar } from "./lower-scalar.ts";
import type { LoweringScope, StageNames } from "./lowering-scope.ts";
import { readPattern } from "./read-pattern.ts";
import { resolveFunction } from "./resolve-function.ts";

const nothing: Expression = { kind: "constant", value: false };

/**
 * What `category where condition` means. Conditions on a field and constants become conditions on the field's values, as
 * Elasticsearch turns them into queries; everything else becomes a condition on computed values, as it turns that into scripts.
 * `not` takes the opposite of either: on an event without the field both are false, and their negations true.
 */
export function lowerFilter({ category, condition }: EqlFilter, scope: LoweringScope): Expression {
  const lowered = lowerCondition(condition, scope);
  if (category === undefined) return lowered;
  const { name, span } = category;
  const field: NamedField = { kind: "field", path: scope.categoryField, span };
  const isCategory = equals(field, name, false, span);
  const matches =
    scope.dialect === "endpoint" && name === "dns" ? anyOf([isCategory, isLookup(field)]) : isCategory;
  return { kind: "and", operands: [matches, lowered] };
}

/** Endpoints tell look-ups of names apart from other events of the network; what they send says `network` of both. */
function isLookup(category: NamedField): Expression {
  const { span } = category;
  const question: NamedField = { kind: "field", path: "dns.question.name", span };
  const operands = [
    equals(category, "network", false, span),
    { kind: "exists", field: question, span } as const,
  ];
  return { kind: "and", operands };
}

/** What a condition means. */
export function lowerCondition(expression: EqlExpression, scope: LoweringScope): Expression {
  switch (expression.kind) {
    case "and":
    case "or":
      return {
        kind: expression.kind,
        operands: expression.operands.map((operand) => lowerCondition(operand, scope)),
      };
    case "not":
      return { kind: "not", operand: lowerCondition(expression.operand, scope) };
    case "literal":
      return typeof expression.value === "boolean" || expression.value === null
        ? { kind: "constant", value: expression.value }
        : script(expression, scope);
    case "compare":
      return lowerComparison(expression, scope);
    case "in":
      return lowerIn(expression, scope);
    case "match":
      return lowerMatch(expression, scope);
    case "call":
      return lowerCall(expression, scope);
    case "relation":
      return lowerRelation(expression, scope);
    case "field":
    case "variable":
    case "arithmetic":
    case "minus":
      return script(expression, scope);
  }
}

/** The filter looks at an event of another process, and that is all it can look at. */
function lowerRelation({ relation, filter, span }: EqlRelation, scope: LoweringScope): Expression {
  const unknown = [...scope.stages.known].map((name): [string, string] => [
    name,
    `'${name}' is not known inside '${relation} of [ … ]', which looks at one event`,
  ]);
  const stages: StageNames = { known: new Set(), unknown: new Map([...scope.stages.unknown, ...unknown]) };
  const inner: LoweringScope = { ...scope, stages, variables: new Map() };
  return { kind: "related", relation, filter: lowerFilter(filter, inner), span };
}

function script(expression: EqlExpression, scope: LoweringScope): Expression {
  return { kind: "script", condition: lowerScalar(expression, scope), span: expression.span };
}

/** The field that an expression is, if it is one and not a value computed from it. */
function fieldOf(scalar: ScalarExpression): NamedField | undefined {
  return scalar.kind === "field" ? scalar.field : undefined;
}

function lowerComparison(
  comparison: Extract<EqlExpression, { kind: "compare" }>,
  scope: LoweringScope,
): Expression {
  const { operator } = comparison;
  const left = lowerScalar(comparison.left, scope);
  const right = lowerScalar(comparison.right, scope);
  const leftConstant = constantOf(left, scope.constants);
  const rightConstant = constantOf(right, scope.constants);
  if (operator === "==" || operator === "!=") {
    const isEqual = operator === "==";
    if (rightConstant?.value === null) return negatedUnless(isEqual, isNull(left, scope));
    if (leftConstant?.value === null) return negatedUnless(isEqual, isNull(right, scope));
    if (typeof rightConstant?.value === "boolean" && isCondition(comparison.left)) {
      return negatedUnless(isEqual === rightConstant.value, lowerCondition(comparison.left, scope));
    }
    if (typeof leftConstant?.value === "boolean" && isCondition(comparison.right)) {
      return negatedUnless(isEqual === leftConstant.value, lowerCondition(comparison.right, scope));
    }
  }
  const leftField = fieldOf(left);
  if (leftField !== undefined && rightConstant !== undefined) {
    return compareField(leftField, operator, rightConstant.value, right.span, scope);
  }
  const rightField = fieldOf(right);
  if (rightField !== undefined && leftConstant !== undefined) {
    return compareField(rightField, mirrored[operator], leftConstant.value, left.span, scope);
  }
  return script(comparison, scope);
}

const mirrored: Readonly<Record<EqlComparison, EqlComparison>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** True for what is true or false by itself, so that comparing it with a boolean only keeps or negates it. */
function isCondition(expression: EqlExpression): boolean {
  return ["and", "or", "not", "compare", "in", "match", "call", "relation"].includes(expression.kind);
}

function negatedUnless(isKept: boolean, operand: Expression): Expression {
  return isKept ? operand : { kind: "not", operand };
}

function isNull(scalar: ScalarExpression, scope: LoweringScope): Expression {
  const constant = constantOf(scalar, scope.constants);
  if (constant !== undefined) return { kind: "constant", value: constant.value === null };
  const field = fieldOf(scalar);
  const { span } = scalar;
  return field === undefined
    ? { kind: "script", condition: { kind: "is-null", operand: scalar, span }, span }
    : { kind: "not", operand: { kind: "exists", field, span } };
}

function compareField(
  field: FieldReference,
  operator: EqlComparison,
  value: ScalarValue,
  span: Diagnostic["span"],
  scope: LoweringScope,
): Expression {
  if (value === null) return { kind: "constant", value: null };
  if (operator === "==") return equals(field, value, false, span);
  if (operator === "!=") return { kind: "not", operand: equals(field, value, false, span) };
  const bound = { operator: operator as RangeOperator, value, span };
  // Endpoint rules compare ids that are stored as text with numbers.
  const asNumbers = scope.dialect === "endpoint" && typeof value === "number";
  return { kind: "range", field, bounds: [bound], asNumbers, span };
}

function equals(
  field: FieldReference,
  value: Literal,
  ignoreCase: boolean,
  span: Diagnostic["span"],
): Expression {
  return { kind: "equals", field, value, tokens: "phrase", ignoreCase, span };
}

function lowerIn(expression: EqlIn, scope: LoweringScope): Expression {
  const field = fieldOf(lowerScalar(expression.operand, scope));
  const constants = expression.values.map((value) => constantOf(lowerScalar(value, scope), scope.constants));
  if (field === undefined || constants.includes(undefined)) {
    const positive = script({ ...expression, isNegated: false }, scope);
    return negatedUnless(!expression.isNegated, positive);
  }
  const operands = constants.flatMap((constant, i): readonly Expression[] => {
    const value = constant?.value ?? null;
    const { span } = expression.values[i] as EqlExpression;
    return value === null
      ? []
      : [equals(field, value, expression.ignoreCase && typeof value === "string", span)];
  });
  return negatedUnless(!expression.isNegated, anyOf(operands));
}

function anyOf(operands: readonly Expression[]): Expression {
  const [only] = operands;
  return operands.length === 1 && only !== undefined ? only : { kind: "or", operands };
}

function lowerMatch(expression: EqlMatch, scope: LoweringScope): Expression {
  const operand = lowerScalar(expression.operand, scope);
  const field = fieldOf(operand);
  if (field === undefined) return script(expression, scope);
  return anyOf(expression.values.map((value) => matchField(field, expression, value, scope)));
}

function matchField(
  field: NamedField,
  { operator }: EqlMatch,
  literal: EqlLiteral,
  scope: LoweringScope,
): Expression {
  const { value, span } = literal;
  if (operator === ":") {
    if (value === null) return { kind: "not", operand: { kind: "exists", field, span } };
    const pattern = typeof value === "string" ? parseWildcard(value, { escapes: false }) : undefined;
    if (pattern === undefined || isLiteral(pattern)) return equals(field, value, pattern !== undefined, span);
    return { kind: "matches", field, pattern, splitsOnSpace: false, ignoreCase: true, span };
  }
  const read = readPattern(operator, literal, scope.report);
  if (read === undefined) return nothing;
  return read.kind === "regex"
    ? { kind: "matches-regex", field, regex: read.regex, span }
    : {
        kind: "matches",
        field,
        pattern: read.pattern,
        splitsOnSpace: false,
        ignoreCase: read.ignoreCase,
        span,
      };
}

function lowerCall(call: EqlCall, scope: LoweringScope): Expression {
  if (scope.dialect === "endpoint") {
    const meaning = readEndpointCall(call);
    if (meaning !== undefined) return lowerEndpointCall(call, meaning, scope);
  }
  const definition = resolveFunction(call, scope);
  if (definition === undefined) return nothing;
  return (definition.onField && callOnField(call, definition, scope)) ?? script(call, scope);
}

function lowerEndpointCall(call: EqlCall, meaning: EndpointCall, scope: LoweringScope): Expression {
  const { span } = call;
  switch (meaning.kind) {
    case "rewritten":
      return lowerCondition(meaning.expression, scope);
    case "any-element": {
      const elements = lowerElements(meaning, span, scope);
      return elements === undefined ? nothing : { kind: "any-element", elements, span };
    }
    case "count":
      return script(call, scope);
    case "malformed":
      scope.report(diagnostic("argument-type", span, meaning.problem));
      return nothing;
  }
}

/** The condition on a field's values that a call on it is; undefined when it is called on anything else. */
function callOnField(
  call: EqlCall,
  definition: ScalarFunction,
  scope: LoweringScope,
): Expression | undefined {
  const [first, ...rest] = call.arguments.map((argument) => lowerScalar(argument, scope));
  const field = first && fieldOf(first);
  const constants = rest.map((argument) => constantOf(argument, scope.constants)?.value);
  if (field === undefined || constants.length === 0) return undefined;
  const { span } = call;
  if (definition.onField?.kind === "blocks") {
    const blocks = constants.filter((constant) => typeof constant === "string");
    return blocks.length === constants.length ? { kind: "in-blocks", field, blocks, span } : undefined;
  }
  const [text] = constants;
  if (constants.length > 1 || typeof text !== "string" || text === "") return undefined;
  const pattern = definition.onField?.pattern(text);
  return (
    pattern && { kind: "matches", field, pattern, splitsOnSpace: false, ignoreCase: call.ignoreCase, span }
  );
}
