import { type DateMath, type EventView, parseDateMath, type Slot } from "@tallyman/ecs";
import { diagnostic, type LocatedDiagnostic } from "@tallyman/languages";
import type { NewTermsRule } from "@tallyman/rules";
import { digestOf } from "../../alerts/alert-id.ts";
import type { Condition } from "../../conditions/condition.ts";
import { termKey } from "../../first-seen/term-key.ts";
import { cartesian } from "../../values/cartesian.ts";
import { shownTerm, type TermReading, termReading } from "../../values/term-reading.ts";
import { compileCondition } from "../compile-condition.ts";
import { type Finding, nothing, type RuleType } from "../rule-type.ts";

/** One event may bring this many combinations of terms; more are cut off and counted. */
const combinationsMax = 1000;

export interface NewTermsPlan {
  readonly ruleId: string;
  readonly condition: Condition;
  readonly slots: readonly Slot<TermReading>[];
  readonly readings: readonly TermReading[];
  readonly historyStart: DateMath;
  /** Changes whenever what the history was collected by does. */
  readonly fingerprint: string;
}

/**
 * Rules of type `new_terms`: an event is a finding when a combination of its field values has not occurred in the history window before it.
 * Only events that fulfil the rule's query make history, as in Elastic; unlike there, what has been seen is remembered rather than searched for
 * again, so nothing depends on when a run happens and nothing is lost to `max_signals`. An event without one of the fields brings no terms; of
 * arrays every element is one, and with several fields every combination. Source: detection engine, rule type new_terms.
 */
export const newTermsRule: RuleType<NewTermsRule, NewTermsPlan> = {
  compile(rule, context) {
    const { condition, diagnostics } = compileCondition(rule, rule.query, context);
    const historyStart = parseDateMath(rule.history_window_start);
    if (historyStart === undefined) {
      return { plan: undefined, diagnostics: [...diagnostics, badHistory(rule)] };
    }
    if (condition === undefined) return { plan: undefined, diagnostics };
    const readings = rule.new_terms_fields.map((path) => termReading(path, context.catalogue));
    const slots = rule.new_terms_fields.map((path, i) =>
      context.slots.slot(context.catalogue.find(path)?.valuePath ?? path, readings[i] as TermReading),
    );
    const fingerprint = digestOf([
      rule.query.text,
      rule.query.language,
      rule.filters.map(({ value }) => value),
      rule.new_terms_fields,
      readings,
      rule.index ?? null,
    ]);
    return {
      plan: { ruleId: rule.rule_id, condition, slots, readings, historyStart, fingerprint },
      diagnostics,
    };
  },

  start(plan, { budget, firstSeen, learnForMs }) {
    const { condition, historyStart, readings, slots } = plan;
    const table = firstSeen.table(plan.ruleId, plan.fingerprint, longestReach(historyStart));
    let muted = 0;
    let termsCut = 0;

    const combinationsOf = (event: EventView): readonly (readonly Term[])[] => {
      const columns = slots.map((slot) => distinct(event.values(slot)));
      const { combinations, cut } = cartesian(columns, combinationsMax);
      termsCut += cut;
      return combinations;
    };

    return {
      begin(timeMs) {
        table.learnedSinceMs ??= timeMs;
      },
      onEvent(event, timeMs) {
        if (!event.fulfils(condition)) return nothing;
        const findings: Finding[] = [];
        const historyStartMs = historyStart.resolve(timeMs, "start");
        // A late event may be older than the first one; where nothing is to be learned it is no reason for silence.
        const isMuted = learnForMs > 0 && timeMs < (table.learnedSinceMs ?? timeMs) + learnForMs;
        for (const terms of combinationsOf(event.view)) {
          const key = termKey(terms);
          if (!table.seen(key, historyStartMs)) {
            if (isMuted) muted += 1;
            // A term that is cut by the budget is not recorded: its next occurrence has another chance.
            else if (!budget.take(timeMs)) continue;
            else
              findings.push({
                kind: "event",
                event: event.source(),
                newTerms: terms.map((term, i) => shownTerm(term, readings[i] as TermReading)),
              });
          }
          table.record(key, timeMs);
        }
        return findings;
      },
      learn(event, timeMs) {
        if (!event.fulfils(condition)) return;
        for (const terms of combinationsOf(event.view)) table.record(termKey(terms), timeMs);
      },
      counts: () => ({ muted, termsCut }),
    };
  },
};

type Term = string | number | boolean;

/** The calendar may stretch a window: months and years differ in length, and rounding reaches back to the last boundary. */
function longestReach(historyStart: DateMath): number {
  return historyStart.fixedOffsetMs ?? 366 * 86_400_000 - historyStart.resolve(0, "start");
}

function distinct(values: readonly Term[]): readonly Term[] {
  return values.length < 2 ? values : [...new Set(values)];
}

function badHistory(rule: NewTermsRule): LocatedDiagnostic {
  const span = rule.source.spanOf(["history_window_start"]);
  const message = `'${rule.history_window_start}' is no date math`;
  return { ...diagnostic("bad-date-math", span, message), source: rule.source.text };
}
