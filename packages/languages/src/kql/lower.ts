import type { Expression, Literal } from "../expression/expression.ts";
import type { FieldReference } from "../expression/field-reference.ts";
import { matchesEverything, patternFromLiterals } from "../values/wildcard.ts";
import { type KqlLiteral, type KqlQuery, type KqlValues, literalText } from "./ast.ts";

/** What a KQL query means. Names inside `field:{ … }` are completed with the field's. */
export function lowerKql(query: KqlQuery): Expression {
  return lowerQuery(query, "");
}

function lowerQuery(query: KqlQuery, prefix: string): Expression {
  switch (query.kind) {
    case "match-all":
      return { kind: "constant", value: true };
    case "and":
    case "or":
      return { kind: query.kind, operands: query.operands.map((operand) => lowerQuery(operand, prefix)) };
    case "not":
      return { kind: "not", operand: lowerQuery(query.operand, prefix) };
    case "nested": {
      const path = prefix + literalText(query.field);
      return { kind: "nested", path, operand: lowerQuery(query.query, `${path}.`), span: query.span };
    }
    case "field-values":
      return lowerValues(query.values, fieldReference(query.field, prefix));
    case "field-range": {
      const { operator, value, span } = query;
      const bound = { operator, value: literalText(value), span: value.span };
      return { kind: "range", field: fieldReference(query.field, prefix), bounds: [bound], span };
    }
    case "free-text":
      return lowerValue(query.value, anyField(query.value, prefix));
  }
}

function fieldReference(literal: KqlLiteral, prefix: string): FieldReference {
  const { parts, span } = literal;
  if (parts.length === 1) return { kind: "field", path: prefix + parts[0], span };
  return { kind: "fields", pattern: patternFromLiterals([`${prefix}${parts[0]}`, ...parts.slice(1)]), span };
}

function anyField(literal: KqlLiteral, prefix: string): FieldReference {
  return { kind: "fields", pattern: patternFromLiterals([prefix, ""]), span: literal.span };
}

function lowerValues(values: KqlValues, field: FieldReference): Expression {
  switch (values.kind) {
    case "and":
    case "or":
      return { kind: values.kind, operands: values.operands.map((operand) => lowerValues(operand, field)) };
    case "not":
      return { kind: "not", operand: lowerValues(values.operand, field) };
    case "literal":
      return lowerValue(values, field);
  }
}

function lowerValue(literal: KqlLiteral, field: FieldReference): Expression {
  const { parts, span } = literal;
  if (parts.length === 1) {
    const tokens = literal.isQuoted ? "phrase" : "any";
    return { kind: "equals", field, value: typedValue(literal), tokens, ignoreCase: false, span };
  }
  const pattern = patternFromLiterals(parts);
  if (!matchesEverything(pattern)) {
    return { kind: "matches", field, pattern, splitsOnSpace: true, ignoreCase: false, span };
  }
  const isAnyField = field.kind === "fields" && matchesEverything(field.pattern);
  return isAnyField ? { kind: "constant", value: true } : { kind: "exists", field, span };
}

/** Bare `true`, `false` and `null` are more than text; numbers are not, since the field's type reads them. */
function typedValue(literal: KqlLiteral): Literal {
  const text = literalText(literal);
  if (literal.isQuoted) return text;
  return text === "true" ? true : text === "false" ? false : text === "null" ? null : text;
}
