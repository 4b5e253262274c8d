import { type FieldSlots, type Json, type JsonObject, ParsedEvent, parseTimestamp } from "@tallyman/ecs";
import type { RuleEvent } from "../rule-event.ts";
import type { Alert } from "./alert.ts";
import { alertsIndex } from "./alerts-index.ts";

/** An alert as an event for the rules over alerts, as one finds it in the index where Elastic keeps alerts. */
export function alertEvent(alert: Alert, slots: FieldSlots, nowMs: number, arrival: number): RuleEvent {
  const document = withAliases(alert.document);
  return {
    view: new ParsedEvent(document, slots),
    document,
    index: alertsIndex,
    id: () => alert.id,
    timestampMs: parseTimestamp(document["@timestamp"] ?? null)?.ms,
    nowMs,
    arrival,
  };
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
