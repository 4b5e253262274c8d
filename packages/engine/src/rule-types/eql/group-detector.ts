import type { CheckedExpression, CheckedSample, CheckedSequence } from "@tallyman/languages";
import type { Condition } from "../../conditions/condition.ts";
import { compileStages, matchStages, type OrderFields, ordinalReader, type Stage } from "../../eql/stages.ts";
import { type AlertSource, restoreAlertSource, saveAlertSource } from "../../rule-event.ts";
import { RollingSampleMatcher } from "../../sequence/rolling-sample-matcher.ts";
import { SequenceMatcher } from "../../sequence/sequence-matcher.ts";
import type { SequencePlan } from "../../sequence/sequence-plan.ts";
import {
  type Detector,
  type DetectorServices,
  type Finding,
  nothing,
  type RuleContext,
} from "../rule-type.ts";

export interface GroupPlan {
  readonly kind: "sequence" | "sample";
  readonly stages: readonly Stage<Condition>[];
  /** What the matcher needs; of a sample only the number of stages counts. */
  readonly sequence: SequencePlan;
  readonly settings: GroupSettings;
  /** Sequences are ordered and measured by the event's own time, even where the rule selects events by another field. */
  readonly ordinalOf: ReturnType<typeof ordinalReader>;
}

/** What a rule says about the order and the span of its events. */
export interface GroupSettings extends OrderFields {
  /** The span where the query sets none. */
  readonly lookBackMs: number;
}

/** Compiles a sequence or a sample. */
export function compileGroups(
  query: CheckedSequence | CheckedSample,
  filters: CheckedExpression,
  settings: GroupSettings,
  { conditions, counters, slots }: RuleContext,
): GroupPlan {
  const stages = compileStages(query, filters, slots, (condition) => conditions.add(condition, counters));
  const ordinalOf = ordinalReader(settings, slots);
  if (query.kind === "sequence") {
    return {
      kind: "sequence",
      stages,
      sequence: { stages: query.stages, maxSpanMs: query.maxSpanMs },
      settings,
      ordinalOf,
    };
  }
  const sequence = { stages: query.stages.map(() => ({ isMissing: false, runs: 1 })), maxSpanMs: undefined };
  return { kind: "sample", stages, sequence, settings, ordinalOf };
}

/** Follows sequences or samples through the events. */
export function startGroups(plan: GroupPlan, services: DetectorServices): Detector {
  return plan.kind === "sequence" ? startSequences(plan, services) : startSamples(plan, services);
}

function startSequences(
  { ordinalOf, sequence, settings, stages }: GroupPlan,
  { budget }: DetectorServices,
): Detector {
  const matcher = new SequenceMatcher<AlertSource>(sequence, settings);
  const endsMissing = sequence.stages.at(-1)?.isMissing === true;
  let termsCut = 0;
  const onCut = (count: number): void => {
    termsCut += count;
  };
  const findings = (found: ReturnType<typeof matcher.advanceTo>, timeMs: number): readonly Finding[] =>
    found
      .filter(() => budget.take(timeMs))
      .map(({ events }) => ({ kind: "group", events: events.filter((event) => event !== undefined) }));
  return {
    onEvent(event, timeMs) {
      const matches = matchStages(stages, event.view, (condition) => event.fulfils(condition), onCut);
      if (matches.length === 0) return nothing;
      const ordinal = ordinalOf(event.view, timeMs, event.arrival);
      return findings(matcher.onEvent(event.source(), ordinal, matches), timeMs);
    },
    learn() {},
    ...(endsMissing ? { advanceTo: (ms: number) => findings(matcher.advanceTo(ms), ms) } : {}),
    save: () => matcher.save(saveAlertSource),
    restore: (saved) => matcher.restore(saved, restoreAlertSource),
    counts: () => ({ termsCut, sequencesDropped: matcher.droppedCount }),
  };
}

function startSamples(
  { ordinalOf, sequence, settings, stages }: GroupPlan,
  { budget }: DetectorServices,
): Detector {
  const matcher = new RollingSampleMatcher<AlertSource>(sequence.stages.length, settings);
  let termsCut = 0;
  const onCut = (count: number): void => {
    termsCut += count;
  };
  return {
    onEvent(event, timeMs) {
      const matches = matchStages(stages, event.view, (condition) => event.fulfils(condition), onCut).flatMap(
        ({ keys, stage }) => (stage === "until" ? [] : [{ keys, stage }]),
      );
      if (matches.length === 0) return nothing;
      const { ms } = ordinalOf(event.view, timeMs, event.arrival);
      return matcher
        .onEvent(event.source(), ms, matches)
        .filter(() => budget.take(timeMs))
        .map(({ events }) => ({ kind: "group", events }));
    },
    learn() {},
    save: () => matcher.save(saveAlertSource),
    restore: (saved) => matcher.restore(saved, restoreAlertSource),
    counts: () => ({ termsCut, sequencesDropped: matcher.droppedCount }),
  };
}
