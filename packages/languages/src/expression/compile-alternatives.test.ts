import fc from "fast-check";
import { expect, test } from "vitest";
import { parseWildcard } from "../values/wildcard.ts";
import type { ValueTest } from "./checked-expression.ts";
import { compileAlternatives } from "./compile-alternatives.ts";
import { compileValueTest } from "./compile-value-test.ts";

const letter = fc.constantFrom("a", "b", "c", "é");
const valueText = fc.string({ unit: letter, maxLength: 9 });
const patternText = fc.string({
  unit: fc.oneof({ weight: 4, arbitrary: letter }, fc.constantFrom("*", "?")),
  maxLength: 12,
});

const valueTest: fc.Arbitrary<ValueTest> = fc.oneof(
  {
    weight: 6,
    arbitrary: patternText.map((text): ValueTest => {
      return { kind: "text-matches", reading: "keyword", pattern: parseWildcard(text, { escapes: false }) };
    }),
  },
  fc.array(valueText, { minLength: 1, maxLength: 5 }).map((values): ValueTest => {
    return { kind: "text-in", reading: "keyword", values };
  }),
);

test("of few values and many, few tests and many, one passes where one of them does", () => {
  let passed = 0;
  let runs = 0;
  const numRuns = 2000;
  fc.assert(
    fc.property(
      fc.array(valueTest, { minLength: 1, maxLength: 40, size: "max" }),
      fc.array(valueText, { maxLength: 60, size: "max" }),
      (tests, values) => {
        const expected = tests.some((each) =>
          values.some((value) => compileValueTest(each)(value as never, 0)),
        );
        expect(compileAlternatives(tests)(values, 0)).toBe(expected);
        runs += 1;
        if (expected) passed += 1;
      },
    ),
    { numRuns },
  );
  expect(Math.min(passed, runs - passed)).toBeGreaterThan(numRuns / 20);
});

test("each of many patterns is found among many values, and nothing else is", () => {
  const names = Array.from({ length: 40 }, (_, i) => `tool-${10 + i}`);
  const others = Array.from({ length: 5000 }, (_, i) => `x${i}`);
  const alternatives = compileAlternatives(
    names.map((name) => {
      return {
        kind: "text-matches",
        reading: "keyword",
        pattern: parseWildcard(`*/${name}?x*`, { escapes: false }),
      };
    }),
  );
  expect(alternatives(others, 0)).toBe(false);
  for (const name of names) {
    expect(alternatives([...others, `/bin/${name}.xyz`], 0)).toBe(true);
    expect(alternatives([...others, `/bin/${name}x`], 0)).toBe(false);
  }
});
