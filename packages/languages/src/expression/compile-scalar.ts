import { foldCase, formatTimestamp, parseNumber } from "@tallyman/ecs";
import { compileRegex } from "../regex/regex.ts";
import { compareText } from "../values/compare-text.ts";
import { caselessText, exactText } from "../values/text-matching.ts";
import { compareVersions } from "../values/version.ts";
import { compileWildcard, lowerPattern } from "../values/wildcard.ts";
import type { CheckedScalar, ScalarOrder } from "./checked-scalar.ts";
import type { ComparisonOperator } from "./expression.ts";
import { callFunction, type ScalarValue } from "./scalar-function.ts";

/** Computes a value from one value for each input of the script. */
export type ScalarProgram = (row: readonly ScalarValue[]) => ScalarValue;

/** Compiles a computed value to closures. */
export function compileScalar(scalar: CheckedScalar): ScalarProgram {
  switch (scalar.kind) {
    case "constant": {
      const { value } = scalar;
      return () => value;
    }
    case "input": {
      const { index } = scalar;
      return (row) => row[index] ?? null;
    }
    case "call":
      return compileCall(scalar);
    case "convert":
      return onValue(
        scalar.operand,
        scalar.to === "number" ? toNumber : scalar.from === "date" ? dateToText : String,
      );
    case "compare":
      return compileComparison(scalar);
    case "one-of":
      return compileOneOf(scalar);
    case "matches": {
      const { pattern, ignoreCase } = scalar;
      const matches = compileWildcard(ignoreCase ? lowerPattern(pattern) : pattern);
      return onValue(scalar.operand, (value) =>
        matches(ignoreCase ? foldCase(String(value)) : String(value)),
      );
    }
    case "matches-regex": {
      const matches = compileRegex(scalar.regex);
      const { ignoreCase } = scalar.regex;
      return onValue(scalar.operand, (value) =>
        matches(ignoreCase ? foldCase(String(value)) : String(value)),
      );
    }
    case "is-null": {
      const operand = compileScalar(scalar.operand);
      return (row) => operand(row) === null;
    }
    case "and":
      return compileJunction(scalar.operands, false);
    case "or":
      return compileJunction(scalar.operands, true);
    case "not":
      return onValue(scalar.operand, (value) => !isTrue(value));
  }
}

/** Applies a function to a value; null stays null. */
function onValue(
  operand: CheckedScalar,
  apply: (value: string | number | boolean) => ScalarValue,
): ScalarProgram {
  const program = compileScalar(operand);
  return (row) => {
    const value = program(row);
    return value === null ? null : apply(value);
  };
}

function compileCall(scalar: Extract<CheckedScalar, { kind: "call" }>): ScalarProgram {
  const { definition, isFractional, ignoreCase } = scalar;
  const context = { text: ignoreCase ? caselessText : exactText, isFractional };
  const values = scalar.arguments.map(compileScalar);
  return (row) =>
    callFunction(
      definition,
      values.map((value) => value(row)),
      context,
    );
}

/** `decisive` is the value of one part that settles the whole; a null part leaves the rest open. */
function compileJunction(operands: readonly CheckedScalar[], decisive: boolean): ScalarProgram {
  const programs = operands.map(compileScalar);
  return (row) => {
    let result: ScalarValue = !decisive;
    for (const program of programs) {
      const value = program(row);
      if (value === null) result = null;
      else if (isTrue(value) === decisive) return decisive;
    }
    return result;
  };
}

function isTrue(value: ScalarValue): boolean {
  return value === true || value === "true";
}

const fulfils: { readonly [O in ComparisonOperator]: (order: number) => boolean } = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function compileComparison(scalar: Extract<CheckedScalar, { kind: "compare" }>): ScalarProgram {
  const left = compileScalar(scalar.left);
  const right = compileScalar(scalar.right);
  const compare = comparisonOf(scalar.order);
  const fulfilled = fulfils[scalar.operator];
  return (row) => {
    const a = left(row);
    const b = right(row);
    return a === null || b === null ? null : fulfilled(compare(a, b));
  };
}

type Value = string | number | boolean;

/** The order of two values as a comparison's sign, NaN when they have none. */
function comparisonOf(order: ScalarOrder): (a: Value, b: Value) => number {
  switch (order) {
    case "number":
      return (a, b) => (a as number) - (b as number);
    case "text":
      return (a, b) => compareText(String(a), String(b));
    case "caseless-text":
      return (a, b) => compareText(foldCase(String(a)), foldCase(String(b)));
    case "version":
      return (a, b) => compareVersions(String(a), String(b));
    case "any":
      return compareAny;
  }
}

/** Numbers with text that spells one as numbers, and everything else only with its own kind. */
function compareAny(a: Value, b: Value): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "boolean" || typeof b === "boolean") return String(a) === String(b) ? 0 : Number.NaN;
  const x = typeof a === "number" ? a : parseNumber(a);
  const y = typeof b === "number" ? b : parseNumber(b);
  return x === undefined || y === undefined ? Number.NaN : x - y;
}

function compileOneOf(scalar: Extract<CheckedScalar, { kind: "one-of" }>): ScalarProgram {
  const operand = compileScalar(scalar.operand);
  const compare = comparisonOf(scalar.order);
  const programs = scalar.values.map(compileScalar);
  return (row) => {
    const value = operand(row);
    if (value === null) return null;
    let result: ScalarValue = false;
    for (const program of programs) {
      const candidate = program(row);
      if (candidate === null) result = null;
      else if (compare(value, candidate) === 0) return true;
    }
    return result;
  };
}

function toNumber(value: Value): ScalarValue {
  return typeof value === "number" ? value : (parseNumber(String(value)) ?? null);
}

function dateToText(value: Value): ScalarValue {
  return typeof value === "number" ? formatTimestamp(value) : String(value);
}
