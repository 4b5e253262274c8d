import type { EndpointFunction } from "./endpoint-function.ts";

export const arrayCount: EndpointFunction = {
  name: "arrayCount",
  otherNames: ["_arrayCount"],
  summary: "Gives the number of elements of an array that fulfil a condition.",
  source: "EQL documentation (Endgame): arrayCount",
  parameters: [
    { name: "array", form: "a field, or one of a variable", summary: "The array to run through" },
    { name: "$element", form: "a variable", summary: "What the condition calls the element at hand" },
    { name: "condition", form: "a condition", summary: "As for `arraySearch`" },
  ],
  returns: "long",
  hasCaseVariant: false,
  meaning: "count",
  nulls: "Without the array there are no elements, and it is 0.",
  examples: [
    [{ process: { args: ["-v", "-x", "a"] } }, 'arrayCount(process.args, $arg, $arg like "-*")', 2],
    [{ process: { args: ["-v", "-x", "a"] } }, "arrayCount(process.args, $arg, true)", 3],
    [{ users: [{ id: 1 }, { id: 2 }, { name: "x" }] }, "arrayCount(users, $user, $user.id >= 1)", 2],
    [{ process: { args: "one" } }, "arrayCount(process.args, $arg, true)", 1],
    [{}, "arrayCount(process.args, $arg, true)", 0],
  ],
  notes: [
    "A program looks at 100,000 elements of one event at most. Beyond that the number is 0, which is counted.",
  ],
};
