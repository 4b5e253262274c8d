import { type JsonObject, readAll, readFirst } from "@tallyman/ecs";
import { joinKeyText } from "../sequence/join-key.ts";

/** Where the process of an event stands among the others. Processes are known by the text that stands for their entity id. */
export interface ProcessPlace {
  readonly process: string;
  /** Its ancestors as far as the event says, the parent first; empty when it names none. */
  readonly above: readonly string[];
  /** True when it names more than are read. */
  readonly isCut: boolean;
}

/** So many ancestors are read from one event; sensors write some twenty at most. */
const aboveMax = 32;

/**
 * Reads the process of an event and its ancestors: `process.Ext.ancestry`, which begins with the parent, or at least
 * `process.parent.entity_id`. Undefined when the event names no process by `process.entity_id`. Source: Elastic Defend, process events.
 */
export function processPlaceOf(document: JsonObject): ProcessPlace | undefined {
  const entity = readFirst(document, "process.entity_id", "keyword");
  if (entity === undefined || entity === "") return undefined;
  const parent = readFirst(document, "process.parent.entity_id", "keyword");
  const named = readAll(document, "process.Ext.ancestry", "keyword");
  const above = [parent, ...named.filter((id) => id !== parent)].filter(
    (id) => id !== undefined && id !== "",
  );
  return {
    process: keyOf(entity),
    above: above.slice(0, aboveMax).map((id) => keyOf(id as string)),
    isCut: above.length > aboveMax,
  };
}

/** Ids come from the event, so their length must not decide how much memory they take. */
function keyOf(entity: string): string {
  return joinKeyText([entity]);
}
