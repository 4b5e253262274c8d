import { expect, test } from "vitest";
import type { ScalarValue } from "../expression/scalar-function.ts";
import { evaluateEqlConstant } from "./evaluate-constant.ts";

test.for<[expression: string, value: ScalarValue]>([
  ["2 + 3 * 4", 14],
  ["(2 + 3) * 4", 20],
  ["9 / 4", 2],
  ["-9 / 4", -2],
  ["9 / 4.0", 2.25],
  ["9.0 / 4", 2.25],
  ["(9 + 0.0) / 4", 2.25],
  ["9 % 4", 1],
  ["9 / 0", null],
  ["-(2 - 5)", 3],
  ["1 + null", null],
  ["2 == 2.0", true],
  ["2 != 3", true],
  ['"a" < "b"', true],
  ['"a" >= "B"', true],
  ['"é" > "z"', true],
  ["true == true", true],
  ["null < 1", null],
  ["1 >= null", null],
  ["1 == null", false],
  ["null != 1", true],
  ["not null", null],
  ["null and true", null],
  ["true and null", null],
  ["null and false", false],
  ["null or true", true],
  ["null or false", null],
  ["false or null or true", true],
  ["not (1 > 2 and null)", true],
  ['"a" in ("b", "A")', false],
  ['"a" in~ ("b", "A")', true],
  ['"a" not in ("b")', true],
  ['"a" in ("b", null)', null],
  ["null in (1)", null],
  ['"Bash" : "b*"', true],
  ['"Bash" : ("x", "bash")', true],
  ['"Bash" like "b*"', false],
  ['"Bash" like~ ("x", "b*")', true],
  ['"a1" regex "[a-z][0-9]"', true],
  ['"A1" regex~ "[a-z][0-9]"', true],
  ['CONCAT("a", 1, 2.5, true)', "a12.5true"],
  ['length(substring("abcdef", 1, -1))', 4],
  ["string(1 < 2)", "true"],
])("%s is %j", ([expression, value]) => {
  expect(evaluateEqlConstant(expression)).toEqual({ value, diagnostics: [] });
});

test.for([
  ["process.name", "argument-type"],
  ["length(1)", "argument-type"],
  ["f(1)", "unknown-function"],
  ["1 +", "syntax-error"],
])("%s has no value: %s", ([expression, code]) => {
  const { value, diagnostics } = evaluateEqlConstant(expression as string);
  expect(value).toBeUndefined();
  expect(diagnostics.map((found) => found.code)).toEqual([code]);
});
