/** How bad a diagnostic is: an error keeps a rule or query from running, a warning does not. */
export type Severity = "error" | "warning";

/**
 * Every diagnostic that the author of a rule or query can meet, one table for all languages and file formats. A code is never
 * used again for something else. Each has a section in docs/diagnostics.md and a case in conformance/diagnostics.
 */
export const diagnosticCodes = {
  // Queries
  "syntax-error": { severity: "error", title: "The query cannot be read" },
  "too-deep": { severity: "error", title: "The query is nested too deeply" },
  "too-long": { severity: "error", title: "The query is too long" },
  "unknown-field": { severity: "warning", title: "The field is in no catalogue" },
  "type-mismatch": { severity: "warning", title: "The value can never equal a value of the field's type" },
  "pattern-on-type": { severity: "warning", title: "The field's type takes no wildcard patterns" },
  "operator-in-text": { severity: "warning", title: "What looks like an operator is a part of the text" },
  "nested-field": { severity: "warning", title: "The field is only reached through a nested query" },
  "bad-range": { severity: "error", title: "The bound of a range is no value of the field's type" },
  "unknown-function": { severity: "error", title: "There is no such function" },
  "argument-count": { severity: "error", title: "A function is given too few or too many arguments" },
  "argument-type": { severity: "error", title: "A function or operator is given a value of the wrong type" },
  "unqueryable-field": { severity: "error", title: "The field has no values that can be compared" },
  "field-comparison": { severity: "error", title: "A field is compared with another field" },
  "bad-pattern": { severity: "error", title: "The regular expression cannot be read" },
  "bad-sequence": { severity: "error", title: "The sequence, sample or join cannot be matched" },
  "endpoint-only": { severity: "error", title: "The construct exists only in the endpoint dialect of EQL" },
  "unsupported-filter": { severity: "error", title: "The filter's form is not supported" },
  // Rule files
  "bad-toml": { severity: "error", title: "The file is not valid TOML" },
  "bad-json": { severity: "error", title: "The file is not valid JSON" },
  "bad-yaml": { severity: "error", title: "The file is not valid YAML" },
  "not-a-rule": { severity: "error", title: "The file holds no rule" },
  "missing-key": { severity: "error", title: "A required key is missing" },
  "wrong-type": { severity: "error", title: "A value has the wrong type" },
  "bad-value": { severity: "error", title: "A value is not one of those allowed" },
  "unknown-key": { severity: "warning", title: "The key is not known and has no effect" },
  "duplicate-rule-id": { severity: "error", title: "Two rules have the same id" },
  "bad-date-math": { severity: "error", title: "A relative time cannot be read" },
  "bad-history-window": {
    severity: "error",
    title: "The history does not begin before the rule's look-back",
  },
  "unused-key": { severity: "warning", title: "The key has no effect in rules of this type" },
  "nested-too-deeply": { severity: "error", title: "A value in the file is nested too deeply" },
  "skipped-entry": { severity: "warning", title: "A part of an export is not read" },
  "file-too-large": { severity: "error", title: "The file is too large to be read" },
  "more-problems": { severity: "warning", title: "The file has more problems than are shown" },
  "unreadable-file": { severity: "error", title: "The file cannot be read" },
  // The configuration
  "missing-variable": { severity: "error", title: "An environment variable is not set" },
  // Exceptions
  "not-an-exception": { severity: "error", title: "The file holds no exceptions" },
  "unknown-list": { severity: "error", title: "There is no value list of that name" },
  "missing-list": { severity: "warning", title: "A rule refers to an exception list that is not there" },
  "unknown-rule": { severity: "warning", title: "There is no rule of that id or name" },
  "unused-exception": { severity: "warning", title: "The exceptions apply to no rule" },
  "expired-exception": { severity: "warning", title: "The exception has expired" },
  "os-mismatch": { severity: "warning", title: "The exception is for other systems than its rule" },
  // Valid and hardly meant: in exceptions always, in rules with --lint
  "literal-wildcard": { severity: "warning", title: "A wildcard stands where it is an ordinary character" },
  "quoted-wildcard": { severity: "warning", title: "A star in quotes is no wildcard" },
  "literal-question-mark": { severity: "warning", title: "KQL has no wildcard '?'" },
  "eaten-escape": { severity: "warning", title: "A backslash is not part of the text" },
  "always-matches": { severity: "warning", title: "The condition holds for every event" },
  "never-matches": { severity: "warning", title: "The condition can never hold" },
  "shadowed-condition": { severity: "warning", title: "Another condition makes this one needless" },
  // Rules that load but do not run, or not in full
  "rule-type-not-supported": { severity: "warning", title: "Rules of this type cannot run yet" },
  "language-not-supported": { severity: "warning", title: "Queries in this language cannot run yet" },
  "pipe-without-effect": { severity: "warning", title: "Pipes have no effect in rules" },
} as const satisfies Record<string, { severity: Severity; title: string }>;

/** The stable name of a diagnostic. */
export type DiagnosticCode = keyof typeof diagnosticCodes;
