import type { Program } from "@tallyman/languages";
import { type Detector, type DetectorServices, nothing } from "./rule-type.ts";

/** The detector of rules that remember nothing: every event that fulfils the condition is a finding. */
export function detectEachMatch(condition: Program, { budget }: DetectorServices): Detector {
  return {
    onEvent(event, timeMs) {
      return condition.matches(event.view, event.nowMs) && budget.take(timeMs)
        ? [{ kind: "event", event }]
        : nothing;
    },
    learn() {},
    counts: () => ({}),
  };
}
