import type { EndpointFunction } from "./endpoint-function.ts";

export const arraySearch: EndpointFunction = {
  name: "arraySearch",
  otherNames: ["_arraySearch"],
  summary: "True when an element of an array fulfils a condition.",
  source: "EQL documentation (Endgame): arraySearch; Elastic's endpoint rules: _arraysearch",
  parameters: [
    { name: "array", form: "a field, or one of a variable", summary: "The array to run through" },
    { name: "$element", form: "a variable", summary: "What the condition calls the element at hand" },
    {
      name: "condition",
      form: "a condition",
      summary:
        "May name fields of the element, such as `$element.name`, the element itself, and fields of the event",
    },
  ],
  returns: "boolean",
  hasCaseVariant: false,
  meaning: "any-element",
  nulls: "Without the array there are no elements, and it is false.",
  examples: [
    [
      { call_stack: [{ symbol: "a!b", trusted: true }, { symbol: "c!d" }] },
      'arraySearch(call_stack, $entry, $entry.symbol : "A!*" and $entry.trusted == true)',
      true,
    ],
    [
      { call_stack: [{ symbol: "a!b" }, { symbol: "c!d", trusted: true }] },
      'arraySearch(call_stack, $entry, $entry.symbol : "A!*" and $entry.trusted == true)',
      false,
    ],
    [
      { process: { name: "sh", args: ["/bin/sh", "-c"] } },
      "arraySearch(process.args, $arg, endsWith($arg, process.name))",
      true,
    ],
    [
      { users: [{ groups: [{ id: 1 }, { id: 2 }] }] },
      "arraySearch(users, $user, arraySearch($user.groups, $group, $group.id == 2))",
      true,
    ],
    [{}, "arraySearch(call_stack, $entry, true)", false],
  ],
  notes: [
    "One and the same element must fulfil the whole condition, where conditions on the array itself may be fulfilled by different ones.",
    "A field that is no array counts as one of a single element; arrays in arrays count as one.",
    "A program looks at 100,000 elements of one event at most. Beyond that none fulfils the condition, which is counted.",
  ],
};
