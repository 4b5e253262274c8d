import type { Json, JsonObject } from "@tallyman/ecs";

type Setting = (value: Json | undefined) => boolean;

const whatever: Setting = () => true;

/**
 * Settings of clauses that do not change what is found: they only say how well an event matches, how a query is carried out, or what happens
 * anyway.
 */
const harmlessSettings: Readonly<Record<string, Setting>> = {
  boost: whatever,
  _name: whatever,
  rewrite: whatever,
  lenient: whatever,
  max_expansions: whatever,
  max_determinized_states: whatever,
  auto_generate_synonyms_phrase_query: whatever,
  analyze_wildcard: whatever,
  score_mode: whatever,
  ignore_unmapped: whatever,
  relation: whatever,
  operator: (value) => String(value).toLowerCase() === "or",
  default_operator: (value) => String(value).toLowerCase() === "or",
  zero_terms_query: (value) => value === "none",
  allow_leading_wildcard: (value) => value === true,
  transpositions: (value) => value === true,
  prefix_length: (value) => value === 0,
  flags: (value) => value === "ALL",
  // That of dates anyway.
  format: (value) => value === "strict_date_optional_time",
};

/** The first setting that is none of the known ones and changes what is found. */
export function unknownSetting(settings: JsonObject, known: readonly string[]): string | undefined {
  return Object.keys(settings).find(
    (name) => !known.includes(name) && harmlessSettings[name]?.(settings[name]) !== true,
  );
}
