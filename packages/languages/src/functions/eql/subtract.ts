import { defineFunction } from "../define-function.ts";

export const subtract = defineFunction({
  name: "subtract",
  summary: "Takes one number from another. The operator `-` is the same.",
  source: "Elastic EQL function reference: subtract",
  parameters: [
    { name: "left", type: "number", summary: "The number to take from" },
    { name: "right", type: "number", summary: "The number to take away" },
  ],
  returns: "numeric",
  hasCaseVariant: false,
  examples: [
    ["subtract(10, 4)", 6],
    ["subtract(1, 1.5)", -0.5],
    ["subtract(null, 4)", null],
  ],
  evaluate: ([left, right]) => left - right,
});
