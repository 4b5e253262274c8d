import type { Json, JsonObject } from "@tallyman/ecs";
import type { IncomingEvent } from "../incoming-event.ts";
import type { Alert } from "./alert.ts";
import { alertsIndex } from "./alerts-index.ts";
import { RenamedFields } from "./renamed-fields.ts";

/** An alert as an event for the rules over alerts, as one finds it in the index where Elastic keeps alerts. */
export function alertEvent({ document, id }: Alert): IncomingEvent & { readonly document: JsonObject } {
  return { document: withAliases(document), index: alertsIndex, id };
}

/** That index has the fields of alerts under their older names too: `signal.rule.name` is `kibana.alert.rule.name`. */
function withAliases(document: JsonObject): JsonObject {
  const both: Record<string, Json | undefined> = { ...document };
  for (const name of Object.keys(document)) {
    if (name.startsWith(prefix)) both[aliases.of(name)] = document[name];
  }
  // Later, so that they take the place of what is now called so.
  for (const [name, older] of renamed) {
    const value = document[`${prefix}${name}`];
    if (value !== undefined) both[`signal.${older}`] = value;
  }
  return both;
}

/** Fields that had another name, below those of alerts and of signals. */
const renamed = [
  ["building_block_type", "rule.building_block_type"],
  ["rule.uuid", "rule.id"],
  ["workflow_status", "status"],
] as const;

const prefix = "kibana.alert.";
const aliases = new RenamedFields(prefix, "signal.");
