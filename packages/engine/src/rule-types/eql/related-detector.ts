import type { Program } from "@tallyman/languages";
import { type CompiledRelation, Relations, relatedEvent } from "../../lineage/relations.ts";
import { type Detector, type DetectorServices, nothing } from "../rule-type.ts";

/** The detector of conditions on single events that ask about other processes: it remembers what these have done. */
export function detectRelated(
  condition: Program,
  compiled: readonly CompiledRelation[],
  { budget, processes }: DetectorServices,
): Detector {
  const relations = new Relations(compiled, processes);
  return {
    usesProcesses: true,
    onEvent(event, timeMs) {
      const isRelated = relations.see(relatedEvent(event.place, event.view, event.nowMs));
      return condition.matches(event.view, event.nowMs, { stages: [], isRelated }) && budget.take(timeMs)
        ? [{ kind: "event", event }]
        : nothing;
    },
    learn(event) {
      relations.see(relatedEvent(event.place, event.view, event.nowMs));
    },
    save: () => relations.save(),
    restore: (saved) => relations.restore(saved),
    counts: () => ({ processesCut: relations.cutCount }),
  };
}
