import { parseCidr, parseDateMath, parseIp, parseNumber } from "@tallyman/ecs";
import type { Span } from "../diagnostics/span.ts";
import type { Bound, Expression } from "../expression/expression.ts";
import type { NamedField } from "../expression/field-reference.ts";
import { parseWildcard } from "../values/wildcard.ts";
import type { ValueList, ValueListType } from "./value-list.ts";

/** A list's meaning for a field, and the values that are of another type than the list. */
export interface LoweredValueList {
  readonly expression: Expression;
  /** The first few of them. */
  readonly refused: readonly string[];
  readonly refusedCount: number;
}

/** So many of the values that are refused are named. */
const refusedMax = 3;

/** The condition that a value of the field stands in the list. Values that the list's type cannot hold are left out, and told. */
export function lowerValueList({ type, values }: ValueList, field: NamedField, span: Span): LoweredValueList {
  const operands: Expression[] = [];
  const refused: string[] = [];
  let refusedCount = 0;
  for (const value of values) {
    const lowered = lowerValue(type, value, field, span);
    if (lowered !== undefined) operands.push(lowered);
    else if (++refusedCount <= refusedMax) refused.push(value);
  }
  return { expression: { kind: "or", operands }, refused, refusedCount };
}

function lowerValue(
  type: ValueListType,
  value: string,
  field: NamedField,
  span: Span,
): Expression | undefined {
  const equals = (ignoreCase = false): Expression => ({
    kind: "equals",
    field,
    value,
    tokens: "phrase",
    ignoreCase,
    span,
  });
  switch (type) {
    case "keyword":
      return equals();
    case "text":
      return equals(true);
    case "wildcard":
      return {
        kind: "matches",
        field,
        pattern: parseWildcard(value, { escapes: true }),
        splitsOnSpace: false,
        ignoreCase: false,
        span,
      };
    case "ip":
      return parseIp(value) === undefined ? undefined : equals();
    case "boolean":
      return value === "true" || value === "false" ? equals() : undefined;
    case "date":
      return parseDateMath(value) === undefined ? undefined : equals();
    case "byte":
    case "short":
    case "integer":
    case "long":
    case "float":
    case "half_float":
    case "double":
      return parseNumber(value) === undefined ? undefined : equals();
    case "ip_range":
      return parseCidr(value) !== undefined || parseIp(value) !== undefined
        ? equals()
        : range(value, "-", parseIp, field, span);
    case "date_range":
      return range(value, ",", momentOf, field, span);
    case "integer_range":
    case "long_range":
    case "float_range":
    case "double_range":
      return range(value, "-", parseNumber, field, span);
  }
}

/** By a present that does not matter: it orders `now-1d` and `now`, and two dates. */
function momentOf(text: string): number | undefined {
  return parseDateMath(text)?.resolve(0, "start");
}

/** Both bounds belong to a range. Undefined where one is no value, or the high one is the lower, which holds nothing. */
function range<T extends string | number>(
  text: string,
  mark: string,
  readBound: (text: string) => T | undefined,
  field: NamedField,
  span: Span,
): Expression | undefined {
  // The first character may be the sign of a negative number.
  const at = text.indexOf(mark, 1);
  if (at < 0) return undefined;
  const [low, high] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  const [lowest, highest] = [readBound(low), readBound(high)];
  if (lowest === undefined || highest === undefined || lowest > highest) return undefined;
  const bounds: readonly Bound[] = [
    { operator: ">=", value: low, span },
    { operator: "<=", value: high, span },
  ];
  return { kind: "range", field, bounds, span };
}
