import type { FieldCatalogue } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { lintCondition } from "../lint/lint-condition.ts";
import { type KqlLiteral, type KqlQuery, type KqlValues, literalText } from "./ast.ts";
import { lowerKql } from "./lower.ts";
import { parseKql } from "./parse.ts";

/**
 * Finds what is valid and hardly meant in a query: `quoted-wildcard`, `literal-question-mark`, `eaten-escape`, and what `lintCondition` finds.
 * Nothing of a query that cannot be read.
 */
export function lintKql(text: string, catalogue: FieldCatalogue): readonly Diagnostic[] {
  const { query } = parseKql(text);
  if (query === undefined) return [];
  const found = literalsOf(query).flatMap(({ field, literal }) => lintLiteral(field, literal, text) ?? []);
  return [...found, ...lintCondition(lowerKql(query), catalogue)].sort((a, b) => a.span.start - b.span.start);
}

interface FieldLiteral {
  readonly field: string;
  readonly literal: KqlLiteral;
}

function literalsOf(query: KqlQuery): readonly FieldLiteral[] {
  switch (query.kind) {
    case "and":
    case "or":
      return query.operands.flatMap(literalsOf);
    case "not":
      return literalsOf(query.operand);
    case "nested":
      return literalsOf(query.query);
    case "field-values":
      return valuesOf(query.values).map((literal) => ({ field: literalText(query.field), literal }));
    case "field-range":
    case "match-all":
    case "free-text":
      return [];
  }
}

function valuesOf(values: KqlValues): readonly KqlLiteral[] {
  switch (values.kind) {
    case "and":
    case "or":
      return values.operands.flatMap(valuesOf);
    case "not":
      return valuesOf(values.operand);
    case "literal":
      return [values];
  }
}

function lintLiteral(field: string, literal: KqlLiteral, text: string): Diagnostic | undefined {
  const { isQuoted, span } = literal;
  if (!isQuoted) {
    if (!hasStrayQuestionMark(field, literalText(literal))) return undefined;
    const message = `'?' stands for itself here: KQL has no wildcard for one character`;
    return diagnostic("literal-question-mark", span, message, "write * or list the values");
  }
  const raw = text.slice(span.start + 1, span.end - 1);
  const eaten = eatenEscape(raw);
  if (eaten !== undefined) {
    const message = `'${eaten}' is a ${controlNames[eaten[1] as string]} in quotes, not a backslash and a letter`;
    return diagnostic("eaten-escape", span, message, "write two backslashes for one");
  }
  if (!isMeantAsWildcard(literalText(literal))) return undefined;
  const message = "A '*' in quotes stands for itself: this only finds values that have one";
  return diagnostic("quoted-wildcard", span, message, "leave the quotes out and escape what needs it");
}

const controlNames: Readonly<Record<string, string>> = {
  t: "tab",
  r: "carriage return",
  n: "line feed",
};

/** A drive, a share, a home or another backslash before it tells a path from text that has a tab in it. */
function eatenEscape(raw: string): string | undefined {
  const at = /\\[trn]/.exec(raw.replaceAll("\\\\", "  "))?.index;
  if (at === undefined) return undefined;
  const looksLikePath = /^[A-Za-z]:\\|\\[A-Za-z0-9_ .%-]+\\|^\\\\/.test(raw);
  return looksLikePath ? raw.slice(at, at + 2) : undefined;
}

/** A star alone is a permission that cloud services know, and `\\*\name` is how Windows names a share: those are looked for as they stand. */
function isMeantAsWildcard(text: string): boolean {
  return text.includes("*") && /[A-Za-z0-9]/.test(text) && !/^\\+\*\\[^*]*$/.test(text);
}

/** A question mark that begins the parameters of a URL is one. */
function hasStrayQuestionMark(field: string, text: string): boolean {
  const at = text.indexOf("?");
  if (at < 0 || /ur[il]|query|request/i.test(field)) return false;
  const before = text.slice(0, at);
  const after = text.slice(at + 1);
  const isUrl = /^\*?[^ ]*\/[^\\]*$/.test(before) && /^[\w.%-]*(?:=|\*?$)/.test(after);
  return !isUrl;
}
