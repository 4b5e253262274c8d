import type { EndpointFunction } from "./endpoint-function.ts";

export const arrayContains: EndpointFunction = {
  name: "arrayContains",
  otherNames: ["_arrayContains"],
  summary: "True when an array has any of the given values.",
  source: "EQL documentation (Endgame): arrayContains",
  parameters: [
    { name: "array", form: "a field", summary: "The array to look in" },
    { name: "value", form: "one or more", summary: "A value to look for", isVariadic: true },
  ],
  returns: "boolean",
  hasCaseVariant: true,
  meaning: "one-of",
  nulls: "On an event without the field it is false.",
  examples: [
    [{ process: { args: ["sh", "-c"] } }, 'arrayContains(process.args, "-c")', true],
    [{ process: { args: ["sh", "-c"] } }, 'arrayContains(process.args, "-e", "-c")', true],
    [{ process: { args: ["sh", "-c"] } }, 'arrayContains(process.args, "-C")', false],
    [{ process: { args: ["sh", "-c"] } }, 'arrayContains~(process.args, "-C")', true],
    [{}, 'arrayContains(process.args, "-c")', false],
  ],
  notes: ["It is the same as `array in (value, …)`."],
};
