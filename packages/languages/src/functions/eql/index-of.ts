import { findText } from "../../values/find-text.ts";
import { defineFunction } from "../define-function.ts";

export const indexOf = defineFunction({
  name: "indexOf",
  summary: "Gives the first place of one text in another, counted from 0.",
  source: "Elastic EQL function reference: indexOf",
  parameters: [
    { name: "source", type: "text", summary: "The text to look in" },
    { name: "part", type: "text", summary: "The text to look for" },
    {
      name: "start",
      type: "integer",
      isOptional: true,
      summary: "Where to begin, 0 when left out; a negative place counts as 0",
    },
  ],
  returns: "long",
  hasCaseVariant: true,
  examples: [
    [`indexOf("user@host@lab", "@")`, 4],
    [`indexOf("user@host@lab", "@", 5)`, 9],
    [`indexOf("user@host@lab", "HOST")`, null],
    [`indexOf~("user@host@lab", "HOST")`, 5],
    [`indexOf("user@host@lab", "", 2)`, 2],
    [`indexOf("user@host@lab", "@", 20)`, null],
    [`indexOf(null, "@")`, null],
  ],
  notes: ["The result is null when the part is not found or the start lies behind the end."],
  evaluate([source, part, start], { text }) {
    const from = Math.max(0, start ?? 0);
    if (from > source.length) return null;
    const at = findText(text.fold(source), text.fold(part), from);
    return at < 0 ? null : at;
  },
});
