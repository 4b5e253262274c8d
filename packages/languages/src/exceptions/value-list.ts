/**
 * What the values of a list are. Elastic's types, less those that no field of an event has; and `wildcard`, whose values are patterns as in a
 * `wildcard` entry.
 */
export const valueListTypes = [
  "keyword",
  "text",
  "wildcard",
  "ip",
  "ip_range",
  "date",
  "date_range",
  "boolean",
  "byte",
  "short",
  "integer",
  "long",
  "float",
  "half_float",
  "double",
  "integer_range",
  "long_range",
  "float_range",
  "double_range",
] as const;

export type ValueListType = (typeof valueListTypes)[number];

/** Values that exceptions may refer to by the id of their list. */
export interface ValueList {
  readonly id: string;
  readonly type: ValueListType;
  /** As they are written. Ranges are `low-high`, of dates `low,high`; of `ip_range` also blocks such as `10.0.0.0/8`. */
  readonly values: readonly string[];
}
