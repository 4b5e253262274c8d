import type { Json, JsonObject } from "@tallyman/ecs";
import type { IncomingEvent } from "../incoming-event.ts";
import type { Alert } from "./alert.ts";
import { alertsIndex } from "./alerts-index.ts";

/** An alert as an event for the rules over alerts, as one finds it in the index where Elastic keeps alerts. */
export function alertEvent({ document, id }: Alert): IncomingEvent & { readonly document: JsonObject } {
  return { document: withAliases(document), index: alertsIndex, id };
}

/** That index has the fields of alerts under their older names too: `signal.rule.name` is `kibana.alert.rule.name`. */
function withAliases(document: JsonObject): JsonObject {
  const aliases: [string, Json | undefined][] = [];
  for (const [name, value] of Object.entries(document)) {
    if (name.startsWith(prefix)) aliases.push([`signal.${name.slice(prefix.length)}`, value]);
  }
  return { ...document, ...Object.fromEntries(aliases) };
}

const prefix = "kibana.alert.";
