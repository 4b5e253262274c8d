import fc from "fast-check";
import { expect, test } from "vitest";
import type { ValueTest } from "./checked-expression.ts";
import { compileValueTest } from "./compile-value-test.ts";

test("a phrase is found exactly where its words stand in a row", () => {
  const words = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(words, fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 }), (tokens, text) => {
      const passes = compileValueTest({ kind: "has-tokens", reading: "tokens", tokens, mode: "phrase" });
      const want = text.some((_, i) => tokens.every((token, j) => text[i + j] === token));
      expect(passes(text as never, 0)).toBe(want);
    }),
    { numRuns: 2000 },
  );
});

test("an address is in one of many ranges exactly when one of them holds it", () => {
  const ip = fc.integer({ min: 0, max: 40 }).map((n) => String.fromCharCode(n));
  const range = fc.tuple(ip, ip).map(([a, b]) => (a < b ? { low: a, high: b } : { low: b, high: a }));
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 12 }), ip, (ranges, address) => {
      const passes = compileValueTest({ kind: "ip-in", reading: "ip", ranges });
      const want = ranges.some(({ high, low }) => address >= low && address <= high);
      expect(passes(address as never, 0)).toBe(want);
    }),
    { numRuns: 1000 },
  );
});

test("a phrase of one word costs the text once", () => {
  const tokens = [...Array<string>(2000).fill("a"), "b"];
  const text = Array<string>(200_000).fill("a");
  const passes = compileValueTest({ kind: "has-tokens", reading: "tokens", tokens, mode: "phrase" });
  expect(passes(text as never, 0)).toBe(false);
});

test.for<{ bound: string; operator: "<" | "<=" | ">" | ">="; value: unknown; want: boolean }>([
  { bound: "5", operator: ">", value: 6, want: true },
  { bound: "5", operator: ">", value: "6", want: true },
  { bound: "5", operator: ">", value: "sixty", want: false },
  { bound: "5", operator: ">", value: true, want: false },
  { bound: "m", operator: "<", value: "a", want: true },
  { bound: "m", operator: "<", value: 1, want: false },
  { bound: "2024-05", operator: "<=", value: "2024-05-31T23:59:59.999Z", want: true },
  { bound: "2024-05", operator: ">", value: "2024-05-31T23:59:59.999Z", want: false },
  { bound: "2024-05", operator: ">", value: "z", want: true },
])("a value of unknown type: $value $operator $bound is $want", ({ bound, operator, value, want }) => {
  const range: ValueTest = {
    kind: "untyped-in-range",
    reading: "scalar",
    bounds: [{ operator, value: bound }],
  };
  expect(compileValueTest(range)(value as never, 0)).toBe(want);
});
