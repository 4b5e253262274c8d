import type { EventView, FieldSlots } from "@tallyman/ecs";
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
 * Makes the reader of an event's process and its ancestors: `process.Ext.ancestry`, which begins with the parent, or at least
 * `process.parent.entity_id`. Undefined for an event that names no process by `process.entity_id`. Source: Elastic Defend, process events.
 */
export function processPlaceReader(slots: FieldSlots): (event: EventView) => ProcessPlace | undefined {
  const entitySlot = slots.slot("process.entity_id", "keyword");
  const parentSlot = slots.slot("process.parent.entity_id", "keyword");
  const ancestrySlot = slots.slot("process.Ext.ancestry", "keyword");
  return (event) => {
    const [entity = ""] = event.values(entitySlot);
    if (entity === "") return undefined;
    const [parent = ""] = event.values(parentSlot);
    const named = event.values(ancestrySlot).filter((id) => id !== parent);
    const above = [parent, ...named].filter((id) => id !== "");
    return {
      process: keyOf(entity),
      above: above.slice(0, aboveMax).map(keyOf),
      isCut: above.length > aboveMax,
    };
  };
}

/** Ids come from the event, so their length must not decide how much memory they take. */
function keyOf(entity: string): string {
  return joinKeyText([entity]);
}
