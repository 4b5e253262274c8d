import { defineFunction } from "../define-function.ts";

export const add = defineFunction({
  name: "add",
  summary: "Adds two numbers. The operator `+` is the same.",
  source: "Elastic EQL function reference: add",
  parameters: [
    { name: "left", type: "number", summary: "The first addend" },
    { name: "right", type: "number", summary: "The second addend" },
  ],
  returns: "numeric",
  hasCaseVariant: false,
  examples: [
    ["add(2, 3)", 5],
    ["add(2, 0.5)", 2.5],
    ["add(2, null)", null],
  ],
  evaluate: ([left, right]) => left + right,
});
