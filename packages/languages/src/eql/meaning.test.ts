import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { check } from "../expression/check.ts";
import { compile } from "../expression/compile.ts";
import { fold } from "../expression/fold.ts";
import type { EqlExpression, EqlLiteral } from "./ast.ts";
import { checkEql } from "./check-eql.ts";
import { lowerCondition, lowerFilter } from "./lower.ts";
import { noStages } from "./lowering-scope.ts";
import { printEqlExpression } from "./print.ts";

/**
 * The meaning of conditions a second time, slowly and straight from the rules: a condition on a field holds when any value fulfils
 * it, one on a computed value when any combination does with null for what is absent, `not` is the opposite, and null literals
 * (and optional fields that nothing knows, where they are absent) stay null under `not`, make `and` null and vanish from `or`.
 */
function holds(expression: EqlExpression, event: JsonObject): boolean | null {
  switch (expression.kind) {
    case "literal":
      return expression.value as boolean | null;
    case "not": {
      const value = holds(expression.operand, event);
      return value === null ? null : !value;
    }
    case "and": {
      const values = expression.operands.map((operand) => [operand, holds(operand, event)] as const);
      if (values.some(([operand]) => operand.kind === "literal" && operand.value === false)) return false;
      return values.some(([, value]) => value === null) ? null : values.every(([, value]) => value);
    }
    case "or": {
      const values = expression.operands
        .filter((operand) => operand.kind !== "literal" || operand.value !== false)
        .map((operand) => holds(operand, event));
      if (values.length === 0) return false;
      const known = values.filter((value) => value !== null);
      return known.length === 0 ? null : known.includes(true);
    }
    default:
      return holdsLeaf(expression, event);
  }
}

type Value = string | number | null;

function holdsLeaf(expression: EqlExpression, event: JsonObject): boolean | null {
  const fields = fieldsOf(expression);
  const [optional] = fields.filter(({ path }) => path === "u");
  const isNullTest =
    expression.kind === "compare" && expression.right.kind === "literal" && expression.right.value === null;
  if (optional !== undefined && !isNullTest && valuesOf("u", event).length === 0) return null;
  if (expression.kind === "compare" && expression.operator === "!=") {
    const equal: EqlExpression = { ...expression, operator: "==" };
    // On a computed value `!=` is a comparison like the others.
    if (expression.left.kind === "field" || isNullTest) return !holdsLeaf(equal, event);
  }
  if (expression.kind === "in" && expression.isNegated)
    return !holdsLeaf({ ...expression, isNegated: false }, event);
  const choices = fields.map(({ path }) => {
    const values = valuesOf(path, event);
    return values.length === 0 ? [null] : values;
  });
  return combinations(choices).some((row) => compute(expression, [...row]) === true);
}

function valuesOf(path: string, event: JsonObject): readonly Value[] {
  return [event[path] ?? []].flat().filter((value) => value !== null) as readonly Value[];
}

function fieldsOf(expression: EqlExpression): readonly Extract<EqlExpression, { kind: "field" }>[] {
  switch (expression.kind) {
    case "field":
      return [expression];
    case "compare":
    case "arithmetic":
      return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
    case "in":
    case "match":
      return fieldsOf(expression.operand);
    case "call":
      return expression.arguments.flatMap(fieldsOf);
    default:
      return [];
  }
}

function combinations(choices: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  const [first, ...rest] = choices;
  if (first === undefined) return [[]];
  return first.flatMap((value) => combinations(rest).map((row) => [value, ...row]));
}

/** `row` holds one value for each field, in the order of the text, and is used up. */
function compute(expression: EqlExpression, row: Value[]): Value | boolean {
  switch (expression.kind) {
    case "field":
      return row.shift() ?? null;
    case "literal":
      return expression.value;
    case "arithmetic": {
      const left = compute(expression.left, row);
      const right = compute(expression.right, row);
      return left === null || right === null ? null : Number(left) + Number(right);
    }
    case "call": {
      const [first = null, second = null] = expression.arguments.map((argument) => compute(argument, row));
      if (expression.name === "length") return first === null ? null : String(first).length;
      if (first === null || second === null) return null;
      const fold = (text: unknown): string =>
        expression.ignoreCase ? String(text).toLowerCase() : String(text);
      return expression.name === "concat" ? `${first}${second}` : fold(first).startsWith(fold(second));
    }
    case "compare": {
      const left = compute(expression.left, row);
      const right = compute(expression.right, row);
      if (right === null) return left === null;
      if (left === null) return null;
      switch (expression.operator) {
        case "==":
          return left === right;
        case "!=":
          return left !== right;
        case "<":
          return left < right;
        default:
          return left >= right;
      }
    }
    case "in": {
      const operand = compute(expression.operand, row);
      if (operand === null) return null;
      const fold = (value: unknown): unknown =>
        expression.ignoreCase && typeof value === "string" ? value.toLowerCase() : value;
      return expression.values.some((value) => fold(compute(value, row)) === fold(operand));
    }
    case "match": {
      const operand = compute(expression.operand, row);
      if (operand === null) return null;
      const fold = (value: unknown): string =>
        expression.operator === "like" ? String(value) : String(value).toLowerCase();
      return expression.values.some(({ value }) => isLike([...fold(value)], [...fold(operand)]));
    }
    default:
      throw new Error(`${expression.kind} is not generated`);
  }
}

function isLike([head, ...pattern]: readonly string[], text: readonly string[]): boolean {
  if (head === undefined) return text.length === 0;
  if (head === "*")
    return isLike(pattern, text) || (text.length > 0 && isLike(["*", ...pattern], text.slice(1)));
  return text.length > 0 && (head === "?" || head === text[0]) && isLike(pattern, text.slice(1));
}

const span = { start: 0, end: 0 };
const literal = (value: EqlLiteral["value"]): EqlLiteral => ({
  kind: "literal",
  value,
  isFractional: false,
  span,
});
const field = (path: string): EqlExpression => ({ kind: "field", path, isOptional: path === "u", span });
const call = (name: string, ...values: EqlExpression[]): EqlExpression => ({
  kind: "call",
  name,
  ignoreCase: false,
  arguments: values,
  nameSpan: span,
  span,
});
const word = fc.constantFrom("a", "A", "ab", "b", "ba", "");
const textField = fc.constantFrom("k", "m", "u").map(field);
const textValue = fc.oneof(
  textField,
  fc
    .tuple(fc.constantFrom("k", "m").map(field), word)
    .map(([first, text]) => call("concat", first, literal(text))),
);
const numberValue = fc.oneof(
  fc.constant(field("n")),
  fc.constantFrom("k", "m").map((path) => call("length", field(path))),
  fc.constant<EqlExpression>({
    kind: "arithmetic",
    operator: "+",
    left: field("n"),
    right: field("n"),
    span,
  }),
);
const operator = fc.constantFrom<"==" | "!=" | "<" | ">=">("==", "!=", "<", ">=");
const leaf: fc.Arbitrary<EqlExpression> = fc.oneof(
  fc.constantFrom(true, false, null).map(literal),
  fc
    .record({ operator, left: textValue, right: word.map(literal) })
    .map((parts): EqlExpression => ({ kind: "compare", ...parts, span })),
  fc
    .record({ operator, left: numberValue, right: fc.nat(3).map(literal) })
    .map((parts): EqlExpression => ({ kind: "compare", ...parts, span })),
  fc
    .record({
      operator: fc.constantFrom<"==" | "!=">("==", "!="),
      left: fc.oneof(textValue, numberValue),
      right: fc.constant(literal(null)),
    })
    .map((parts): EqlExpression => ({ kind: "compare", ...parts, span })),
  fc
    .record({
      operand: textValue,
      values: fc.array(word.map(literal), { minLength: 1, maxLength: 3 }),
      isNegated: fc.boolean(),
      ignoreCase: fc.boolean(),
    })
    .map((parts): EqlExpression => ({ kind: "in", ...parts, span })),
  fc
    .record({
      operator: fc.constantFrom<":" | "like" | "like~">(":", "like", "like~"),
      operand: textValue,
      values: fc.array(fc.constantFrom("a", "A*", "?b", "*").map(literal), { minLength: 1, maxLength: 2 }),
    })
    .map((parts): EqlExpression => ({ kind: "match", ...parts, span })),
  fc
    .tuple(
      textField,
      fc.oneof(fc.constantFrom("k", "m").map(field), fc.constantFrom("a", "b").map(literal)),
      fc.boolean(),
    )
    .filter(([first, second]) => printEqlExpression(first) !== "?u" || second.kind === "literal")
    .map(
      ([first, second, ignoreCase]) =>
        ({ ...call("startsWith", first, second), ignoreCase }) as EqlExpression,
    ),
);
const { condition } = fc.letrec<{ condition: EqlExpression }>((tie) => {
  const operands = fc.array(tie("condition"), { minLength: 2, maxLength: 3 });
  return {
    condition: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      operands.map((operands): EqlExpression => ({ kind: "and", operands, span })),
      operands.map((operands): EqlExpression => ({ kind: "or", operands, span })),
      tie("condition").map((operand): EqlExpression => ({ kind: "not", operand, span })),
    ),
  };
});
const texts = fc.oneof(
  word,
  fc.array(fc.oneof(word, fc.constant(null)), { maxLength: 3 }),
  fc.constant(null),
);
const numbers = fc.oneof(fc.nat(3), fc.array(fc.nat(3), { maxLength: 3 }), fc.constant(null));
const document: fc.Arbitrary<JsonObject> = fc.record(
  { k: texts, m: texts, u: texts, n: numbers },
  { requiredKeys: [] },
);
const catalogue = ecsCatalogue().with({ k: "keyword", m: "keyword", n: "long" });

test("compiled conditions mean what the rules say", () => {
  fc.assert(
    fc.property(condition, document, (given, event) => {
      const text = printEqlExpression(given);
      const { query, diagnostics } = checkEql(`any where ${text}`, catalogue);
      if (query?.kind !== "event") throw new Error(`${text}: ${diagnostics[0]?.message}`);
      const slots = new FieldSlots();
      const result = compile(query.condition, slots).matches(new ParsedEvent(event, slots), 0);
      expect(result, text).toBe(holds(given, event) === true);
    }),
    { numRuns: 1500 },
  );
});

test("folding changes no result", () => {
  fc.assert(
    fc.property(condition, document, (given, event) => {
      const report = (): void => undefined;
      const constants = { catalogue, fieldValues: "exact", report, nestedPath: undefined } as const;
      const scope = { dialect: "elasticsearch", categoryField: "c", report, constants } as const;
      const filter = { category: undefined, condition: given, span };
      const lowered = lowerFilter(filter, {
        ...scope,
        stages: noStages,
        variables: new Map(),
        lowerCondition,
      });
      const { expression } = check(lowered, catalogue, "exact");
      const slots = new FieldSlots();
      const plain = compile(expression, slots);
      const folded = compile(fold(expression), slots);
      const view = new ParsedEvent(event, slots);
      expect(folded.matches(view, 0)).toBe(plain.matches(view, 0));
    }),
    { numRuns: 700 },
  );
});
