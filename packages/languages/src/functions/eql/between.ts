import { findLastText, findText } from "../../values/find-text.ts";
import { defineFunction } from "../define-function.ts";

export const between = defineFunction({
  name: "between",
  summary: "Gives the text that stands between two others.",
  source: "Elastic EQL function reference: between",
  parameters: [
    { name: "source", type: "text", summary: "The text to look in" },
    { name: "left", type: "text", summary: "What stands before the result" },
    { name: "right", type: "text", summary: "What stands after the result" },
    {
      name: "greedy",
      type: "boolean",
      isOptional: true,
      summary: "True for the longest result, up to the last `right`; false when left out",
    },
  ],
  returns: "text",
  hasCaseVariant: true,
  examples: [
    [`between("key=a;key=b;", "key=", ";")`, "a"],
    [`between("key=a;key=b;", "key=", ";", true)`, "a;key=b"],
    [`between("KEY=a;", "key=", ";")`, ""],
    [`between~("KEY=a;", "key=", ";")`, "a"],
    [`between("no markers", "[", "]")`, ""],
    [`between(null, "[", "]")`, null],
  ],
  notes: [
    "The result is empty when either marker is missing, and the whole source when a marker is the empty text.",
    "The `~` form looks for the markers in any case; the result keeps its own.",
  ],
  evaluate([source, left, right, greedy], { text }) {
    if (source === "" || left === "" || right === "") return source;
    const folded = text.fold(source);
    const from = text.fold(left);
    const to = text.fold(right);
    const leftAt = findText(folded, from, 0);
    if (leftAt < 0) return "";
    const start = leftAt + from.length;
    const end = greedy === true ? findLastText(folded, to) : findText(folded, to, start);
    return end < start ? "" : source.slice(start, end);
  },
});
