/**
 * The text that stands for a term: the values of a rule's fields, in their order. Different terms have different texts, whatever the values
 * contain: neither how text is split among the fields nor its type can be made to look alike. Addresses come as `IpKey` and are text like any
 * other, which cannot be confused as long as a field keeps its type; NaN equals itself, and 0 equals -0.
 *
 * A single text, by far the most common term, is its own key, unless it is empty or begins with a mark. Everything else is a row of values that
 * each begin with a mark.
 */
export function termKey(values: readonly (string | number | boolean)[]): string {
  const only = values[0];
  if (values.length === 1 && typeof only === "string" && only.charCodeAt(0) > markMax) return only;
  let key = "";
  for (const value of values) {
    if (typeof value === "string") key += `\u0001${value.length}:${value}`;
    else if (typeof value === "number") key += `\u0002${value}`;
    else key += value ? "\u0003" : "\u0004";
  }
  return key;
}

const markMax = 4;
