import type { ExceptionEntry } from "@tallyman/languages";

/** An entry of an exception as a sentence in short: `process.name is 'tar' or 'zip'`. Untrusted text. */
export function describeEntry(entry: ExceptionEntry): string {
  const { isExcluded } = entry;
  const field = entry.field.value;
  const not = isExcluded ? "not " : "";
  switch (entry.type) {
    case "match":
      return `${field} is ${not}${quote(entry.value.value)}${caseNote(entry.ignoreCase)}`;
    case "match_any":
      return `${field} is ${not}${listed(entry.values.map(({ value }) => quote(value)))}${caseNote(entry.ignoreCase)}`;
    case "exists":
      return isExcluded ? `${field} does not exist` : `${field} exists`;
    case "wildcard":
      return `${field} is ${not}like ${quote(entry.value.value)}${caseNote(entry.ignoreCase)}`;
    case "list":
      return `${field} is ${not}in the list ${quote(entry.list.value)}`;
    case "nested":
      return `${isExcluded ? "no" : "an"} object of ${field} has ${entry.entries.map(describeEntry).join(" and ")}`;
  }
}

/** Longer lists are cut. */
const valuesMax = 10;

function listed(values: readonly string[]): string {
  const shown = values.slice(0, valuesMax);
  const more = values.length - shown.length;
  return more > 0 ? `${shown.join(", ")} or one of ${more} more` : shown.join(" or ");
}

function quote(value: string | number | boolean): string {
  return typeof value === "string" ? `'${value}'` : String(value);
}

function caseNote(ignoreCase: boolean): string {
  return ignoreCase ? " in any case" : "";
}
