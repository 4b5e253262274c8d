import type { JsonObject } from "@tallyman/ecs";
import type { Span } from "../diagnostics/span.ts";
import type { Expression } from "../expression/expression.ts";
import { lowerLucene } from "../lucene/lower.ts";
import { parseLucene } from "../lucene/parse.ts";
import { unknownSetting } from "./clause-settings.ts";
import { type LoweredClause, refuse } from "./refusal.ts";

/** A query in Lucene's syntax in a filter. All parts of it have the filter's span. */
export function lowerQueryString(body: JsonObject, span: Span): LoweredClause {
  const unknown = unknownSetting(body, ["query", "default_field", "fields"]);
  if (unknown !== undefined)
    return refuse(`The setting '${unknown}' of 'query_string' is not supported in filters`);
  const { default_field: given = "*", fields = [given], query: text } = body;
  if (typeof text !== "string") return refuse("'query_string' needs a text as 'query'");
  const [defaultField] = Array.isArray(fields) ? fields : [];
  if (!Array.isArray(fields) || fields.length !== 1 || typeof defaultField !== "string")
    return refuse("'query_string' with several fields is not supported in filters");
  const { diagnostics, query } = parseLucene(text);
  if (query === undefined)
    return refuse(`The query of 'query_string' cannot be read: ${diagnostics[0].message}`);
  return placedAt(span, lowerLucene(query, defaultField === "*" ? undefined : { name: defaultField, span }));
}

/** Places in the query's text say nothing in the file of the filter. */
function placedAt(span: Span, expression: Expression): Expression {
  switch (expression.kind) {
    case "and":
    case "or":
      return { ...expression, operands: expression.operands.map((operand) => placedAt(span, operand)) };
    case "not":
      return { ...expression, operand: placedAt(span, expression.operand) };
    case "range": {
      const bounds = expression.bounds.map((bound) => ({ ...bound, span }));
      return { ...expression, bounds, field: { ...expression.field, span }, span };
    }
    case "exists":
    case "equals":
    case "matches":
    case "matches-regex":
    case "similar":
      return { ...expression, field: { ...expression.field, span }, span };
    default:
      return expression;
  }
}
