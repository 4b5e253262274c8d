import type { Program } from "@tallyman/languages";
import type { Condition } from "../../conditions/condition.ts";
import { type CompiledRelation, type IsRelated, Relations, relatedEvent } from "../../lineage/relations.ts";
import type { RuleEvent } from "../../rule-event.ts";
import { type Detector, type DetectorServices, nothing } from "../rule-type.ts";

/** A condition on single events that asks what other processes have done. */
export interface RelatedPlan {
  /** What an event must fulfil, as far as it alone tells. */
  readonly condition: Condition;
  /** The whole condition. */
  readonly related: Program;
  readonly relations: readonly CompiledRelation<Condition>[];
}

/** The detector of such conditions: it remembers what processes have done. */
export function detectRelated(
  { condition, related, relations: compiled }: RelatedPlan,
  { budget, processes }: DetectorServices,
): Detector {
  const relations = new Relations(compiled, processes);
  const see = (event: RuleEvent): IsRelated =>
    relations.see(relatedEvent(event, (each) => event.fulfils(each)));
  return {
    usesProcesses: true,
    onEvent(event, timeMs) {
      const isRelated = see(event);
      return event.fulfils(condition) &&
        related.matches(event.view, event.nowMs, { stages: [], isRelated }) &&
        budget.take(timeMs)
        ? [{ kind: "event", event: event.source() }]
        : nothing;
    },
    learn: (event) => void see(event),
    save: () => relations.save(),
    restore: (saved) => relations.restore(saved),
    counts: () => ({ processesCut: relations.cutCount }),
  };
}
