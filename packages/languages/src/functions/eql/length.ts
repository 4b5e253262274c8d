import { defineFunction } from "../define-function.ts";

export const length = defineFunction({
  name: "length",
  summary: "Gives the number of characters of a text.",
  source: "Elastic EQL function reference: length",
  parameters: [{ name: "source", type: "text", summary: "The text to measure" }],
  returns: "long",
  hasCaseVariant: false,
  examples: [
    [`length("bash")`, 4],
    [`length("")`, 0],
    ["length(null)", null],
  ],
  notes: ["Characters beyond U+FFFF count as two, as they do in Elasticsearch."],
  evaluate: ([source]) => source.length,
});
