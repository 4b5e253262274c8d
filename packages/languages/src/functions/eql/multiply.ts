import { defineFunction } from "../define-function.ts";

export const multiply = defineFunction({
  name: "multiply",
  summary: "Multiplies two numbers. The operator `*` is the same.",
  source: "Elastic EQL function reference: multiply",
  parameters: [
    { name: "left", type: "number", summary: "The first factor" },
    { name: "right", type: "number", summary: "The second factor" },
  ],
  returns: "numeric",
  hasCaseVariant: false,
  examples: [
    ["multiply(3, 4)", 12],
    ["multiply(3, 0.5)", 1.5],
    ["multiply(3, null)", null],
  ],
  evaluate: ([left, right]) => left * right,
});
