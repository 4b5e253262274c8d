import { FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CheckedExpression } from "./checked-expression.ts";
import { compile } from "./compile.ts";
import { fold } from "./fold.ts";

const path = fc.constantFrom("a", "b.c");
const text = fc.constantFrom("x", "y", "z", "1");
const { expression } = fc.letrec<{ expression: CheckedExpression }>((tie) => {
  const operands = fc.array(tie("expression"), { maxLength: 4 });
  return {
    expression: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      fc.boolean().map((value): CheckedExpression => ({ kind: "constant", value })),
      fc.record({ path, values: fc.array(text, { minLength: 1, maxLength: 3 }) }).map(
        ({ path, values }): CheckedExpression => ({
          kind: "test",
          path,
          test: { kind: "text-in", reading: "keyword", values },
        }),
      ),
      fc
        .record({
          path,
          tokens: fc.array(text, { minLength: 1, maxLength: 2 }),
          mode: fc.constantFrom("phrase" as const, "any" as const),
        })
        .map(
          ({ mode, path, tokens }): CheckedExpression => ({
            kind: "test",
            path,
            test: { kind: "has-tokens", reading: "tokens", tokens, mode },
          }),
        ),
      path.map((path): CheckedExpression => ({ kind: "exists", path })),
      operands.map((operands): CheckedExpression => ({ kind: "and", operands })),
      operands.map((operands): CheckedExpression => ({ kind: "or", operands })),
      tie("expression").map((operand): CheckedExpression => ({ kind: "not", operand })),
      tie("expression").map((operand): CheckedExpression => ({ kind: "nested", path: "n", operand })),
    ),
  };
});
const words = fc.constantFrom("x y", "y z x", "z");
const value = fc.oneof(text, words, fc.array(fc.oneof(text, words), { maxLength: 3 }), fc.constant(null));
const flat = fc.record({ a: value, b: fc.record({ c: value }) }, { requiredKeys: [] });
const document = fc.record(
  { a: value, b: fc.record({ c: value }), n: fc.array(flat, { maxLength: 2 }) },
  { requiredKeys: [] },
);

test("folding changes no result", () => {
  fc.assert(
    fc.property(expression, document, (condition, event) => {
      expect(matches(fold(condition), event as JsonObject)).toBe(matches(condition, event as JsonObject));
    }),
    { numRuns: 3000 },
  );
});

test("equalities on one field become one look-up", () => {
  const equals = (value: string): CheckedExpression => ({
    kind: "test",
    path: "a",
    test: { kind: "text-in", reading: "keyword", values: [value] },
  });
  const nested: CheckedExpression = {
    kind: "or",
    operands: [equals("x"), { kind: "or", operands: [equals("y"), equals("z")] }],
  };
  expect(fold(nested)).toEqual({
    kind: "test",
    path: "a",
    test: { kind: "text-in", reading: "keyword", values: ["x", "y", "z"] },
  });
});

function matches(condition: CheckedExpression, event: JsonObject): boolean {
  const slots = new FieldSlots();
  const program = compile(condition, slots);
  return program.matches(new ParsedEvent(event, slots), 0);
}

test("words of one field become one look-up, phrases of several stay", () => {
  const has = (...tokens: string[]): CheckedExpression => ({
    kind: "test",
    path: "a",
    test: { kind: "has-tokens", reading: "tokens", tokens, mode: "phrase" },
  });
  expect(fold({ kind: "or", operands: [has("x"), has("y", "z"), has("w")] })).toEqual({
    kind: "or",
    operands: [
      {
        kind: "test",
        path: "a",
        test: { kind: "has-tokens", reading: "tokens", tokens: ["x", "w"], mode: "any" },
      },
      has("y", "z"),
    ],
  });
});
