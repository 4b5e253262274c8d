import type { EndpointFunction } from "./endpoint-function.ts";

export const wildcard: EndpointFunction = {
  name: "wildcard",
  otherNames: [],
  summary: "True when a value matches any of the given wildcard patterns.",
  source: "EQL documentation (Endgame): wildcard",
  parameters: [
    { name: "value", form: "text", summary: "The value to match" },
    {
      name: "pattern",
      form: "constant text, one or more",
      summary: "A pattern with `*` and `?`",
      isVariadic: true,
    },
  ],
  returns: "boolean",
  hasCaseVariant: true,
  meaning: "like",
  nulls: "On an event without the field it is false.",
  examples: [
    [{ process: { name: "bash" } }, 'wildcard(process.name, "z*", "b?sh")', true],
    [{ process: { name: "bash" } }, 'wildcard(process.name, "B*")', false],
    [{ process: { name: "bash" } }, 'wildcard~(process.name, "B*")', true],
    [{}, 'wildcard(process.name, "*")', false],
  ],
  notes: ["It is the same as `value like (pattern, …)`."],
};
