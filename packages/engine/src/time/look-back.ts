import { parseDateMath } from "@tallyman/ecs";
import type { RuleBase } from "@tallyman/rules";

/** How far a run of the rule would look back, in milliseconds; at least its interval. */
export function lookBackOf(rule: RuleBase): number {
  const from = parseDateMath(rule.from);
  const to = parseDateMath(rule.to);
  // A moment from which every calendar step is an ordinary one.
  const now = Date.UTC(2024, 0, 31);
  const reach =
    from !== undefined && to !== undefined ? to.resolve(now, "end") - from.resolve(now, "start") : 0;
  return Math.max(reach, rule.intervalMs);
}
