import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import type { Expression } from "../expression/expression.ts";
import { unknownSetting } from "./clause-settings.ts";
import { fieldNamed, lowerFieldClause } from "./lower-field-clause.ts";
import { lowerQueryString } from "./lower-query-string.ts";
import { type LoweredClause, type Refusal, refuse } from "./refusal.ts";

/** What a filter means, or why it cannot be said. */
export type LoweredFilter =
  | { readonly expression: Expression; readonly problem: undefined }
  | { readonly expression: undefined; readonly problem: Diagnostic };

/** Clauses may stand in each other this deep. */
const depthMax = 20;

/**
 * Lowers a Kibana filter object: a clause of Elasticsearch's query DSL, under `query` or on the top level, or several filters combined, with
 * `meta.negate` and `meta.disabled` beside it. Understood are `exists`, `term`, `terms`, `match`, `match_phrase`, `wildcard`, `prefix`,
 * `regexp`, `fuzzy`, `range`, `query_string`, `match_all`, `match_none`, and `bool`, `nested` and `constant_score` of those. Any other
 * clause, and any setting that changes what a clause finds, is `unsupported-filter`, since leaving it out would change what a rule finds. All
 * parts of the expression carry the filter's own span.
 */
export function lowerFilter(filter: JsonObject, span: Span): LoweredFilter {
  const lowered = new FilterLowering(span).filter(filter, 0);
  return lowered.kind === "refused"
    ? { expression: undefined, problem: diagnostic("unsupported-filter", span, lowered.message) }
    : { expression: lowered, problem: undefined };
}

const boolKeys = ["must", "filter", "should", "must_not", "minimum_should_match"];

/** What stands in other clauses. */
class FilterLowering {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  filter(filter: JsonObject, depth: number): LoweredClause {
    const meta = isJsonObject(filter["meta"]) ? filter["meta"] : {};
    if (meta["disabled"] === true) return { kind: "constant", value: true };
    const clause = isJsonObject(filter["query"]) ? filter["query"] : withoutKeys(filter, ["meta", "$state"]);
    const lowered = meta["type"] === "combined" ? this.#combined(meta, depth) : this.#clause(clause, depth);
    return lowered.kind !== "refused" && meta["negate"] === true
      ? { kind: "not", operand: lowered }
      : lowered;
  }

  #combined({ params, relation }: JsonObject, depth: number): LoweredClause {
    if (!Array.isArray(params) || (relation !== "OR" && relation !== "AND"))
      return refuse("A combined filter needs filters as 'params' and AND or OR as their 'relation'");
    const operands = this.#all(params, "A combined filter needs filters as 'params'", depth, (filter) =>
      this.filter(filter, depth + 1),
    );
    if ("message" in operands) return operands;
    return { kind: relation === "OR" ? "or" : "and", operands };
  }

  #clause(clause: JsonObject, depth: number): LoweredClause {
    const names = Object.keys(clause);
    const [name] = names;
    if (name === undefined || names.length > 1) return refuse("A filter needs exactly one clause");
    if (depth > depthMax) return refuse(`Clauses stand in each other deeper than ${depthMax} levels`);
    const body = clause[name];
    if (!isJsonObject(body)) return refuse(`The clause '${name}' is no object`);
    switch (name) {
      case "match_all":
        return { kind: "constant", value: true };
      case "match_none":
        return { kind: "constant", value: false };
      case "exists":
        return typeof body["field"] === "string"
          ? { kind: "exists", field: fieldNamed(body["field"], this.#span), span: this.#span }
          : refuse("'exists' needs a field");
      case "query_string":
        return lowerQueryString(body, this.#span);
      case "bool":
        return this.#bool(body, depth);
      case "nested":
        return this.#nested(body, depth);
      case "constant_score":
        return isJsonObject(body["filter"])
          ? this.#clause(body["filter"], depth + 1)
          : refuse("'constant_score' needs a clause as 'filter'");
      default:
        return (
          lowerFieldClause(name, body, this.#span) ??
          refuse(`The clause '${name}' is not supported in filters`)
        );
    }
  }

  #bool(body: JsonObject, depth: number): LoweredClause {
    const unknown = unknownSetting(body, boolKeys);
    if (unknown !== undefined) return refuse(`'bool' has no '${unknown}'`);
    const must = this.#clauses("must", body, depth);
    if ("message" in must) return must;
    const filter = this.#clauses("filter", body, depth);
    if ("message" in filter) return filter;
    const should = this.#clauses("should", body, depth);
    if ("message" in should) return should;
    const mustNot = this.#clauses("must_not", body, depth);
    if ("message" in mustNot) return mustNot;
    const required = [...must, ...filter];
    const usual = required.length === 0 && should.length > 0 ? 1 : 0;
    const atLeast = Number(body["minimum_should_match"] ?? usual);
    if (atLeast !== 0 && atLeast !== 1)
      return refuse("'minimum_should_match' other than 0 and 1 is not supported in filters");
    const operands: readonly Expression[] = [
      ...required,
      ...(atLeast === 1 ? [{ kind: "or", operands: should } as const] : []),
      ...mustNot.map((operand): Expression => ({ kind: "not", operand })),
    ];
    return { kind: "and", operands };
  }

  /** Fields in the query are named in full. */
  #nested(body: JsonObject, depth: number): LoweredClause {
    const { path, query } = body;
    const unknown = unknownSetting(body, ["path", "query"]);
    if (unknown !== undefined)
      return refuse(`The setting '${unknown}' of 'nested' is not supported in filters`);
    if (typeof path !== "string" || !isJsonObject(query)) return refuse("'nested' needs a path and a query");
    const operand = this.#clause(query, depth + 1);
    return operand.kind === "refused" ? operand : { kind: "nested", path, operand, span: this.#span };
  }

  /** The clauses under a key of `bool`, one or a list of them; none when the key is not there. */
  #clauses(key: string, body: JsonObject, depth: number): readonly Expression[] | Refusal {
    const value = body[key] ?? [];
    return this.#all(Array.isArray(value) ? value : [value], `'${key}' needs clauses`, depth, (clause) =>
      this.#clause(clause, depth + 1),
    );
  }

  #all(
    values: readonly Json[],
    wanted: string,
    depth: number,
    lower: (value: JsonObject) => LoweredClause,
  ): readonly Expression[] | Refusal {
    if (depth > depthMax) return refuse(`Clauses stand in each other deeper than ${depthMax} levels`);
    const expressions: Expression[] = [];
    for (const value of values) {
      if (!isJsonObject(value)) return refuse(wanted);
      const lowered = lower(value);
      if (lowered.kind === "refused") return lowered;
      expressions.push(lowered);
    }
    return expressions;
  }
}

function withoutKeys(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
