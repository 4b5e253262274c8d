/**
 * How a field's values are understood and compared. These are Elasticsearch's mapping types, with its numeric
 * widths folded together: `long` stands for every integer type, `double` for every fractional one, `date` for
 * `date_nanos` too. Source: Elasticsearch reference, field data types.
 */
export type FieldType =
  | "keyword"
  | "constant_keyword"
  | "wildcard"
  | "text"
  | "match_only_text"
  | "ip"
  | "date"
  | "long"
  | "double"
  | "boolean"
  | "object"
  | "nested"
  | "flattened"
  | "geo_point"
  | "binary"
  | "version";

/** All field types, in the order of their declaration. */
export const fieldTypes = [
  "keyword",
  "constant_keyword",
  "wildcard",
  "text",
  "match_only_text",
  "ip",
  "date",
  "long",
  "double",
  "boolean",
  "object",
  "nested",
  "flattened",
  "geo_point",
  "binary",
  "version",
] as const satisfies readonly FieldType[];

/** True for the types whose values Elasticsearch analyses into tokens before it compares them. */
export function isAnalysed(type: FieldType): boolean {
  return type === "text" || type === "match_only_text";
}
