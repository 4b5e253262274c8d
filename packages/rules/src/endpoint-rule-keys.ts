import { commonKeys } from "./rule-keys.ts";
import { json, jsonObject } from "./schema/json-value.ts";
import { type Keys, optional, required, withDefault } from "./schema/object.ts";
import { filledText, list, oneOf, text, textOrList } from "./schema/reader.ts";

// The keys of Elastic's endpoint behaviour rules, as their files have them.

const actions = withDefault(list(jsonObject), []);

/** What stands in the table of the rule, or may. Endpoints act on alerts and compare versions; Tallyman keeps those keys as they are. */
export const endpointKeys = {
  id: required(filledText, "any text that no other rule has, such as a UUID"),
  name: required(filledText),
  description: required(text),
  query: required(filledText, "it says what to look for, in EQL"),
  os_list: required(
    list(oneOf(["linux", "macos", "windows"]), 1),
    "the systems that the rule is for, as in linux",
  ),
  version: optional(text),
  license: optional(text),
  reference: withDefault(textOrList(), []),
  reputation: optional(json),
  min_endpoint_version: optional(text),
  max_endpoint_version: optional(text),
} as const satisfies Keys;

/** What stands beside that table and never in it. */
export const endpointKeysAround = {
  threat: commonKeys.threat,
  internal: optional(jsonObject),
} as const satisfies Keys;

/** The keys of actions. The files have some actions in the table and some beside it. */
export const endpointActionKeys = { actions, optional_actions: actions } as const satisfies Keys;
