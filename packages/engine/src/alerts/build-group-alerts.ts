import { formatTimestamp, isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import type { GroupFinding } from "../rule-types/rule-type.ts";
import type { Alert } from "./alert.ts";
import { digest, digestOf } from "./alert-id.ts";
import { alertsIndex } from "./alerts-index.ts";
import type { Ancestor } from "./ancestry.ts";
import { type AlertTemplate, buildAlert, withoutOverrides } from "./build-alert.ts";
import { reasonOf } from "./reason.ts";
import type { SourceFields } from "./source-fields.ts";

/**
 * The alerts of events that belong together, as those of an EQL sequence: one for each event, marked as a building block, and last the one that
 * stands for all of them. It has what the building blocks have in common, and their events and themselves as ancestors. Source: detection
 * engine, EQL rule type, "building blocks" and "shell".
 */
export function buildGroupAlerts(
  template: AlertTemplate,
  { events }: GroupFinding,
  timeMs: number,
  sources: SourceFields,
): readonly Alert[] {
  const plain = withoutOverrides(template);
  const singles = events.map((event) => buildAlert(plain, { kind: "event", event }, timeMs, sources));
  const together = singles.map(({ id }) => id);
  const blocks = singles.map((alert, position): Alert => {
    // The same event may stand in several sequences; each has its own building block.
    const id = digestOf([...together, position]);
    return { ...alert, id, document: { ...alert.document, "kibana.alert.uuid": id } };
  });
  const shell = shellOf(template, blocks, Math.max(...events.map(({ nowMs }) => nowMs)));
  return [
    ...blocks.map((block, position) => ({
      ...block,
      document: {
        ...block.document,
        "kibana.alert.building_block_type": "default",
        "kibana.alert.group.id": shell.id,
        "kibana.alert.group.index": position,
      },
    })),
    shell,
  ];
}

function shellOf(template: AlertTemplate, blocks: readonly Alert[], nowMs: number): Alert {
  const { rule } = template;
  const index = alertsIndex;
  const ancestors = blocks.flatMap(({ document, id }): readonly Ancestor[] => [
    ...((document["kibana.alert.ancestors"] ?? []) as unknown as readonly Ancestor[]),
    { id, type: "signal", index, depth: depthOf(document), rule: rule.rule_id },
  ]);
  const shared = blocks.map(({ document }) => document).reduce(intersect);
  const id = digest(ancestors.map((ancestor) => ancestor.id + ancestor.index).join("") + rule.rule_id);
  const rating = { name: rule.name, severity: rule.severity, riskScore: rule.risk_score };
  const reason = reasonOf(shared, rating);
  const now = formatTimestamp(nowMs);
  const document: JsonObject = {
    ...shared,
    "@timestamp": now,
    "kibana.alert.uuid": id,
    "kibana.alert.start": now,
    "kibana.alert.last_detected": now,
    "kibana.alert.intended_timestamp": now,
    "kibana.alert.reason": reason,
    "kibana.alert.depth": Math.max(...blocks.map(({ document }) => depthOf(document))) + 1,
    "kibana.alert.ancestors": ancestors as unknown as Json,
    "kibana.alert.original_time": blocks[0]?.document["kibana.alert.original_time"],
    "kibana.alert.group.id": id,
    ...(rule.building_block_type === undefined
      ? {}
      : { "kibana.alert.building_block_type": rule.building_block_type }),
  };
  return {
    id,
    ruleId: rule.rule_id,
    ruleName: rule.name,
    severity: rule.severity,
    riskScore: rule.risk_score,
    eventTimeMs: blocks.at(-1)?.eventTimeMs,
    reason,
    document,
  };
}

function depthOf(document: JsonObject): number {
  const depth = document["kibana.alert.depth"];
  return typeof depth === "number" ? depth : 1;
}

/** What two documents have in common: equal values, the items that two arrays share, and of objects the same. */
function intersect(a: JsonObject, b: JsonObject): JsonObject {
  const shared: [string, Json][] = [];
  for (const [key, value] of Object.entries(a)) {
    const other = Object.hasOwn(b, key) ? b[key] : undefined;
    if (value === undefined || other === undefined) continue;
    const common = commonOf(value, other);
    if (common !== undefined) shared.push([key, common]);
  }
  return Object.fromEntries(shared);
}

function commonOf(a: Json, b: Json): Json | undefined {
  if (Array.isArray(a) || Array.isArray(b)) {
    // One value and a list of one are the same field.
    const others = new Set((Array.isArray(b) ? b : [b]).map((item) => JSON.stringify(item)));
    return (Array.isArray(a) ? a : [a]).filter((item) => others.has(JSON.stringify(item)));
  }
  if (isJsonObject(a) && isJsonObject(b)) return intersect(a, b);
  return a === b ? a : undefined;
}
