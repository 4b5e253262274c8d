import type { FieldSlots } from "@tallyman/ecs";
import type { Rule } from "@tallyman/rules";
import type { RuleEvent } from "../rule-event.ts";

/**
 * The time by which a rule places an event, in epoch milliseconds: its `timestamp_override` field, and where the event lacks that,
 * `@timestamp`, unless the rule forbids the fallback. Undefined when it has neither; then no window of the rule holds the event.
 * Source: detection engine, "primary" and "secondary timestamp".
 */
export function ruleTimeOf(rule: Rule, slots: FieldSlots): (event: RuleEvent) => number | undefined {
  const override = rule.timestamp_override;
  if (override === undefined || override === "@timestamp") return (event) => event.timestampMs;
  // Nearly all rules name the same field: its slot is read once for all of them.
  const slot = slots.slot(override, "date");
  const fallback = !rule.timestamp_override_fallback_disabled;
  return (event) => event.view.values(slot)[0] ?? (fallback ? event.timestampMs : undefined);
}
