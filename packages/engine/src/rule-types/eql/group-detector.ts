import { type EventView, FieldSlots, isJsonObject, type Json, ParsedEvent } from "@tallyman/ecs";
import type { CheckedExpression, CheckedSample, CheckedSequence } from "@tallyman/languages";
import type { Condition } from "../../conditions/condition.ts";
import {
  compileStages,
  type OrderFields,
  ordinalReader,
  StageFinder,
  type Stages,
} from "../../eql/stages.ts";
import { type CompiledRelation, compileRelations, Relations, relatedEvent } from "../../lineage/relations.ts";
import { type AlertSource, type RuleEvent, restoreAlertSource, saveAlertSource } from "../../rule-event.ts";
import { RollingSampleMatcher } from "../../sequence/rolling-sample-matcher.ts";
import { SequenceMatcher, type StageMatch } from "../../sequence/sequence-matcher.ts";
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
  readonly stages: Stages<Condition>;
  /** What the stages ask about other processes. */
  readonly relations: readonly CompiledRelation<Condition>[];
  /** What the matcher needs; of a sample only the number of stages counts. */
  readonly sequence: SequencePlan;
  readonly settings: GroupSettings;
  /** Sequences are ordered and measured by the event's own time, even where the rule selects events by another field. */
  readonly ordinalOf: ReturnType<typeof ordinalReader>;
  /** The table for views of the events that a sequence holds. It has few fields, so a view takes little room. */
  readonly earlierSlots: FieldSlots;
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
  const earlierSlots = new FieldSlots();
  const compileCondition = (condition: CheckedExpression) => conditions.add(condition, counters);
  const shared = {
    stages: compileStages(query, filters, { slots, earlierSlots, counters, compileCondition }),
    relations: compileRelations(query.relations, compileCondition, slots, counters),
    settings,
    ordinalOf: ordinalReader(settings, slots),
    earlierSlots,
  };
  if (query.kind === "sequence") {
    const stages = query.stages.map(({ isMissing, link, runs }) => ({
      isMissing,
      runs,
      isLinked: link !== undefined,
    }));
    return { ...shared, kind: "sequence", sequence: { stages, maxSpanMs: query.maxSpanMs } };
  }
  const sequence = { stages: query.stages.map(() => ({ isMissing: false, runs: 1 })), maxSpanMs: undefined };
  return { ...shared, kind: "sample", sequence };
}

/** Follows sequences or samples through the events. */
export function startGroups(plan: GroupPlan, services: DetectorServices): Detector {
  return plan.kind === "sequence" ? startSequences(plan, services) : startSamples(plan, services);
}

function startSequences(plan: GroupPlan, services: DetectorServices): Detector {
  const { ordinalOf, sequence, settings } = plan;
  const openMax = services.openSequencesMax;
  const matcher = new SequenceMatcher<AlertSource>(sequence, { ...settings, openMax });
  const endsMissing = sequence.stages.at(-1)?.isMissing === true;
  const findings = (found: ReturnType<typeof matcher.advanceTo>, timeMs: number): readonly Finding[] =>
    found
      .filter(() => services.budget.take(timeMs))
      .map(({ events }) => ({ kind: "group", events: events.filter((event) => event !== undefined) }));
  const following = follow(plan, services, matcher);
  return {
    ...following,
    onEvent(event, timeMs) {
      const matches = following.match(event);
      if (matches.length === 0) return nothing;
      const ordinal = ordinalOf(event.view, timeMs, event.arrival);
      // Most events meet a later stage of a sequence that nothing has begun, and are not worth keeping.
      const found = matcher.concerns(matches)
        ? matcher.onEvent(event.source(), ordinal, matches)
        : matcher.advanceTo(ordinal.ms);
      return findings(found, timeMs);
    },
    ...(endsMissing ? { advanceTo: (ms: number) => findings(matcher.advanceTo(ms), ms) } : {}),
  };
}

function startSamples(plan: GroupPlan, services: DetectorServices): Detector {
  const { ordinalOf, sequence, settings } = plan;
  const keysMax = services.openSequencesMax;
  const matcher = new RollingSampleMatcher<AlertSource>(sequence.stages.length, { ...settings, keysMax });
  const following = follow(plan, services, matcher);
  return {
    ...following,
    onEvent(event, timeMs) {
      const matches = following
        .match(event)
        .flatMap(({ keys, stage }) => (stage === "until" ? [] : [{ keys, stage }]));
      if (matches.length === 0) return nothing;
      const { ms } = ordinalOf(event.view, timeMs, event.arrival);
      return matcher
        .onEvent(event.source(), ms, matches)
        .filter(() => services.budget.take(timeMs))
        .map(({ events }) => ({ kind: "group", events }));
    },
  };
}

/** What the matchers of sequences and samples have in common. */
interface Matcher {
  readonly droppedCount: number;
  save(saveEvent: (event: AlertSource) => Json): Json;
  restore(saved: Json, restoreEvent: (event: Json) => AlertSource): boolean;
}

/** The part of a detector that does not depend on what is followed: which stages an event meets, what is kept and what is counted. */
function follow(
  { earlierSlots, relations: compiled, stages }: GroupPlan,
  { processes }: DetectorServices,
  matcher: Matcher,
): Omit<Detector, "onEvent"> & { readonly match: (event: RuleEvent) => readonly StageMatch<AlertSource>[] } {
  const relations = new Relations(compiled, processes);
  const usesProcesses = compiled.length > 0;
  const relatedTo = (event: RuleEvent) =>
    usesProcesses ? relations.see(relatedEvent(event, (condition) => event.fulfils(condition))) : undefined;
  const finder = new StageFinder<Condition, AlertSource>(stages, viewsOf(earlierSlots));
  return {
    usesProcesses,
    match: (event) => finder.find(event, relatedTo(event)),
    learn: (event) => void relatedTo(event),
    save() {
      const open = matcher.save(saveAlertSource);
      return usesProcesses ? { open, relations: relations.save() } : open;
    },
    restore(saved) {
      if (!usesProcesses) return matcher.restore(saved, restoreAlertSource);
      if (!isJsonObject(saved)) return false;
      const { open, relations: related } = saved;
      if (open === undefined || related === undefined || !matcher.restore(open, restoreAlertSource))
        return false;
      return relations.restore(related);
    },
    counts: () => ({
      termsCut: finder.keysCut,
      sequencesDropped: matcher.droppedCount,
      processesCut: relations.cutCount,
    }),
  };
}

/** Makes views of events that sequences hold, each once for as long as one holds it. */
function viewsOf(slots: FieldSlots): (event: AlertSource) => EventView {
  const views = new WeakMap<AlertSource, EventView>();
  return (event) => {
    let view = views.get(event);
    if (view === undefined) {
      view = new ParsedEvent(event.document, slots);
      views.set(event, view);
    }
    return view;
  };
}
