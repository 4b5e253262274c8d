import { parseTimestamp, readFirst } from "@tallyman/ecs";
import type { Rule } from "@tallyman/rules";
import type { RuleEvent } from "../rule-event.ts";

/**
 * The time by which a rule places an event, in epoch milliseconds: its `timestamp_override` field, and where the event lacks that,
 * `@timestamp`, unless the rule forbids the fallback. Undefined when it has neither; then no window of the rule holds the event.
 * Source: detection engine, "primary" and "secondary timestamp".
 */
export function ruleTimeOf(rule: Rule): (event: RuleEvent) => number | undefined {
  const override = rule.timestamp_override;
  if (override === undefined || override === "@timestamp") return (event) => event.timestampMs;
  const fallback = !rule.timestamp_override_fallback_disabled;
  return (event) => {
    const value = readFirst(event.document, override, "scalar");
    const overridden = value === undefined ? undefined : parseTimestamp(value)?.ms;
    return overridden ?? (fallback ? event.timestampMs : undefined);
  };
}
