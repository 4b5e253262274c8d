import { parseWildcard } from "../../values/wildcard.ts";
import { defineFunction } from "../define-function.ts";

export const endsWith = defineFunction({
  name: "endsWith",
  summary: "True when a text ends with another.",
  source: "Elastic EQL function reference: endsWith",
  parameters: [
    { name: "source", type: "text", summary: "The text to look at" },
    { name: "ending", type: "text", summary: "The text to look for" },
  ],
  returns: "boolean",
  hasCaseVariant: true,
  examples: [
    [`endsWith("backup.tar.gz", ".gz")`, true],
    [`endsWith("backup.tar.gz", ".GZ")`, false],
    [`endsWith~("backup.tar.gz", ".GZ")`, true],
    [`endsWith("backup.tar.gz", "")`, true],
    [`endsWith("backup.tar.gz", null)`, null],
  ],
  notes: [
    "On a field and a constant it is a wildcard search, as in Elasticsearch: `*` and `?` in the constant are wildcards and a backslash takes the next character as it is.",
  ],
  onField: { kind: "pattern", pattern: (text) => parseWildcard(`*${text}`, { escapes: true }) },
  evaluate: ([source, ending], { text }) => text.fold(source).endsWith(text.fold(ending)),
});
