import type { CheckedExpression, CheckedSample, CheckedSequence } from "@tallyman/languages";
import { compileStages, matchStages, type OrderFields, ordinalOf, type Stage } from "../../eql/stages.ts";
import {
  type AlertSource,
  alertSource,
  type RuleEvent,
  restoreAlertSource,
  saveAlertSource,
} from "../../rule-event.ts";
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
  readonly stages: readonly Stage[];
  /** What the matcher needs; of a sample only the number of stages counts. */
  readonly sequence: SequencePlan;
  readonly settings: GroupSettings;
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
  { counters, exceptions, slots }: RuleContext,
): GroupPlan {
  const stages = compileStages(query, filters, slots, counters).map((stage) => ({
    ...stage,
    condition: exceptions.guard(stage.condition),
  }));
  if (query.kind === "sequence") {
    return {
      kind: "sequence",
      stages,
      sequence: { stages: query.stages, maxSpanMs: query.maxSpanMs },
      settings,
    };
  }
  const sequence = { stages: query.stages.map(() => ({ isMissing: false, runs: 1 })), maxSpanMs: undefined };
  return { kind: "sample", stages, sequence, settings };
}

/** Follows sequences or samples through the events. */
export function startGroups(plan: GroupPlan, services: DetectorServices): Detector {
  return plan.kind === "sequence" ? startSequences(plan, services) : startSamples(plan, services);
}

function startSequences({ sequence, settings, stages }: GroupPlan, { budget }: DetectorServices): Detector {
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
      const matches = matchStages(stages, event.view, event.nowMs, onCut);
      if (matches.length === 0) return nothing;
      return findings(matcher.onEvent(alertSource(event), orderOf(event, settings, timeMs), matches), timeMs);
    },
    learn() {},
    ...(endsMissing ? { advanceTo: (ms: number) => findings(matcher.advanceTo(ms), ms) } : {}),
    save: () => matcher.save(saveAlertSource),
    restore: (saved) => matcher.restore(saved, restoreAlertSource),
    counts: () => ({ termsCut, sequencesDropped: matcher.droppedCount }),
  };
}

function startSamples({ sequence, settings, stages }: GroupPlan, { budget }: DetectorServices): Detector {
  const matcher = new RollingSampleMatcher<AlertSource>(sequence.stages.length, settings);
  let termsCut = 0;
  const onCut = (count: number): void => {
    termsCut += count;
  };
  return {
    onEvent(event, timeMs) {
      const matches = matchStages(stages, event.view, event.nowMs, onCut).flatMap(({ keys, stage }) =>
        stage === "until" ? [] : [{ keys, stage }],
      );
      if (matches.length === 0) return nothing;
      const { ms } = orderOf(event, settings, timeMs);
      return matcher
        .onEvent(alertSource(event), ms, matches)
        .filter(() => budget.take(timeMs))
        .map(({ events }) => ({ kind: "group", events }));
    },
    learn() {},
    save: () => matcher.save(saveAlertSource),
    restore: (saved) => matcher.restore(saved, restoreAlertSource),
    counts: () => ({ termsCut, sequencesDropped: matcher.droppedCount }),
  };
}

/** Sequences are ordered and measured by the event's own time, even where the rule selects events by another field. */
function orderOf({ arrival, document }: RuleEvent, fields: OrderFields, timeMs: number) {
  return ordinalOf(document, fields, timeMs, arrival);
}
