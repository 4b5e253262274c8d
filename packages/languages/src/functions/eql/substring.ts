import { defineFunction } from "../define-function.ts";

export const substring = defineFunction({
  name: "substring",
  summary: "Gives the part of a text between two places.",
  source: "Elastic EQL function reference: substring",
  parameters: [
    { name: "source", type: "text", summary: "The text to take a part of" },
    {
      name: "start",
      type: "integer",
      takesNull: true,
      summary: "The first place, counted from 0; a negative one is counted from the end",
    },
    {
      name: "end",
      type: "integer",
      isOptional: true,
      summary:
        "The place after the last, the end of the text when left out; a negative one is counted from the end",
    },
  ],
  returns: "text",
  hasCaseVariant: false,
  examples: [
    [`substring("/bin/bash", 5)`, "bash"],
    [`substring("/bin/bash", 0, 4)`, "/bin"],
    [`substring("/bin/bash", -4)`, "bash"],
    [`substring("user$", 0, -1)`, "user"],
    [`substring("bash", 3, 2)`, ""],
    [`substring("bash", 9)`, ""],
    [`substring("bash", null)`, "bash"],
    ["substring(null, 1)", null],
  ],
  notes: ["A start of null gives the whole text."],
  evaluate: ([source, start, end]) => (start === null ? source : source.slice(start, end ?? source.length)),
});
