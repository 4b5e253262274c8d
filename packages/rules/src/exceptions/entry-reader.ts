import type { ExceptionEntry, ExceptionText, ExceptionValue } from "@tallyman/languages";
import { json, reportUnknown } from "../schema/json-value.ts";
import { type Key, type Keys, object, optional, readKeys, required, withDefault } from "../schema/object.ts";
import {
  filledText,
  flag,
  isTable,
  list,
  oneOf,
  type Reader,
  type Table,
  text,
  wrongType,
} from "../schema/reader.ts";
import type { Spot } from "../schema/spot.ts";

/** A value with its place. */
export function located<T>(reader: Reader<T>): Reader<{ readonly value: T; readonly span: Spot["span"] }> {
  return {
    expects: reader.expects,
    read(value, spot) {
      const read = reader.read(value, spot);
      return read === undefined ? undefined : { value: read, span: spot.span };
    },
  };
}

export const locatedText: Reader<ExceptionText> = located(filledText);

const scalar: Reader<string | number | boolean> = {
  expects: "text, a number, true or false",
  read(value, spot) {
    if (typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return wrongType(this.expects, value, spot);
  },
};

const value: Reader<ExceptionValue> = located(scalar);

const operator = withDefault(oneOf(["included", "excluded"]), "included");

const entryTypes = ["match", "match_any", "exists", "wildcard", "list", "nested"] as const;

type EntryType = (typeof entryTypes)[number];

const typeKeys = { type: required(oneOf(entryTypes)) };

const field = required(locatedText, "it names the field to look at");

const ignoreCase = withDefault(flag, false);

const valueListReference = object({ id: required(locatedText), type: optional(text) });

const settingKeys = {
  match: { field, operator, value: required(value), ignore_case: ignoreCase },
  match_any: { field, operator, value: required(list(value, 1)), ignore_case: ignoreCase },
  exists: { field, operator },
  wildcard: { field, operator, value: required(located(text)), ignore_case: ignoreCase },
  list: { field, operator, list: required(valueListReference, "it names the value list") },
} as const satisfies Record<Exclude<EntryType, "nested">, Keys>;

/** The entries of an exception. */
export const entries: Key<readonly ExceptionEntry[]> = required(
  list<ExceptionEntry>({ expects: "an object", read: (entry, spot) => readEntry(entry, spot, false) }, 1),
  "without a condition it would take out everything",
);

/** Inside a nested entry there are no more of them. */
const innerEntries = required(
  list<ExceptionEntry>({ expects: "an object", read: (entry, spot) => readEntry(entry, spot, true) }, 1),
);

const nestedKeys = { field, operator, entries: innerEntries };

function readEntry(entry: unknown, spot: Spot, isInner: boolean): ExceptionEntry | undefined {
  if (!isTable(entry)) return wrongType("an object", entry, spot);
  const type = readKeys(typeKeys, entry, spot)?.type;
  if (type === undefined) return undefined;
  if (type === "nested" && isInner) {
    spot.at("type").report("bad-value", "Nested entries cannot stand in each other");
    return undefined;
  }
  reportOtherKeys(entry, type, spot);
  return readSettings(type, entry, spot);
}

function readSettings(type: EntryType, entry: Table, spot: Spot): ExceptionEntry | undefined {
  const base = (own: { readonly field: ExceptionText; readonly operator: "included" | "excluded" }) => ({
    field: own.field,
    isExcluded: own.operator === "excluded",
    span: own.field.span,
  });
  switch (type) {
    case "match": {
      const own = readKeys(settingKeys.match, entry, spot);
      return own && { type, ...base(own), value: own.value, ignoreCase: own.ignore_case };
    }
    case "match_any": {
      const own = readKeys(settingKeys.match_any, entry, spot);
      return own && { type, ...base(own), values: own.value, ignoreCase: own.ignore_case };
    }
    case "exists": {
      const own = readKeys(settingKeys.exists, entry, spot);
      return own && { type, ...base(own) };
    }
    case "wildcard": {
      const own = readKeys(settingKeys.wildcard, entry, spot);
      return own && { type, ...base(own), value: own.value, ignoreCase: own.ignore_case };
    }
    case "list": {
      const own = readKeys(settingKeys.list, entry, spot);
      return own && { type, ...base(own), list: own.list.id };
    }
    case "nested": {
      const own = readKeys(nestedKeys, entry, spot);
      return own && { type, ...base(own), entries: own.entries };
    }
  }
}

/** Kibana's own key in entries that it has saved. */
const keptKeys = ["id"];

function reportOtherKeys(entry: Table, type: EntryType, spot: Spot): void {
  const known = ["type", ...Object.keys(type === "nested" ? nestedKeys : settingKeys[type])];
  for (const [name, other] of Object.entries(entry)) {
    if (known.includes(name) || keptKeys.includes(name)) continue;
    reportUnknown(spot.at(name), known);
    json.read(other, spot.at(name));
  }
}
