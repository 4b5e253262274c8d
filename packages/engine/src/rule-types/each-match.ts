import type { Condition } from "../conditions/condition.ts";
import { type Detector, type DetectorServices, nothing } from "./rule-type.ts";

/** The detector of rules that remember nothing: every event that fulfils the condition is a finding. */
export function detectEachMatch(condition: Condition, { budget }: DetectorServices): Detector {
  return {
    onEvent(event, timeMs) {
      return event.fulfils(condition) && budget.take(timeMs)
        ? [{ kind: "event", event: event.source() }]
        : nothing;
    },
    learn() {},
    counts: () => ({}),
  };
}
