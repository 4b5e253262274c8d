import { textBytes } from "../../apps/tallyman/src/input/text-bytes.ts";
import { generateEvents } from "../../bench/events/generate.ts";
import { measureEvaluated } from "../../bench/modes/engine-work.ts";
import { LineEvent } from "../../bench/modes/line-event.ts";
import { loadRuleSet } from "../../bench/rules/rule-set.ts";
import type { CheckResult } from "./check-result.ts";

/** Enough for the events of each kind to come often. */
const eventCount = 10_000;

/** What docs/performance.md promises as T6: of all conditions in percent, on average and for 95 % of events. */
const meanMax = 1.5;
const p95Max = 5;

/** Counts how many of the rules' conditions the engine evaluates for an event. That tells what they cost on any machine, and is the same in each run. */
export function checkEvaluatedConditions(): CheckResult {
  const events = Array.from(generateEvents(eventCount, 42), ({ document }) => {
    const bytes = Buffer.from(JSON.stringify(document));
    return new LineEvent(textBytes(bytes), 0, bytes.length);
  });
  const { conditions, meanPercent, p95Percent } = measureEvaluated(events, loadRuleSet().rules);
  const failed = [
    ...(meanPercent <= meanMax
      ? []
      : [`on average ${meanPercent.toFixed(2)} % instead of at most ${meanMax} %`]),
    ...(p95Percent <= p95Max
      ? []
      : [`for 95 % of events ${p95Percent.toFixed(2)} % instead of at most ${p95Max} %`]),
  ];
  const found = `${meanPercent.toFixed(2)} % of ${conditions} conditions for an event, for 95 % of them at most ${p95Percent.toFixed(2)} %`;
  return { passed: 2 - failed.length, failed, notes: [found] };
}
