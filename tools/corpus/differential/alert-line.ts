import type { JsonObject } from "@tallyman/ecs";

/** What an alert is about, to be compared: the id of its rule, and the ids of the events and building blocks that it descends from. */
export type AlertLine = `${string} ${string}`;

export function alertLine(alert: JsonObject): AlertLine {
  const ancestors = alert["kibana.alert.ancestors"] as readonly JsonObject[];
  return `${String(alert["kibana.alert.rule.rule_id"])} ${ancestors.map(({ id }) => id).join()}`;
}

export function ruleIdOf(line: AlertLine): string {
  return line.slice(0, line.indexOf(" "));
}
