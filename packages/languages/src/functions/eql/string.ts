import { defineFunction } from "../define-function.ts";

export const string = defineFunction({
  name: "string",
  summary: "Gives a value as text.",
  source: "Elastic EQL function reference: string",
  parameters: [{ name: "value", type: "any", summary: "A text, number, boolean, date or address" }],
  returns: "text",
  hasCaseVariant: false,
  examples: [
    ["string(17)", "17"],
    ["string(0.5)", "0.5"],
    [`string("bash")`, "bash"],
    ["string(true)", "true"],
    ["string(null)", null],
  ],
  notes: ["Dates are written as ISO 8601 in UTC with milliseconds, addresses in their shortest form."],
  evaluate: ([value]) => String(value),
});
