import { parseTimestamp } from "@tallyman/ecs";
import { valueListTypes } from "@tallyman/languages";
import { TomlDate } from "smol-toml";
import { type Keys, optional, required, withDefault } from "../schema/object.ts";
import { filledText, list, oneOf, type Reader, text, wrongType } from "../schema/reader.ts";
import { entries, located, locatedText } from "./entry-reader.ts";

// The keys of exception files: our TOML, and the lines of Kibana's export. Names are Kibana's wherever it has one.

/** A moment, in epoch milliseconds. */
const moment: Reader<number> = {
  expects: "a time such as 2026-12-31T00:00:00Z",
  read(value, spot) {
    const ms = momentOf(value);
    return ms === undefined || Number.isNaN(ms) ? wrongType(this.expects, value, spot) : ms;
  },
};

function momentOf(value: unknown): number | undefined {
  // A time of day, which TOML has too, says nothing of the day.
  if (value instanceof TomlDate && value.isTime()) return undefined;
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? parseTimestamp(value)?.ms : undefined;
}

const osTypes = withDefault(list(located(oneOf(["linux", "macos", "windows"]))), []);

const rules = withDefault(list(locatedText), []);

/** What an exception has in both forms. */
const itemKeys = {
  name: required(located(filledText)),
  description: optional(text),
  os_types: osTypes,
  expire_time: optional(moment),
  entries,
} as const satisfies Keys;

/** `[[exception]]` in TOML. */
export const exceptionKeys = { ...itemKeys, list_id: optional(filledText), rules } as const satisfies Keys;

/** `[[list]]` in TOML. */
export const listKeys = {
  list_id: required(located(filledText)),
  name: optional(text),
  description: optional(text),
  rules,
} as const satisfies Keys;

/** `[[value_list]]` in TOML. */
export const valueListKeys = {
  id: required(located(filledText)),
  type: required(oneOf(valueListTypes)),
  values: optional(list(text)),
  file: optional(located(filledText)),
} as const satisfies Keys;

/** An exception in Kibana's export. It writes many more keys, none of which says what the exception does. */
export const kibanaItemKeys = {
  ...itemKeys,
  list_id: required(filledText),
  namespace_type: optional(text),
} as const satisfies Keys;

/** An exception list in Kibana's export. */
export const kibanaListKeys = {
  list_id: required(located(filledText)),
  name: optional(text),
  type: withDefault(text, "detection"),
  namespace_type: optional(text),
} as const satisfies Keys;

/** The types of lists that are about detection rules; those of Elastic Defend's other lists are not. */
export const detectionListTypes = ["detection", "rule_default", "endpoint"];
