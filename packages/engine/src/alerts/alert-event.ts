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
  const event: Record<string, Json | undefined> = { ...document };
  for (const name of Object.keys(document)) {
    if (name.startsWith(prefix)) event[aliasOf(name)] = document[name];
  }
  return event;
}

const prefix = "kibana.alert.";

/** Alerts have the same names again and again; some of them come from events. */
const aliasesMax = 1000;
const aliases = new Map<string, string>();

function aliasOf(name: string): string {
  const known = aliases.get(name);
  if (known !== undefined) return known;
  const alias = `signal.${name.slice(prefix.length)}`;
  if (aliases.size < aliasesMax) aliases.set(name, alias);
  return alias;
}
