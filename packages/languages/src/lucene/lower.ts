import type { Bound, Expression } from "../expression/expression.ts";
import type { FieldReference } from "../expression/field-reference.ts";
import { matchesEverything, patternFromLiterals } from "../values/wildcard.ts";
import type { LuceneBound, LuceneClause, LuceneField, LuceneQuery, LuceneValue } from "./ast.ts";
import { type ClauseRole, rolesOf } from "./clause-roles.ts";

/** The name that asks for the existence of the field that stands in place of its value. */
const existsName = "_exists_";

/** What a Lucene query means. Values without a field are looked for in the default one, or in all where there is none. */
export function lowerLucene(query: LuceneQuery, defaultField?: LuceneField): Expression {
  return lowerQuery(query, defaultField);
}

function lowerQuery(query: LuceneQuery, field: LuceneField | undefined): Expression {
  switch (query.kind) {
    case "match-all":
      return { kind: "constant", value: true };
    case "clauses":
      return lowerClauses(query.clauses, field);
    case "group":
      return lowerQuery(query.query, query.field ?? field);
    case "value":
      return lowerValue(query.value, query.field ?? field);
  }
}

/**
 * Clauses are required, optional or prohibited. All required ones must hold and no prohibited one; of the optional ones one, where none is
 * required. Where all are prohibited, nothing else is asked.
 */
function lowerClauses(clauses: readonly LuceneClause[], field: LuceneField | undefined): Expression {
  const operands = clauses.map(({ query }) => lowerQuery(query, field));
  const roles = rolesOf(clauses);
  const having = (role: ClauseRole): readonly Expression[] => operands.filter((_, i) => roles[i] === role);
  const [required, optional, prohibited] = [having("required"), having("optional"), having("prohibited")];
  const wanted: readonly Expression[] =
    required.length > 0 || optional.length === 0 ? required : [{ kind: "or", operands: optional }];
  return {
    kind: "and",
    operands: [...wanted, ...prohibited.map((operand): Expression => ({ kind: "not", operand }))],
  };
}

function lowerValue(value: LuceneValue, field: LuceneField | undefined): Expression {
  const { span } = value;
  if (field?.name === existsName && (value.kind === "words" || value.kind === "phrase")) {
    const name = value.kind === "words" ? value.words.join(" ") : value.text;
    return { kind: "exists", field: referenceTo({ name, span }), span };
  }
  const reference = field === undefined ? anyField(span) : referenceTo(field);
  switch (value.kind) {
    case "words":
      return lowerText(value.words.join(" "), span, field, reference);
    case "sign":
      return equalTo(value.text, reference, span);
    case "phrase":
      return {
        kind: "equals",
        field: reference,
        value: value.text,
        tokens: "phrase",
        slop: value.slop,
        ignoreCase: false,
        span,
      };
    case "any":
      return lowerAny(reference, span);
    case "pattern": {
      const { pattern } = value;
      return { kind: "matches", field: reference, pattern, splitsOnSpace: false, ignoreCase: false, span };
    }
    case "fuzzy": {
      const { edits, text } = value;
      return edits === 0
        ? equalTo(text, reference, span)
        : { kind: "similar", field: reference, text, edits, span };
    }
    case "regex":
      return { kind: "matches-regex", field: reference, regex: value.regex, span };
    case "range": {
      const bounds = [...boundOf(value.low, ">"), ...boundOf(value.high, "<")];
      return bounds.length === 0
        ? { kind: "exists", field: reference, span }
        : { kind: "range", field: reference, bounds, span };
    }
  }
}

/** Behind a field, a text that begins with an operator is a range with one end. */
function lowerText(
  text: string,
  span: LuceneValue["span"],
  field: LuceneField | undefined,
  reference: FieldReference,
): Expression {
  const comparison = field === undefined ? null : /^([<>](?:=(?=.))?)(.+)$/s.exec(text);
  if (comparison === null) return equalTo(text, reference, span);
  const [, operator, bound] = comparison as unknown as [string, Bound["operator"], string];
  if (bound === "*") return { kind: "exists", field: reference, span };
  return { kind: "range", field: reference, bounds: [{ operator, value: bound, span }], span };
}

function equalTo(text: string, field: FieldReference, span: LuceneValue["span"]): Expression {
  return { kind: "equals", field, value: text, tokens: "any", ignoreCase: false, span };
}

function lowerAny(field: FieldReference, span: LuceneValue["span"]): Expression {
  const isAnyField = field.kind === "fields" && matchesEverything(field.pattern);
  return isAnyField ? { kind: "constant", value: true } : { kind: "exists", field, span };
}

function boundOf({ isInclusive, span, text }: LuceneBound, side: "<" | ">"): readonly Bound[] {
  if (text === undefined) return [];
  return [{ operator: isInclusive ? `${side}=` : side, value: text, span }];
}

function referenceTo({ name, span }: LuceneField): FieldReference {
  if (!name.includes("*")) return { kind: "field", path: name, span };
  return { kind: "fields", pattern: patternFromLiterals(name.split("*")), span };
}

function anyField(span: LuceneValue["span"]): FieldReference {
  return { kind: "fields", pattern: patternFromLiterals(["", ""]), span };
}
