import { formatTimestamp, type Json, type JsonObject, type Scalar } from "@tallyman/ecs";
import { diagnostic, type LocatedDiagnostic } from "@tallyman/languages";
import type { ThresholdRule } from "@tallyman/rules";
import { uuidOf } from "../../alerts/alert-id.ts";
import type { Condition } from "../../conditions/condition.ts";
import type { RuleEvent } from "../../rule-event.ts";
import { joinKeyText } from "../../sequence/join-key.ts";
import { lookBackOf } from "../../time/look-back.ts";
import { cartesian } from "../../values/cartesian.ts";
import { distinctTerms, type TermField, termField } from "../../values/term-field.ts";
import { shownTerm } from "../../values/term-reading.ts";
import { compileCondition } from "../compile-condition.ts";
import { type EventFinding, type Finding, nothing, type RuleType } from "../rule-type.ts";
import type { ReachedThreshold, Threshold } from "./group-counts.ts";
import { GroupTable } from "./group-table.ts";

/** One event may count in so many groups; more are cut off and counted. */
const groupsPerEventMax = 100;

/** One event may bring so many values to be counted; more are cut off and counted. */
const valuesPerEventMax = 1000;

/** A rule can ask for so many events: their times must all be held. */
const eventsMax = 1_000_000;

export interface ThresholdPlan {
  readonly rule: ThresholdRule;
  readonly condition: Condition;
  /** By these events are grouped; without any they are one group. */
  readonly fields: readonly TermField[];
  /** The field whose different values are counted. */
  readonly counted: TermField | undefined;
  readonly threshold: Threshold;
}

/**
 * Rules of type `threshold`: so many events, and so many different values of a field, within the rule's look-back, for each combination of the
 * values of its group fields. The window slides: it ends with each event of the group, so that nothing hangs on when a run happens. An event
 * without one of the group fields is not counted; of arrays every element is a group. Source: detection engine, rule type threshold.
 */
export const thresholdRule: RuleType<ThresholdRule, ThresholdPlan> = {
  compile(rule, context) {
    const { condition, diagnostics } = compileCondition(rule, rule.query, context);
    const { cardinality, field, value } = rule.threshold;
    const problem = tooMuch(rule);
    if (problem !== undefined) return { plan: undefined, diagnostics: [...diagnostics, problem] };
    if (condition === undefined) return { plan: undefined, diagnostics };
    const resolve = (path: string) => termField(path, context.catalogue, context.slots);
    // Elastic looks at the first one only.
    const [first] = cardinality;
    const plan: ThresholdPlan = {
      rule,
      condition,
      fields: field.map(resolve),
      counted: first && resolve(first.field),
      threshold: { windowMs: lookBackOf(rule), events: value, values: first?.value ?? 0 },
    };
    return { plan, diagnostics };
  },

  start(plan, { budget }) {
    const { condition, counted, fields, threshold } = plan;
    const groups = new GroupTable(threshold);
    let termsCut = 0;

    const groupsOf = ({ view }: RuleEvent): readonly (readonly Scalar[])[] => {
      const { combinations, cut } = cartesian(
        fields.map(({ slot }) => distinctTerms(view.values(slot))),
        groupsPerEventMax,
      );
      termsCut += cut;
      return combinations;
    };
    const valuesOf = ({ view }: RuleEvent): readonly string[] => {
      if (counted === undefined) return [];
      const values = view.values(counted.slot);
      termsCut += Math.max(0, values.length - valuesPerEventMax);
      return values.slice(0, valuesPerEventMax).map((value) => joinKeyText([value]));
    };

    return {
      onEvent(event, timeMs) {
        if (!event.fulfils(condition)) return nothing;
        const combinations = groupsOf(event);
        if (combinations.length === 0) return nothing;
        const values = valuesOf(event);
        const findings: Finding[] = [];
        for (const terms of combinations) {
          const reached = groups.add(joinKeyText(terms), timeMs, values);
          if (reached !== undefined && budget.take(timeMs))
            findings.push(findingOf(plan, event, terms, reached));
        }
        return findings;
      },
      learn() {},
      save: () => groups.save(),
      restore: (saved) => groups.restore(saved),
      counts: () => ({ termsCut, countsDropped: groups.dropped }),
    };
  },
};

/** The alert is about no single event: its document is made of what the group has in common. */
function findingOf(
  { counted, fields, rule }: ThresholdPlan,
  event: RuleEvent,
  terms: readonly Scalar[],
  { events, fromMs, toMs, values }: ReachedThreshold,
): EventFinding {
  const shown = fields.map((field, i): readonly [string, Scalar] => [
    field.path,
    shownTerm(terms[i] as Scalar, field.reading),
  ]);
  const document: JsonObject = { "@timestamp": formatTimestamp(toMs), ...Object.fromEntries(shown) };
  const result: Json = {
    count: events,
    from: formatTimestamp(fromMs),
    terms: shown.map(([field, value]) => ({ field, value })),
    ...(counted === undefined ? {} : { cardinality: [{ field: counted.path, value: values }] }),
  };
  const id = uuidOf(JSON.stringify([rule.rule_id, toMs, shown]));
  return {
    kind: "event",
    event: {
      document,
      index: (rule.index ?? ["*"]).join(","),
      id: () => id,
      timestampMs: toMs,
      nowMs: event.nowMs,
    },
    alertFields: { "kibana.alert.threshold_result": result },
    period: { fromMs, toMs },
  };
}

function tooMuch(rule: ThresholdRule): LocatedDiagnostic | undefined {
  if (rule.threshold.value <= eventsMax) return undefined;
  const message = `'threshold.value' is more than ${eventsMax.toLocaleString("en")}, which is as far as events are counted`;
  const span = rule.source.spanOf(["threshold", "value"]);
  return { ...diagnostic("bad-value", span, message), source: rule.source.text };
}
