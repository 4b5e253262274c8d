import { isJsonObject, type Json, type JsonObject, readFirst } from "@tallyman/ecs";

/** An event or alert from which an alert descends. */
export interface Ancestor {
  readonly id: string;
  readonly type: "event" | "signal";
  readonly index: string;
  /** 0 for an event, one more for each alert in between. */
  readonly depth: number;
  /** The id of the rule, where the ancestor is an alert. */
  readonly rule?: string;
}

export interface Ancestry {
  /** The depth of an alert on the document: 1 for an alert on an event. */
  readonly depth: number;
  /** The document's own ancestors first, the document last. */
  readonly ancestors: readonly Ancestor[];
}

/** More than any chain of rules over alerts has; what an event claims beyond that is not copied. */
const ancestorsMax = 1000;

/** The ancestry of an alert on a document, which may be an alert itself. Source: detection engine, ancestry. */
export function ancestryOf(
  document: JsonObject,
  self: { readonly id: string; readonly index: string },
): Ancestry {
  const rule = readFirst(document, "kibana.alert.rule.uuid", "keyword");
  const uuid = readFirst(document, "kibana.alert.uuid", "keyword");
  if (rule === undefined || uuid === undefined) {
    return { depth: 1, ancestors: [{ id: self.id, type: "event", index: self.index, depth: 0 }] };
  }
  const depth = Math.max(1, readFirst(document, "kibana.alert.depth", "number") ?? 1);
  const earlier = claimedAncestors(document);
  return {
    depth: depth + 1,
    ancestors: [...earlier, { id: uuid, type: "signal", index: self.index, depth, rule }],
  };
}

function claimedAncestors(document: JsonObject): readonly Ancestor[] {
  const direct = document["kibana.alert.ancestors"];
  const kibana = document["kibana"];
  const alert = isJsonObject(kibana) ? kibana["alert"] : undefined;
  const claimed = direct ?? (isJsonObject(alert) ? alert["ancestors"] : undefined);
  if (!Array.isArray(claimed)) return [];
  const ancestors = claimed.flatMap(readAncestor);
  return ancestors.length <= ancestorsMax ? ancestors : fewer(ancestors);
}

/** As many as are copied: of each rule the first, since a rule must know its own, then the first ones of all. */
function fewer(ancestors: readonly Ancestor[]): readonly Ancestor[] {
  const ofRules = new Map(ancestors.toReversed().map((ancestor) => [ancestor.rule, ancestor]));
  const kept = new Set([...ofRules.values()].slice(0, ancestorsMax));
  for (const ancestor of ancestors) {
    if (kept.size === ancestorsMax) break;
    kept.add(ancestor);
  }
  return ancestors.filter((ancestor) => kept.has(ancestor));
}

function readAncestor(value: Json): readonly Ancestor[] {
  if (!isJsonObject(value)) return [];
  const { id, type, index, depth, rule } = value;
  if (typeof id !== "string" || typeof index !== "string" || typeof depth !== "number") return [];
  const ancestor = { id, index, depth, type: type === "signal" ? ("signal" as const) : ("event" as const) };
  return [typeof rule === "string" ? { ...ancestor, rule } : ancestor];
}
