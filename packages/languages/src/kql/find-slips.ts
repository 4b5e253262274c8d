import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { type KqlLiteral, type KqlQuery, type KqlValues, literalText } from "./ast.ts";

/**
 * What is valid and hardly meant: bare text in which operators of other languages stand, or a keyword at the end that joins nothing. KQL reads all of it as
 * words to look for. Quoted text is left alone. Reports `operator-in-text`.
 */
export function findSlips(query: KqlQuery): readonly Diagnostic[] {
  switch (query.kind) {
    case "and":
    case "or":
      return query.operands.flatMap(findSlips);
    case "not":
      return findSlips(query.operand);
    case "nested":
      return findSlips(query.query);
    case "field-values":
      return findInValues(query.values);
    case "field-range":
      return findInLiteral(query.value);
    case "free-text":
      return findInLiteral(query.value);
    case "match-all":
      return [];
  }
}

function findInValues(values: KqlValues): readonly Diagnostic[] {
  switch (values.kind) {
    case "and":
    case "or":
      return values.operands.flatMap(findInValues);
    case "not":
      return findInValues(values.operand);
    case "literal":
      return findInLiteral(values);
  }
}

const hints: Readonly<Record<string, string>> = {
  "==": "write field:value",
  "=": "write field:value",
  "!=": "write not field:value",
  "&&": "write and",
  "||": "write or",
  and: "the query ends after it",
  or: "the query ends after it",
};

function findInLiteral(literal: KqlLiteral): readonly Diagnostic[] {
  if (literal.isQuoted) return [];
  const words = literalText(literal).split(/\s+/);
  const slip = words.length < 2 ? undefined : (words.find(isOperator) ?? trailingKeyword(words));
  if (slip === undefined) return [];
  const message = `'${slip}' is no operator here: KQL looks for it as a part of the text`;
  return [diagnostic("operator-in-text", literal.span, message, hints[slip.toLowerCase()])];
}

function isOperator(word: string): boolean {
  return word === "==" || word === "=" || word === "!=" || word === "&&" || word === "||";
}

function trailingKeyword(words: readonly string[]): string | undefined {
  const last = words.at(-1);
  return last !== undefined && /^(?:and|or)$/i.test(last) ? last : undefined;
}
