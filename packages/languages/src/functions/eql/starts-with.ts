import { patternFromLiterals } from "../../values/wildcard.ts";
import { defineFunction } from "../define-function.ts";

export const startsWith = defineFunction({
  name: "startsWith",
  summary: "True when a text starts with another.",
  source: "Elastic EQL function reference: startsWith",
  parameters: [
    { name: "source", type: "text", summary: "The text to look at" },
    { name: "beginning", type: "text", summary: "The text to look for" },
  ],
  returns: "boolean",
  hasCaseVariant: true,
  examples: [
    [`startsWith("/etc/cron.d/job", "/etc/")`, true],
    [`startsWith("/etc/cron.d/job", "/ETC/")`, false],
    [`startsWith~("/etc/cron.d/job", "/ETC/")`, true],
    [`startsWith("/etc/cron.d/job", "")`, true],
    [`startsWith(null, "/etc/")`, null],
  ],
  onField: { kind: "pattern", pattern: (text) => patternFromLiterals([text, ""]) },
  evaluate: ([source, beginning], { text }) => text.fold(source).startsWith(text.fold(beginning)),
});
