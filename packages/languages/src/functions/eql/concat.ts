import { defineFunction } from "../define-function.ts";

export const concat = defineFunction({
  name: "concat",
  summary: "Joins values to one text.",
  source: "Elastic EQL function reference: concat",
  parameters: [
    { name: "value", type: "any", isVariadic: true, summary: "A text, number, boolean, date or address" },
  ],
  returns: "text",
  hasCaseVariant: false,
  examples: [
    [`concat("/tmp", "/", "x.sh")`, "/tmp/x.sh"],
    [`concat("load ", 0.75, ", up ", true)`, "load 0.75, up true"],
    [`concat("a")`, "a"],
    [`concat("a", null)`, null],
  ],
  evaluate: (values) => values.join(""),
});
