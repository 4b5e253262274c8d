import { defineFunction } from "../define-function.ts";

export const modulo = defineFunction({
  name: "modulo",
  summary: "Gives the remainder of a division. The operator `%` is the same.",
  source: "Elastic EQL function reference: modulo",
  parameters: [
    { name: "dividend", type: "number", summary: "The number to divide" },
    { name: "divisor", type: "number", summary: "The number to divide by" },
  ],
  returns: "numeric",
  hasCaseVariant: false,
  examples: [
    ["modulo(10, 4)", 2],
    ["modulo(-10, 4)", -2],
    ["modulo(10, 0.5)", 0],
    ["modulo(10, 0)", null],
  ],
  notes: [
    "The remainder has the sign of the dividend.",
    "Nothing can be divided by zero: the result is null.",
  ],
  evaluate: ([dividend, divisor]) => (divisor === 0 ? null : (dividend % divisor) + 0),
});
