import { type Field, formatIp, parseDateMath, parseIp } from "@tallyman/ecs";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import { type CheckScope, findField } from "./check-scope.ts";
import type {
  CheckedElements,
  CheckedExpression,
  ScriptField,
  ScriptInput,
  ValueTest,
} from "./checked-expression.ts";
import type { CheckedScalar, ScalarOrder } from "./checked-scalar.ts";
import { compileScalar } from "./compile-scalar.ts";
import type { Elements, Expression, ScalarExpression, Script } from "./expression.ts";
import { isConstant } from "./scalar.ts";
import {
  argumentCounts,
  type ParameterType,
  parameterAt,
  type ScalarFunction,
  type ScalarType,
  type ScalarValue,
} from "./scalar-function.ts";
import { scalarReading } from "./scalar-reading.ts";
import { signatureOf } from "./signature.ts";
import { isAlways, isNever, type Truth } from "./truth.ts";

/** How the conditions that stand inside a computed value are checked. */
export interface ConditionChecks {
  readonly condition: (condition: Expression) => CheckedExpression;
  readonly elements: (elements: Elements) => CheckedElements;
}

/** Gives the parts of a condition on computed values their types; one that asks nothing of the event is computed at once. */
export function checkScript(
  { condition, span }: Script,
  scope: CheckScope,
  conditions: ConditionChecks,
): Truth {
  const checker = new ScalarChecker(scope, conditions);
  const { scalar, type } = checker.check(condition);
  if (checker.hasFailed) return { value: isNever, isNull: undefined };
  if (!takes("boolean", type)) {
    scope.report(
      diagnostic(
        "argument-type",
        span,
        `A condition must be true or false, and this is ${describeType(type)}`,
      ),
    );
    return { value: isNever, isNull: undefined };
  }
  if (checker.inputs.length === 0) return constantTruth(compileScalar(scalar)([]));
  return {
    value: simplest(scalar, checker.inputs),
    isNull: checker.unmappedFields === undefined ? undefined : nullWithout(scalar, checker.unmappedFields),
  };
}

/** The value of an expression that names no field; undefined when it names one or has a mistake in it. */
export function constantOf(
  scalar: ScalarExpression,
  scope: CheckScope,
): { readonly value: ScalarValue } | undefined {
  if (scalar.kind === "literal") return { value: scalar.value };
  if (!isConstant(scalar)) return undefined;
  const checker = new ScalarChecker({ ...scope, report: () => undefined }, noConditions);
  const checked = checker.check(scalar);
  return checker.hasFailed ? undefined : { value: compileScalar(checked.scalar)([]) };
}

/** Constants have none. */
const noConditions: ConditionChecks = {
  condition: () => isNever,
  elements: ({ array, element }) => ({ path: array.path, of: array.of, element, condition: isNever }),
};

function constantTruth(value: ScalarValue): Truth {
  if (value === null) return { value: isNever, isNull: isAlways };
  return { value: { kind: "constant", value: value === true }, isNull: undefined };
}

/** A field on its own is a test of its values, which other parts know better what to do with, and a condition on its own is itself. */
function simplest(condition: CheckedScalar, inputs: readonly ScriptInput[]): CheckedExpression {
  const [input] = inputs;
  if (condition.kind !== "input" || input === undefined || input.kind === "count")
    return { kind: "script", inputs, condition };
  if (input.kind === "condition") return input.condition;
  const test: ValueTest =
    input.reading === "boolean"
      ? { kind: "boolean-is", reading: "boolean", value: true }
      : { kind: "untyped-equals", reading: "scalar", text: "true", ignoreCase: false };
  return { kind: "test", path: input.path, of: input.of, test };
}

/**
 * Where all fields are optional and unknown, an event that has none of them makes of the condition what null literals in their place
 * would; if that is null, so is the condition.
 */
function nullWithout(
  condition: CheckedScalar,
  fields: readonly ScriptField[],
): CheckedExpression | undefined {
  const value = compileScalar(condition)(fields.map(() => null));
  if (value !== null) return undefined;
  return {
    kind: "and",
    operands: fields.map(
      ({ path, of }): CheckedExpression => ({ kind: "not", operand: { kind: "exists", path, of } }),
    ),
  };
}

interface Typed {
  readonly scalar: CheckedScalar;
  readonly type: ScalarType;
}

const failed: Typed = { scalar: { kind: "constant", value: null }, type: "null" };

class ScalarChecker {
  readonly #scope: CheckScope;
  readonly #conditions: ConditionChecks;
  readonly inputs: ScriptInput[] = [];
  #isAllUnmapped = true;
  hasFailed = false;

  constructor(scope: CheckScope, conditions: ConditionChecks) {
    this.#scope = scope;
    this.#conditions = conditions;
  }

  /** Where the values come from, if they are those of fields and nothing knows any of these. */
  get unmappedFields(): readonly ScriptField[] | undefined {
    return this.#isAllUnmapped ? this.inputs.filter((input) => input.kind === "field") : undefined;
  }

  check(scalar: ScalarExpression): Typed {
    switch (scalar.kind) {
      case "literal":
        return { scalar: { kind: "constant", value: scalar.value }, type: typeOfLiteral(scalar) };
      case "field":
        return this.#field(scalar);
      case "call":
        return this.#call(scalar);
      case "compare":
        return this.#compare(scalar);
      case "one-of":
        return this.#oneOf(scalar);
      case "matches": {
        const operand = this.#text(scalar.operand);
        return boolean({ kind: "matches", operand, pattern: scalar.pattern, ignoreCase: scalar.ignoreCase });
      }
      case "matches-regex":
        return boolean({ kind: "matches-regex", operand: this.#text(scalar.operand), regex: scalar.regex });
      case "is-null":
        return boolean({ kind: "is-null", operand: this.check(scalar.operand).scalar });
      case "and":
      case "or":
        return boolean({
          kind: scalar.kind,
          operands: scalar.operands.map((operand) => this.#condition(operand)),
        });
      case "not":
        return boolean({ kind: "not", operand: this.#condition(scalar.operand) });
      case "count":
        this.#isAllUnmapped = false;
        return this.#input({ kind: "count", elements: this.#conditions.elements(scalar.elements) }, "long");
      case "condition":
        this.#isAllUnmapped = false;
        return this.#input(
          { kind: "condition", condition: this.#conditions.condition(scalar.condition) },
          "boolean",
        );
    }
  }

  #input(input: ScriptInput, type: ScalarType): Typed {
    this.inputs.push(input);
    return { scalar: { kind: "input", index: this.inputs.length - 1 }, type };
  }

  #field({ field }: Extract<ScalarExpression, { kind: "field" }>): Typed {
    const found = findField(field, this.#scope);
    if (found === undefined) return this.#fail();
    if (!found.isUnmapped) this.#isAllUnmapped = false;
    const reading = scalarReading(found.field);
    return this.#input(
      { kind: "field", path: found.valuePath, of: field.of, reading },
      typeOfField(found.field),
    );
  }

  #call(call: Extract<ScalarExpression, { kind: "call" }>): Typed {
    const { definition, ignoreCase, span } = call;
    const { min, max } = argumentCounts(definition);
    const count = call.arguments.length;
    if (count < min || count > max) {
      return this.#fail(
        "argument-count",
        span,
        `${signatureOf(definition)} is given ${plural(count, "argument")}`,
      );
    }
    const types: ScalarType[] = [];
    const values = call.arguments.map((argument, i) => {
      const parameter = parameterAt(definition, i);
      const typed = this.check(argument);
      types.push(typed.type);
      if (parameter === undefined) return typed.scalar;
      if (parameter.isConstant === true && !isConstant(argument)) {
        return this.#fail(
          "argument-type",
          argument.span,
          `The ${parameter.name} of ${definition.name} must be a constant`,
        ).scalar;
      }
      if (!takes(parameter.type, typed.type) && !this.hasFailed) {
        const message = `The ${parameter.name} of ${definition.name} must be ${describeParameter(parameter.type)}, and this is ${describeType(typed.type)}`;
        const hint = parameter.type === "text" ? "string(…) makes text of a value" : undefined;
        return this.#fail("argument-type", argument.span, message, hint).scalar;
      }
      return converted(typed, parameter.type);
    });
    const isFractional = types.includes("double");
    const scalar: CheckedScalar = { kind: "call", definition, ignoreCase, isFractional, arguments: values };
    return { scalar, type: resultType(definition, types) };
  }

  #compare({
    operator,
    ignoreCase,
    left,
    right,
    span,
  }: Extract<ScalarExpression, { kind: "compare" }>): Typed {
    const a = this.check(left);
    const b = this.check(right);
    const order = this.#order(a, b, ignoreCase, span);
    return boolean({ kind: "compare", operator, order, left: adapted(a, b.type), right: adapted(b, a.type) });
  }

  #oneOf({ operand, values, ignoreCase, span }: Extract<ScalarExpression, { kind: "one-of" }>): Typed {
    const a = this.check(operand);
    const candidates = values.map((value) => this.check(value));
    const orders = new Set(
      candidates
        .filter(({ type }) => type !== "null")
        .map((candidate) => this.#order(a, candidate, ignoreCase, span)),
    );
    const [only] = orders;
    const order = orders.size === 1 && only !== undefined ? only : "any";
    return boolean({
      kind: "one-of",
      operand: a.scalar,
      order,
      values: candidates.map((b) => adapted(b, a.type)),
    });
  }

  #order(a: Typed, b: Typed, ignoreCase: boolean, span: Span): ScalarOrder {
    const order = orderOf(a.type, b.type, ignoreCase);
    if (order !== undefined) return order;
    // What has a mistake in it says nothing about its type.
    if (this.hasFailed) return "any";
    const message = `${capitalized(describeType(a.type))} can never equal ${describeType(b.type)}`;
    this.#scope.report(diagnostic("type-mismatch", span, message));
    return "any";
  }

  #text(operand: ScalarExpression): CheckedScalar {
    const typed = this.check(operand);
    if (takes("text", typed.type)) return converted(typed, "text");
    const message = `Patterns are for text, and this is ${describeType(typed.type)}`;
    return this.#fail("argument-type", operand.span, message, "string(…) makes text of a value").scalar;
  }

  #condition(operand: ScalarExpression): CheckedScalar {
    const typed = this.check(operand);
    if (takes("boolean", typed.type)) return typed.scalar;
    const message = `A condition must be true or false, and this is ${describeType(typed.type)}`;
    return this.#fail("argument-type", operand.span, message).scalar;
  }

  #fail(code?: "argument-type" | "argument-count", span?: Span, message?: string, hint?: string): Typed {
    this.hasFailed = true;
    if (code !== undefined && span !== undefined && message !== undefined) {
      this.#scope.report(diagnostic(code, span, message, hint));
    }
    return failed;
  }
}

function boolean(scalar: CheckedScalar): Typed {
  return { scalar, type: "boolean" };
}

function typeOfLiteral({ value, isFractional }: Extract<ScalarExpression, { kind: "literal" }>): ScalarType {
  switch (typeof value) {
    case "string":
      return "text";
    case "boolean":
      return "boolean";
    case "number":
      return isFractional ? "double" : "long";
    default:
      return "null";
  }
}

function typeOfField(field: Field | undefined): ScalarType {
  if (field === undefined) return "any";
  switch (field.type) {
    case "long":
    case "double":
    case "boolean":
    case "date":
    case "ip":
    case "version":
      return field.type;
    default:
      return "text";
  }
}

function takes(parameter: ParameterType, type: ScalarType): boolean {
  if (type === "null" || type === "any") return true;
  switch (parameter) {
    case "any":
      return true;
    case "text":
      return type === "text" || type === "version";
    case "number":
      return type === "long" || type === "double" || type === "number";
    case "integer":
      return type === "long" || type === "number";
    case "boolean":
      return type === "boolean";
    case "ip":
      return type === "ip" || type === "text";
  }
}

/** The argument in the form that the function gets: text, or a number. */
function converted({ scalar, type }: Typed, parameter: ParameterType): CheckedScalar {
  if (type === "date" && parameter === "any")
    return { kind: "convert", from: type, to: "text", operand: scalar };
  if (type !== "any") return scalar;
  if (parameter === "text" || parameter === "ip")
    return { kind: "convert", from: type, to: "text", operand: scalar };
  if (parameter === "number" || parameter === "integer") {
    return { kind: "convert", from: type, to: "number", operand: scalar };
  }
  return scalar;
}

function resultType({ returns }: ScalarFunction, types: readonly ScalarType[]): ScalarType {
  if (returns !== "numeric") return returns;
  if (types.includes("double")) return "double";
  return types.every((type) => type === "long") ? "long" : "number";
}

const numeric: ReadonlySet<ScalarType> = new Set(["long", "double", "number"]);

function orderOf(a: ScalarType, b: ScalarType, ignoreCase: boolean): ScalarOrder | undefined {
  if (a === "null" || b === "null") return "any";
  if (numeric.has(a) && numeric.has(b)) return "number";
  if (a === "any" || b === "any")
    return a === "text" || b === "text" ? (ignoreCase ? "caseless-text" : "any") : "any";
  if (a === "date" || b === "date")
    return a === b || isOneOf("text", a, b) || isNumeric(a, b) ? "any" : undefined;
  if (a === b)
    return a === "version" ? "version" : a === "boolean" ? "any" : ignoreCase ? "caseless-text" : "text";
  if (isOneOf("text", a, b)) {
    if (isOneOf("version", a, b)) return "version";
    if (isOneOf("ip", a, b)) return "text";
  }
  return undefined;
}

function isOneOf(wanted: ScalarType, a: ScalarType, b: ScalarType): boolean {
  return a === wanted || b === wanted;
}

function isNumeric(a: ScalarType, b: ScalarType): boolean {
  return numeric.has(a) || numeric.has(b);
}

/** A text constant in the form of the values that it is compared with. */
function adapted({ scalar, type }: Typed, other: ScalarType): CheckedScalar {
  if (scalar.kind !== "constant" || type !== "text") return scalar;
  const text = String(scalar.value);
  if (other === "date") {
    const date = parseDateMath(text);
    return date === undefined || date.isRelative
      ? scalar
      : { kind: "constant", value: date.resolve(0, "start") };
  }
  const ip = other === "ip" ? parseIp(text) : undefined;
  return ip === undefined ? scalar : { kind: "constant", value: formatIp(ip) };
}

function describeType(type: ScalarType): string {
  switch (type) {
    case "text":
      return "text";
    case "long":
    case "number":
      return "a number";
    case "double":
      return "a fractional number";
    case "boolean":
      return "true or false";
    case "ip":
      return "an IP address";
    case "date":
      return "a date";
    case "version":
      return "a version";
    case "null":
      return "null";
    case "any":
      return "of unknown type";
  }
}

function describeParameter(type: ParameterType): string {
  switch (type) {
    case "text":
      return "text";
    case "number":
      return "a number";
    case "integer":
      return "a whole number";
    case "boolean":
      return "true or false";
    case "ip":
      return "an IP address";
    case "any":
      return "a value";
  }
}

function plural(count: number, noun: string): string {
  return count === 0 ? `no ${noun}` : count === 1 ? `one ${noun}` : `${count} ${noun}s`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
