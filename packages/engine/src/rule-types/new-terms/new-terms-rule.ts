import { type DateMath, parseDateMath } from "@tallyman/ecs";
import { diagnostic, type LocatedDiagnostic, type Program } from "@tallyman/languages";
import type { NewTermsRule } from "@tallyman/rules";
import { digestOf } from "../../alerts/alert-id.ts";
import { termKey } from "../../first-seen/term-key.ts";
import { cartesian } from "../../values/cartesian.ts";
import { distinctTerms, shownTerm, type Term, type TermField, termField } from "../../values/term.ts";
import { compileCondition } from "../compile-condition.ts";
import { type Finding, nothing, type RuleType } from "../rule-type.ts";

/** One event may bring this many combinations of terms; more are cut off and counted. */
const combinationsMax = 1000;

export interface NewTermsPlan {
  readonly ruleId: string;
  readonly condition: Program;
  readonly fields: readonly TermField[];
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
    const { program, diagnostics } = compileCondition(rule, rule.query, context);
    const historyStart = parseDateMath(rule.history_window_start);
    if (historyStart === undefined) {
      return { plan: undefined, diagnostics: [...diagnostics, badHistory(rule)] };
    }
    if (program === undefined) return { plan: undefined, diagnostics };
    const fields = rule.new_terms_fields.map((path) => termField(path, context.catalogue, context.slots));
    const fingerprint = digestOf([
      rule.query.text,
      rule.query.language,
      rule.filters.map(({ value }) => value),
      rule.new_terms_fields,
      fields.map(({ reading }) => reading),
      rule.index ?? null,
    ]);
    return {
      plan: { ruleId: rule.rule_id, condition: program, fields, historyStart, fingerprint },
      diagnostics,
    };
  },

  start(plan, { budget, firstSeen, learnForMs }) {
    const { condition, fields, historyStart } = plan;
    const table = firstSeen.table(plan.ruleId, plan.fingerprint, longestReach(historyStart));
    let muted = 0;
    let termsCut = 0;

    const combinationsOf = (event: Parameters<Program["matches"]>[0]): readonly (readonly Term[])[] => {
      const columns = fields.map(({ slot }) => distinctTerms(event.values(slot)));
      const { combinations, cut } = cartesian(columns, combinationsMax);
      termsCut += cut;
      return combinations;
    };

    return {
      onEvent(event, timeMs) {
        table.learnedSinceMs ??= timeMs;
        if (!condition.matches(event.view, event.nowMs)) return nothing;
        const findings: Finding[] = [];
        const historyStartMs = historyStart.resolve(timeMs, "start");
        // A late event may be older than the first one; where nothing is to be learned it is no reason for silence.
        const isMuted = learnForMs > 0 && timeMs < table.learnedSinceMs + learnForMs;
        for (const terms of combinationsOf(event.view)) {
          const key = termKey(terms);
          if (!table.seen(key, historyStartMs)) {
            if (isMuted) muted += 1;
            // A term that is cut by the budget is not recorded: its next occurrence has another chance.
            else if (!budget.take(timeMs)) continue;
            else
              findings.push({
                kind: "event",
                event,
                newTerms: terms.map((term, i) => shownTerm(term, fields[i] as TermField)),
              });
          }
          table.record(key, timeMs);
        }
        return findings;
      },
      learn(event, timeMs) {
        table.learnedSinceMs ??= timeMs;
        if (!condition.matches(event.view, event.nowMs)) return;
        for (const terms of combinationsOf(event.view)) table.record(termKey(terms), timeMs);
      },
      counts: () => ({ muted, termsCut }),
    };
  },
};

/** The calendar may stretch a window: months and years differ in length, and rounding reaches back to the last boundary. */
function longestReach(historyStart: DateMath): number {
  return historyStart.fixedOffsetMs ?? 366 * 86_400_000 - historyStart.resolve(0, "start");
}

function badHistory(rule: NewTermsRule): LocatedDiagnostic {
  const span = rule.source.spanOf(["history_window_start"]);
  const message = `'${rule.history_window_start}' is no date math`;
  return { ...diagnostic("bad-date-math", span, message), source: rule.source.text };
}
