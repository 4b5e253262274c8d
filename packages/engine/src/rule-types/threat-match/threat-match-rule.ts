import { type JsonObject, ParsedEvent, parseTimestamp, readFirst, type Scalar } from "@tallyman/ecs";
import { compile, diagnostic, type LocatedDiagnostic, type Program } from "@tallyman/languages";
import { compileIndexPatterns, type ThreatMatchRule } from "@tallyman/rules";
import type { Condition } from "../../conditions/condition.ts";
import { ValueIndex } from "../../indicators/value-index.ts";
import type { AlertSource, RuleEvent } from "../../rule-event.ts";
import { shownTerm } from "../../values/term-reading.ts";
import { compileCondition } from "../compile-condition.ts";
import { nothing, type RuleContext, type RuleType } from "../rule-type.ts";
import { enriched, enrichmentsMax, type MatchedField } from "./enrichment.ts";
import { MappingGroup } from "./mapping-group.ts";

export interface ThreatMatchPlan {
  readonly condition: Condition;
  /** What makes an event an indicator. */
  readonly indicatorCondition: Condition;
  /** The same, to be asked of indicators that are held. */
  readonly indicatorProgram: Program;
  readonly isEventIndex: (name: string) => boolean;
  readonly isIndicatorIndex: (name: string) => boolean;
  readonly groups: readonly MappingGroup[];
  readonly indicatorPath: string;
  readonly slots: RuleContext["slots"];
}

/**
 * Rules of type `threat_match`: an event is a finding when it equals a known indicator in all fields of one group of the mapping. Indicators are given,
 * or come as events of the rule's `threat_index`; an event is compared with those that came before it. Whether `threat_query` and `threat_filters`
 * select an indicator is asked again for every match, since their dates count from the present. Source: detection engine, rule type threat_match.
 */
export const threatMatchRule: RuleType<ThreatMatchRule, ThreatMatchPlan> = {
  compile(rule, context) {
    const events = compileCondition(rule, rule.query, context);
    const indicators = compileCondition(
      { ...rule, filters: rule.threat_filters },
      rule.threat_query,
      context,
    );
    const problems = negatedOnly(rule);
    const diagnostics = [...events.diagnostics, ...indicators.diagnostics, ...problems];
    if (events.condition === undefined || indicators.condition === undefined || problems.length > 0)
      return { plan: undefined, diagnostics };
    const plan: ThreatMatchPlan = {
      condition: events.condition,
      indicatorCondition: indicators.condition,
      indicatorProgram: compile(indicators.condition.expression, context.slots, context.counters),
      isEventIndex: compileIndexPatterns(rule.index ?? ["*"]),
      isIndicatorIndex: compileIndexPatterns(rule.threat_index),
      groups: rule.threat_mapping.map(
        ({ entries }) => new MappingGroup(entries, context.catalogue, context.slots),
      ),
      indicatorPath: rule.threat_indicator_path,
      slots: context.slots,
    };
    return { plan, diagnostics };
  },

  patterns: ({ index, threat_index }) => [index ?? ["*"], threat_index],

  start(plan, { budget, indicators }) {
    const { condition, groups, indicatorCondition, indicatorPath, indicatorProgram, slots } = plan;
    const { isEventIndex, isIndicatorIndex } = plan;
    const indices = groups.map(
      () => new ValueIndex((number) => indicators.get(number) !== undefined, enrichmentsMax),
    );
    let termsCut = 0;

    const isSelected = (document: JsonObject, nowMs: number): boolean =>
      indicatorProgram.matches(new ParsedEvent(document, slots), nowMs);

    const takeIndicator = (number: number): boolean => {
      const held = indicators.get(number);
      if (held === undefined) return false;
      // A document that is older than the present is judged by its own time: what it is worth now is asked when it matches.
      const document = held.documentAt(held.seenMs);
      const ownMs = parseTimestamp(readFirst(document, "@timestamp", "scalar"))?.ms ?? 0;
      if (!isSelected(document, Math.max(held.seenMs, ownMs))) return false;
      let isOfUse = false;
      for (const [i, group] of groups.entries()) {
        for (const { key } of group.ofIndicator(document)) {
          indices[i]?.add(key, number);
          isOfUse = true;
        }
      }
      return isOfUse;
    };

    const takeFromStream = (event: RuleEvent): void => {
      if (!event.fulfils(indicatorCondition) || !event.names.some(isIndicatorIndex)) return;
      const number = indicators.addEvent(event);
      if (number !== undefined) takeIndicator(number);
    };

    /** What the event equals, by the number of the indicator; of one that came several times, only the last counts. */
    const matchesOf = (event: RuleEvent, timeMs: number): readonly MatchedField[] => {
      const matches = new Map<string, MatchedField>();
      for (const [i, group] of groups.entries()) {
        const { combinations, cut } = group.ofEvent(event.view);
        termsCut += cut;
        for (const combination of combinations) {
          const numbers = indices[i]?.find(combination.key) ?? [];
          for (const number of numbers.length < 2 ? numbers : [...numbers].sort((a, b) => a - b)) {
            const indicator = indicators.get(number);
            if (indicator === undefined || timeMs >= indicator.validUntilMs) continue;
            const document = indicator.documentAt(event.nowMs);
            if (!group.matches(event.view, combination, document) || !isSelected(document, event.nowMs))
              continue;
            for (const [place, { field }] of group.equal.entries()) {
              const atomic = shownTerm(combination.terms[place] as Scalar, field.reading);
              const name = JSON.stringify([indicator.index, indicator.id, field.path, atomic]);
              matches.set(name, { indicator, document, field: field.path, atomic });
            }
          }
        }
      }
      return [...matches.values()].slice(0, enrichmentsMax);
    };

    return {
      onEvent(event, timeMs) {
        const matches =
          event.fulfils(condition) && event.names.some(isEventIndex) ? matchesOf(event, timeMs) : [];
        // Afterwards, so that an indicator does not match itself.
        takeFromStream(event);
        if (matches.length === 0 || !budget.take(timeMs)) return nothing;
        return [{ kind: "event", event: enrichedSource(event.source(), matches, indicatorPath) }];
      },
      learn(event) {
        takeFromStream(event);
      },
      takeIndicator,
      counts: () => ({ termsCut }),
    };
  },
};

function enrichedSource(
  source: AlertSource,
  matches: readonly MatchedField[],
  indicatorPath: string,
): AlertSource {
  const { document, index, nowMs, timestampMs } = source;
  const id = () => source.id();
  return { document: enriched(document, matches, indicatorPath), id, index, nowMs, timestampMs };
}

/** A group that only says what must be different would match nearly every event; Elastic refuses it too. */
function negatedOnly(rule: ThreatMatchRule): readonly LocatedDiagnostic[] {
  return rule.threat_mapping.flatMap(({ entries }, i) => {
    if (entries.some(({ negate }) => !negate)) return [];
    const span = rule.source.spanOf(["threat_mapping", i]);
    const message = "A group of 'threat_mapping' needs an entry that is not negated";
    return [{ ...diagnostic("bad-value", span, message), source: rule.source.text }];
  });
}
