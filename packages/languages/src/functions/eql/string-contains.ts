import { findText } from "../../values/find-text.ts";
import { parseWildcard } from "../../values/wildcard.ts";
import { defineFunction } from "../define-function.ts";

export const stringContains = defineFunction({
  name: "stringContains",
  summary: "True when a text contains another.",
  source: "Elastic EQL function reference: stringContains",
  parameters: [
    { name: "source", type: "text", summary: "The text to look in" },
    { name: "part", type: "text", summary: "The text to look for" },
  ],
  returns: "boolean",
  hasCaseVariant: true,
  examples: [
    [`stringContains("curl http://a.example", "http:")`, true],
    [`stringContains("curl http://a.example", "HTTP:")`, false],
    [`stringContains~("curl http://a.example", "HTTP:")`, true],
    [`stringContains("curl http://a.example", "")`, false],
    [`stringContains("", "")`, false],
    [`stringContains(null, "http:")`, null],
  ],
  notes: [
    "No text contains the empty one.",
    "On a field and a constant it is a wildcard search, as in Elasticsearch: `*` and `?` in the constant are wildcards and a backslash takes the next character as it is.",
  ],
  onField: { kind: "pattern", pattern: (text) => parseWildcard(`*${text}*`, { escapes: true }) },
  evaluate: ([source, part], { text }) => part !== "" && findText(text.fold(source), text.fold(part), 0) >= 0,
});
