import { defineFunction } from "../define-function.ts";

export const divide = defineFunction({
  name: "divide",
  summary: "Divides one number by another. The operator `/` is the same.",
  source: "Elastic EQL function reference: divide",
  parameters: [
    { name: "dividend", type: "number", summary: "The number to divide" },
    { name: "divisor", type: "number", summary: "The number to divide by" },
  ],
  returns: "numeric",
  hasCaseVariant: false,
  examples: [
    ["divide(7, 2)", 3],
    ["divide(-7, 2)", -3],
    ["divide(7, 2.0)", 3.5],
    ["divide(7, 0)", null],
  ],
  notes: [
    "A whole number divided by a whole number is cut to a whole one, towards zero: write `2.0` for a fraction.",
    "Nothing can be divided by zero: the result is null.",
  ],
  evaluate([dividend, divisor], { isFractional }) {
    if (divisor === 0) return null;
    const quotient = dividend / divisor;
    return !isFractional && Number.isInteger(dividend) && Number.isInteger(divisor)
      ? Math.trunc(quotient)
      : quotient;
  },
});
