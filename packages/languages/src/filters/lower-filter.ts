import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import type { Bound, Expression, Literal, RangeOperator } from "../expression/expression.ts";
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

const boolKeys = ["must", "filter", "should", "must_not", "minimum_should_match", "boost", "_name"];
/** What a range may say beside its bounds without a change of meaning; the format is the one that dates have anyway. */
const isRangeSetting = (key: string, value: Json | undefined): boolean =>
  key === "boost" || key === "relation" || (key === "format" && value === "strict_date_optional_time");
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
    const bounds: Bound[] = [];
    for (const [key, value] of Object.entries(entry.value)) {
      const operator = rangeOperators[key];
      if (operator !== undefined) {
        if (!isLiteral(value)) return this.#refuse(`'${key}' of 'range' needs one value`);
        bounds.push({ operator, value, span: this.#span });
      } else if (!isRangeSetting(key, value)) {
        return this.#refuse(`'range' takes gt, gte, lt and lte, not '${key}'`);
      }
    }
    if (bounds.length === 0) return this.#refuse("'range' needs one of gt, gte, lt, lte");
    return { kind: "range", field: this.#field(entry.field), bounds, span: this.#span };
  }

  #bool(body: JsonObject, depth: number): Expression | undefined {
    const unknown = Object.keys(body).find((key) => !boolKeys.includes(key));
    if (unknown !== undefined) return this.#refuse(`'bool' has no '${unknown}'`);
    const must = this.#clauses("must", body, depth);
    const filter = this.#clauses("filter", body, depth);
    const should = this.#clauses("should", body, depth);
    const mustNot = this.#clauses("must_not", body, depth);
    if (must === undefined || filter === undefined || should === undefined || mustNot === undefined)
      return undefined;
    const required = [...must, ...filter];
    const atLeast = body["minimum_should_match"] ?? (required.length === 0 && should.length > 0 ? 1 : 0);
    if (atLeast !== 0 && atLeast !== 1)
      return this.#refuse("'minimum_should_match' above 1 is not supported in filters");
    return {
      kind: "and",
      operands: [
        ...required,
        ...(atLeast === 1 ? [{ kind: "or", operands: should } as const] : []),
        ...mustNot.map((operand) => ({ kind: "not", operand }) as const),
      ],
    };
  }

  /** The clauses under a key of `bool`, one or a list of them; none when the key is not there. */
  #clauses(key: string, body: JsonObject, depth: number): readonly Expression[] | undefined {
    const value = body[key] ?? [];
    const expressions: Expression[] = [];
    for (const clause of Array.isArray(value) ? value : [value]) {
      if (!isJsonObject(clause)) return this.#refuse(`'${key}' needs clauses`);
      const expression = this.clause(clause, depth + 1);
      if (expression === undefined) return undefined;
      expressions.push(expression);
    }
    return expressions;
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
