import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import type { Span } from "../diagnostics/span.ts";
import type { Bound, Expression, Literal, RangeOperator } from "../expression/expression.ts";
import type { FieldReference } from "../expression/field-reference.ts";
import { editsOf } from "../lucene/fuzziness.ts";
import { readRegex } from "../regex/regex.ts";
import { parseWildcard, patternFromLiterals, type WildcardPattern } from "../values/wildcard.ts";
import { unknownSetting } from "./clause-settings.ts";
import { type LoweredClause, type Refusal, refuse } from "./refusal.ts";

/** The settings of a clause about one field. */
interface FieldClause {
  readonly name: string;
  readonly field: FieldReference;
  readonly settings: JsonObject;
  readonly span: Span;
}

type Lowering = (clause: FieldClause) => LoweredClause;

/** The clauses about one field: `{"field": value}`, or `{"field": {settings}}`. */
const lowerings: Readonly<Record<string, Lowering>> = {
  term: withValue(["value"], ["case_insensitive"], ({ field, settings, span }, value) => ({
    kind: "equals",
    field,
    value,
    tokens: "phrase",
    ignoreCase: settings["case_insensitive"] === true,
    span,
  })),
  match: withValue(["query"], ["type"], ({ field, settings, span }, value) => {
    const { type = "boolean" } = settings;
    if (type !== "phrase" && type !== "boolean")
      return refuse(`'match' of the type '${String(type)}' is not supported in filters`);
    // Older versions of Kibana write phrases in this way.
    const tokens = type === "phrase" ? "phrase" : "any";
    return { kind: "equals", field, value, tokens, ignoreCase: false, span };
  }),
  match_phrase: withValue(["query"], ["slop"], ({ field, settings, span }, value) => {
    const { slop = 0 } = settings;
    if (typeof slop !== "number") return refuse("'slop' of 'match_phrase' needs a number");
    return { kind: "equals", field, value, tokens: "phrase", slop, ignoreCase: false, span };
  }),
  // Elasticsearch takes the text of these two under either key.
  wildcard: withValue(["value", "wildcard"], ["case_insensitive"], (clause, value) =>
    patternOf(clause, parseWildcard(String(value), { escapes: true })),
  ),
  prefix: withValue(["value", "prefix"], ["case_insensitive"], (clause, value) =>
    patternOf(clause, patternFromLiterals([String(value), ""])),
  ),
  regexp: withValue(["value"], ["case_insensitive"], ({ field, settings, span }, value) => {
    const { problem, regex } = readRegex(String(value), {
      ignoreCase: settings["case_insensitive"] === true,
    });
    return regex === undefined ? refuse(problem) : { kind: "matches-regex", field, regex, span };
  }),
  fuzzy: withValue(["value"], ["fuzziness"], ({ field, settings, span }, value) => {
    const { fuzziness = "AUTO" } = settings;
    const edits = editsOf(String(fuzziness), String(value));
    if (edits === undefined) return refuse("'fuzziness' needs AUTO, 0, 1 or 2");
    return { kind: "similar", field, text: String(value), edits, span };
  }),
  range: lowerRange,
};

/** What a clause about one field means; undefined when there is no such clause. */
export function lowerFieldClause(name: string, body: JsonObject, span: Span): LoweredClause | undefined {
  if (name === "terms") return lowerTerms(body, span);
  const lower = lowerings[name];
  if (lower === undefined) return undefined;
  const only = onlyField(name, body);
  if ("kind" in only) return only;
  // A value alone stands for a clause with nothing else.
  const settings = isJsonObject(only.value) ? only.value : { [shortKey]: only.value ?? null };
  return lower({ name, field: fieldNamed(only.field, span), settings, span });
}

/** Where a value stands that is written without settings; no setting has this name. */
const shortKey = "";

function withValue(
  valueKeys: readonly string[],
  known: readonly string[],
  make: (clause: FieldClause, value: Literal) => LoweredClause,
): Lowering {
  return (clause) => {
    const { field, name, settings } = clause;
    const unknown = unknownSetting(settings, [shortKey, ...valueKeys, ...known]);
    if (unknown !== undefined)
      return refuse(`The setting '${unknown}' of '${name}' is not supported in filters`);
    const value = [shortKey, ...valueKeys].map((key) => settings[key]).find((each) => each !== undefined);
    if (!isLiteral(value)) {
      const path = field.kind === "field" ? field.path : "";
      return refuse(`The clause '${name}' needs a value for '${path}'`);
    }
    return make(clause, value);
  };
}

function patternOf({ field, settings, span }: FieldClause, pattern: WildcardPattern): Expression {
  const ignoreCase = settings["case_insensitive"] === true;
  return { kind: "matches", field, pattern, splitsOnSpace: false, ignoreCase, span };
}

const rangeOperators: Readonly<Record<string, RangeOperator>> = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

function lowerRange({ field, settings, span }: FieldClause): LoweredClause {
  if (shortKey in settings) return refuse("'range' needs bounds");
  const unknown = unknownSetting(settings, Object.keys(rangeOperators));
  if (unknown !== undefined) return refuse(`'range' takes gt, gte, lt and lte, not '${unknown}'`);
  const bounds: Bound[] = [];
  for (const [key, operator] of Object.entries(rangeOperators)) {
    const value = settings[key];
    // Kibana writes null for an end that is open.
    if (value === undefined || value === null) continue;
    if (!isLiteral(value)) return refuse(`'${key}' of 'range' needs one value`);
    bounds.push({ operator, value, span });
  }
  if (bounds.length === 0) return refuse("'range' needs one of gt, gte, lt, lte");
  return { kind: "range", field, bounds, span };
}

function lowerTerms(body: JsonObject, span: Span): LoweredClause {
  const only = onlyField("terms", body);
  if ("kind" in only) return only;
  const { value: values } = only;
  if (!Array.isArray(values) || !values.every(isLiteral)) return refuse("'terms' needs a list of values");
  // One reference for all of them: a list may have thousands.
  const field = fieldNamed(only.field, span);
  return {
    kind: "or",
    operands: values.map((value) => ({
      kind: "equals",
      field,
      value,
      tokens: "phrase",
      ignoreCase: false,
      span,
    })),
  };
}

function onlyField(
  name: string,
  body: JsonObject,
): { readonly field: string; readonly value: Json | undefined } | Refusal {
  const entries = Object.entries(body).filter(([key]) => key !== "boost" && key !== "_name");
  const [entry] = entries;
  if (entry === undefined || entries.length > 1)
    return refuse(`The clause '${name}' needs exactly one field`);
  return { field: entry[0], value: entry[1] };
}

export function fieldNamed(path: string, span: Span): FieldReference {
  return { kind: "field", path, span };
}

function isLiteral(value: Json | undefined): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
