import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import type { Expression, Literal, RangeOperator } from "../expression/expression.ts";
import type { FieldReference } from "../expression/field-reference.ts";
import { parseWildcard, patternFromLiterals } from "../values/wildcard.ts";

/** What a filter means, or why it cannot be said. */
export type LoweredFilter =
  | { readonly expression: Expression; readonly problem: undefined }
  | { readonly expression: undefined; readonly problem: Diagnostic };

/** Clauses may stand in each other this deep. */
const depthMax = 20;

/**
 * Lowers a Kibana filter object: a clause of Elasticsearch's query DSL, under `query` or on the top level, with `meta.negate` and
 * `meta.disabled` beside it. Understood are `exists`, `term`, `terms`, `match`, `match_phrase`, `wildcard`, `prefix`, `range`,
 * `match_all` and `bool` of those; anything else is `unsupported-filter`, since leaving a condition out would change what a rule
 * finds. All parts of the expression carry the filter's own span.
 */
export function lowerFilter(filter: JsonObject, span: Span): LoweredFilter {
  const meta = isJsonObject(filter["meta"]) ? filter["meta"] : {};
  if (meta["disabled"] === true) return { expression: { kind: "constant", value: true }, problem: undefined };
  const clause = isJsonObject(filter["query"]) ? filter["query"] : withoutKeys(filter, ["meta", "$state"]);
  const lowered = new FilterLowering(span);
  const expression = lowered.clause(clause, 0);
  if (expression === undefined) return { expression: undefined, problem: lowered.problem };
  return {
    expression: meta["negate"] === true ? { kind: "not", operand: expression } : expression,
    problem: undefined,
  };
}

const rangeOperators: Readonly<Record<string, RangeOperator>> = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

class FilterLowering {
  readonly #span: Span;
  problem: Diagnostic;

  constructor(span: Span) {
    this.#span = span;
    this.problem = diagnostic("unsupported-filter", span, "The filter has no clause");
  }

  clause(clause: JsonObject, depth: number): Expression | undefined {
    const names = Object.keys(clause);
    const [name] = names;
    if (name === undefined || names.length > 1) return this.#refuse("A filter needs exactly one clause");
    if (depth > depthMax) return this.#refuse(`Clauses stand in each other deeper than ${depthMax} levels`);
    const body = clause[name];
    if (!isJsonObject(body)) return this.#refuse(`The clause '${name}' is no object`);
    switch (name) {
      case "match_all":
        return { kind: "constant", value: true };
      case "bool":
        return this.#bool(body, depth);
      case "exists":
        return typeof body["field"] === "string"
          ? { kind: "exists", field: this.#field(body["field"]), span: this.#span }
          : this.#refuse("'exists' needs a field");
      case "term":
        return this.#value(name, body, "value", (field, value, options) => ({
          kind: "equals",
          field,
          value,
          tokens: "phrase",
          ignoreCase: options["case_insensitive"] === true,
          span: this.#span,
        }));
      case "match_phrase":
        return this.#equals(name, body, "phrase");
      case "match":
        return this.#equals(name, body, "any");
      case "terms":
        return this.#terms(body);
      case "wildcard":
        return this.#pattern(name, body, (text) => parseWildcard(text, { escapes: true }));
      case "prefix":
        return this.#pattern(name, body, (text) => patternFromLiterals([text, ""]));
      case "range":
        return this.#range(body);
      default:
        return this.#refuse(`The clause '${name}' is not supported in filters`);
    }
  }

  #equals(name: string, body: JsonObject, tokens: "phrase" | "any"): Expression | undefined {
    return this.#value(name, body, "query", (field, value, options) => ({
      kind: "equals",
      field,
      value,
      tokens: options["type"] === "phrase" ? "phrase" : tokens,
      ignoreCase: false,
      span: this.#span,
    }));
  }

  #terms(body: JsonObject): Expression | undefined {
    const entry = this.#only("terms", body);
    if (entry === undefined) return undefined;
    const values = entry.value;
    if (!Array.isArray(values) || !values.every(isLiteral))
      return this.#refuse("'terms' needs a list of values");
    const field = this.#field(entry.field);
    return {
      kind: "or",
      operands: values.map((value) => ({
        kind: "equals",
        field,
        value,
        tokens: "phrase",
        ignoreCase: false,
        span: this.#span,
      })),
    };
  }

  #pattern(
    name: string,
    body: JsonObject,
    parse: (text: string) => ReturnType<typeof parseWildcard>,
  ): Expression | undefined {
    // Elasticsearch takes the text of a wildcard clause under either key.
    const key =
      isJsonObject(Object.values(body)[0]) && "wildcard" in (Object.values(body)[0] as object)
        ? "wildcard"
        : "value";
    return this.#value(name, body, key, (field, value, options) => ({
      kind: "matches",
      field,
      pattern: parse(String(value)),
      splitsOnSpace: false,
      ignoreCase: options["case_insensitive"] === true,
      span: this.#span,
    }));
  }

  #range(body: JsonObject): Expression | undefined {
    const entry = this.#only("range", body);
    if (entry === undefined) return undefined;
    if (!isJsonObject(entry.value)) return this.#refuse("'range' needs bounds");
    const bounds = Object.entries(entry.value).flatMap(([key, value]) => {
      const operator = rangeOperators[key];
      return operator !== undefined && isLiteral(value) ? [{ operator, value, span: this.#span }] : [];
    });
    if (bounds.length === 0) return this.#refuse("'range' needs one of gt, gte, lt, lte");
    return { kind: "range", field: this.#field(entry.field), bounds, span: this.#span };
  }

  #bool(body: JsonObject, depth: number): Expression | undefined {
    const required = [...this.#clauses(body["must"]), ...this.#clauses(body["filter"])];
    const optional = this.#clauses(body["should"]);
    const refused = this.#clauses(body["must_not"]);
    const atLeast = body["minimum_should_match"] ?? (required.length === 0 && optional.length > 0 ? 1 : 0);
    if (atLeast !== 0 && atLeast !== 1)
      return this.#refuse("'minimum_should_match' above 1 is not supported in filters");
    const all = (clauses: readonly JsonObject[]): readonly Expression[] | undefined => {
      const lowered = clauses.map((each) => this.clause(each, depth + 1));
      return lowered.every((each) => each !== undefined) ? lowered : undefined;
    };
    const must = all(required);
    const should = all(optional);
    const mustNot = all(refused);
    if (must === undefined || should === undefined || mustNot === undefined) return undefined;
    return {
      kind: "and",
      operands: [
        ...must,
        ...(atLeast === 1 ? [{ kind: "or", operands: should } as const] : []),
        ...mustNot.map((operand) => ({ kind: "not", operand }) as const),
      ],
    };
  }

  #clauses(value: Json | undefined): readonly JsonObject[] {
    if (isJsonObject(value)) return [value];
    return Array.isArray(value) ? value.filter(isJsonObject) : [];
  }

  /** A clause about one field: `{"field": value}` or `{"field": {"<key>": value, …options}}`. */
  #value(
    name: string,
    body: JsonObject,
    key: string,
    make: (field: FieldReference, value: Literal, options: JsonObject) => Expression,
  ): Expression | undefined {
    const entry = this.#only(name, body);
    if (entry === undefined) return undefined;
    const options = isJsonObject(entry.value) ? entry.value : {};
    const value = isJsonObject(entry.value) ? entry.value[key] : entry.value;
    if (!isLiteral(value)) return this.#refuse(`The clause '${name}' needs a value for '${entry.field}'`);
    return make(this.#field(entry.field), value, options);
  }

  #only(
    name: string,
    body: JsonObject,
  ): { readonly field: string; readonly value: Json | undefined } | undefined {
    const entries = Object.entries(body).filter(([key]) => key !== "boost" && key !== "_name");
    const [entry] = entries;
    if (entry === undefined || entries.length > 1)
      return this.#refuse(`The clause '${name}' needs exactly one field`);
    return { field: entry[0], value: entry[1] };
  }

  #field(path: string): FieldReference {
    return { kind: "field", path, span: this.#span };
  }

  #refuse(message: string): undefined {
    this.problem = diagnostic("unsupported-filter", this.#span, message);
    return undefined;
  }
}

function isLiteral(value: Json | undefined): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function withoutKeys(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
