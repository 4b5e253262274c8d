import type { EndpointFunction } from "./endpoint-function.ts";

export const match: EndpointFunction = {
  name: "match",
  otherNames: [],
  summary: "True when a value matches any of the given regular expressions, whole.",
  source: "EQL documentation (Endgame): match",
  parameters: [
    { name: "value", form: "text", summary: "The value to match" },
    {
      name: "pattern",
      form: "constant text, one or more",
      summary: "A regular expression",
      isVariadic: true,
    },
  ],
  returns: "boolean",
  hasCaseVariant: true,
  meaning: "regex",
  nulls: "On an event without the field it is false.",
  examples: [
    [{ process: { name: "sh4" } }, 'match(process.name, "sh[0-9]", "ash")', true],
    [{ process: { name: "SH4" } }, 'match(process.name, "sh[0-9]")', false],
    [{ process: { name: "SH4" } }, 'match~(process.name, "sh[0-9]")', true],
    [{}, 'match(process.name, ".*")', false],
  ],
  notes: ["It is the same as `value regex (pattern, …)`, in Lucene's dialect."],
};
