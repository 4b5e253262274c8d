import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import {
  type CheckedExpression,
  check,
  checkKql,
  compile,
  type Expression,
  type KqlQuery,
  lowerKql,
  parseKql,
  printKql,
} from "@tallyman/languages";
import type { CheckResult } from "./check-result.ts";

interface KqlCases {
  readonly accept: readonly { readonly query: string }[];
  readonly reject: readonly { readonly query: string }[];
  readonly match: readonly { readonly query: string; readonly doc: JsonObject; readonly expected: boolean }[];
  readonly equivalent: readonly { readonly a: string; readonly b: string }[];
  readonly literals: readonly {
    readonly expression: string;
    readonly value: {
      readonly literal?: unknown;
      readonly phrase?: string;
      readonly wildcard?: readonly string[];
    };
  }[];
  readonly field_names: readonly { readonly query: string; readonly fields: readonly string[] }[];
}

/** Runs the public KQL cases: what is accepted and refused, what matches, and which queries mean the same. */
export function checkKqlCases(shared: string): CheckResult {
  const cases = JSON.parse(readFileSync(join(shared, "conformance", "kql-cases.json"), "utf8")) as KqlCases;
  const failed: string[] = [];
  let passed = 0;
  const expectTrue = (holds: boolean, what: () => string): void => {
    if (holds) passed += 1;
    else failed.push(what());
  };
  for (const { query } of cases.accept) {
    const parsed = parseKql(query);
    const again = parsed.query && parseKql(printKql(parsed.query));
    expectTrue(parsed.query !== undefined, () => `refused: ${query}`);
    expectTrue(
      withoutSpans(again?.query) === withoutSpans(parsed.query),
      () => `printed differently: ${query}`,
    );
  }
  for (const { query } of cases.reject)
    expectTrue(parseKql(query).query === undefined, () => `accepted: ${query}`);
  for (const { query, doc, expected } of cases.match) {
    expectTrue(
      matches(query, doc) === expected,
      () => `should be ${expected}: ${query} on ${JSON.stringify(doc)}`,
    );
  }
  for (const { a, b } of cases.equivalent)
    expectTrue(areEquivalent(a, b), () => `not equivalent: ${a} and ${b}`);
  for (const { expression, value } of cases.literals) {
    const read = readLiteral(expression);
    expectTrue(
      JSON.stringify(read) === JSON.stringify(value),
      () => `${expression} is read as ${JSON.stringify(read)}`,
    );
  }
  for (const { query, fields } of cases.field_names) {
    const found = [...fieldNames(lowered(query))].sort();
    expectTrue(found.join() === [...fields].sort().join(), () => `${query} has the fields ${found.join()}`);
  }
  return { passed, failed };
}

function lowered(text: string): Expression {
  const { query, diagnostics } = parseKql(text);
  if (query === undefined) throw new Error(`${text}: ${diagnostics[0].message}`);
  return lowerKql(query);
}

function matches(query: string, document: JsonObject): boolean | undefined {
  const { expression } = checkKql(query, ecsCatalogue());
  const slots = new FieldSlots();
  return expression && compile(expression, slots).matches(new ParsedEvent(document, slots), 0);
}

/** Two queries mean the same when they agree for every way in which their conditions can be true or false. */
function areEquivalent(a: string, b: string): boolean {
  const first = checkedQuery(a);
  const second = checkedQuery(b);
  const conditions = [...new Set([...leaves(first), ...leaves(second)])];
  for (let bits = 0; bits < 2 ** conditions.length; bits++) {
    const holds = (condition: string): boolean => ((bits >> conditions.indexOf(condition)) & 1) === 1;
    if (evaluate(first, holds) !== evaluate(second, holds)) return false;
  }
  return true;
}

function checkedQuery(text: string): CheckedExpression {
  return check(lowered(text), ecsCatalogue()).expression;
}

function evaluate(expression: CheckedExpression, holds: (condition: string) => boolean): boolean {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "and":
      return expression.operands.every((operand) => evaluate(operand, holds));
    case "or":
      return expression.operands.some((operand) => evaluate(operand, holds));
    case "not":
      return !evaluate(expression.operand, holds);
    default:
      return holds(withoutSpans(expression));
  }
}

function leaves(expression: CheckedExpression): readonly string[] {
  switch (expression.kind) {
    case "constant":
      return [];
    case "and":
    case "or":
      return expression.operands.flatMap(leaves);
    case "not":
      return leaves(expression.operand);
    default:
      return [withoutSpans(expression)];
  }
}

function fieldNames(expression: Expression): Set<string> {
  switch (expression.kind) {
    case "and":
    case "or":
      return new Set(expression.operands.flatMap((operand) => [...fieldNames(operand)]));
    case "not":
      return fieldNames(expression.operand);
    case "nested":
      return fieldNames(expression.operand).add(expression.path);
    case "exists":
    case "equals":
    case "matches":
    case "range":
      return new Set(expression.field.kind === "field" ? [expression.field.path] : []);
    default:
      return new Set();
  }
}

/** A literal as the cases write it: a typed value, a quoted phrase, or the text between wildcards. */
function readLiteral(text: string): unknown {
  const { query } = parseKql(`f:${text}`);
  if (query === undefined || query.kind !== "field-values" || query.values.kind !== "literal")
    return undefined;
  const { isQuoted, parts } = query.values;
  if (parts.length > 1) return { wildcard: parts };
  if (isQuoted) return { phrase: parts[0] };
  const expression = lowerKql(query);
  return expression.kind === "equals" ? { literal: expression.value } : undefined;
}

function withoutSpans(tree: KqlQuery | CheckedExpression | undefined): string {
  return JSON.stringify(tree, (key, value: unknown) => (key === "span" ? undefined : value)) ?? "";
}
