import {
  type EventView,
  type FieldSlots,
  formatIp,
  type JsonObject,
  parseTimestamp,
  readFirst,
  type Scalar,
} from "@tallyman/ecs";
import {
  asksRelations,
  type CheckedExpression,
  compile,
  type EvaluationCounters,
  fold,
  type JoinKeyField,
  noSurroundings,
  type Program,
  possibly,
} from "@tallyman/languages";
import type { IsRelated } from "../lineage/relations.ts";
import type { JoinKey, JoinKeyValue } from "../sequence/join-key.ts";
import type { Ordinal } from "../sequence/ordinal.ts";
import type { StageMatch } from "../sequence/sequence-matcher.ts";
import { joinKeyReader, type ReadJoinKeys } from "./join-keys.ts";

/** The stages of a sequence or sample, `until` last, and what they call the events of those before them. */
export interface Stages<C> {
  readonly stages: readonly Stage<C>[];
  /** The places that stages refer to, in the order in which conditions want their events: counted over the events that are there, runs included. */
  readonly namedPlaces: readonly number[];
}

/** A stage: how its events are recognised, and what joins them to others. */
export interface Stage<C> {
  readonly stage: number | "until";
  /** What an event must fulfil, as far as it alone tells. */
  readonly condition: C;
  /** The whole of it, where it asks what other processes have done. */
  readonly related: Program | undefined;
  /** What an event must fulfil in the light of those before; undefined when the stage does not refer to them. */
  readonly link: Program | undefined;
  readonly keysOf: (event: EventView) => ReadJoinKeys;
}

/** What of a checked stage matters here. */
interface StageQuery {
  readonly condition: CheckedExpression;
  readonly link?: CheckedExpression | undefined;
  readonly keys: readonly JoinKeyField[];
  readonly isMissing?: boolean;
  readonly runs?: number;
  readonly alias?: string | undefined;
}

/** What stages are compiled with. */
export interface StageTables<C> {
  readonly slots: FieldSlots;
  /** The table that views of earlier events are made for. */
  readonly earlierSlots: FieldSlots;
  readonly counters: EvaluationCounters;
  /** What becomes of a condition that asks about nothing but the event. */
  readonly compileCondition: (condition: CheckedExpression) => C;
}

/** Compiles the stages of a sequence or sample. `filters` must hold too, so that what they exclude is invisible to every stage. */
export function compileStages<C>(
  query: { readonly stages: readonly StageQuery[]; readonly until?: StageQuery | undefined },
  filters: CheckedExpression,
  { compileCondition, counters, earlierSlots, slots }: StageTables<C>,
): Stages<C> {
  const named = namedStages(query.stages);
  const earlier = { names: named.map(({ name }) => name), slots: earlierSlots };
  const compileStage = (stage: Stage<C>["stage"], { condition, keys, link }: StageQuery): Stage<C> => {
    const whole = fold({ kind: "and", operands: [condition, filters] });
    return {
      stage,
      condition: compileCondition(fold(possibly(whole, asksRelations))),
      related: asksRelations(whole) ? compile(whole, slots, counters) : undefined,
      link: link && compile(link, slots, counters, earlier),
      keysOf: joinKeyReader(keys, slots),
    };
  };
  const stages = query.stages.map((stage, i) => compileStage(i, stage));
  return {
    stages: query.until === undefined ? stages : [...stages, compileStage("until", query.until)],
    namedPlaces: named.map(({ place }) => place),
  };
}

/** The stages that have a name, and the place of the last event of each among those of a whole sequence. */
function namedStages(
  stages: readonly StageQuery[],
): readonly { readonly name: string; readonly place: number }[] {
  let count = 0;
  return stages.flatMap(({ alias, isMissing, runs = 1 }) => {
    if (isMissing !== true) count += runs;
    return alias === undefined ? [] : [{ name: alias, place: count - 1 }];
  });
}

/** An event that may meet stages. */
export interface StageEvent<C> {
  readonly view: EventView;
  readonly nowMs: number;
  /** Whether it fulfils a condition that asks about nothing else. */
  fulfils(condition: C): boolean;
}

/** Says which stages events meet. `E` is what a sequence holds of an event. */
export class StageFinder<C, E> {
  readonly #stages: Stages<C>;
  readonly #viewOf: (earlier: E) => EventView;
  #keysCut = 0;

  /** `viewOf` makes the view of an event that a sequence holds, for the table of earlier events. */
  constructor(stages: Stages<C>, viewOf: (earlier: E) => EventView) {
    this.#stages = stages;
    this.#viewOf = viewOf;
  }

  /** Join keys that were not looked at, beyond the number that one event may bring. */
  get keysCut(): number {
    return this.#keysCut;
  }

  /** The stages that an event meets, with its join keys for each. */
  find(event: StageEvent<C>, isRelated?: IsRelated): readonly StageMatch<E>[] {
    let matches: StageMatch<E>[] | undefined;
    for (const { condition, keysOf, link, related, stage } of this.#stages.stages) {
      if (!event.fulfils(condition)) continue;
      if (related !== undefined && !asked(related, event, noStages, isRelated)) continue;
      const { cut, keys } = keysOf(event.view);
      this.#keysCut += cut;
      if (keys.length === 0) continue;
      const accepts = link && this.#accepting(link, event, isRelated);
      if (matches === undefined) matches = [];
      matches.push({ stage, keys, accepts });
    }
    return matches ?? noMatches;
  }

  #accepting(
    link: Program,
    event: StageEvent<C>,
    isRelated: IsRelated | undefined,
  ): (earlier: readonly E[]) => boolean {
    return (earlier) => {
      const stages = this.#stages.namedPlaces.map((place) => {
        const at = earlier[place];
        return at === undefined ? undefined : this.#viewOf(at);
      });
      return asked(link, event, stages, isRelated);
    };
  }
}

/** What a condition that asks about other events says. */
function asked(
  program: Program,
  { nowMs, view }: StageEvent<never>,
  stages: readonly (EventView | undefined)[],
  isRelated: IsRelated = noSurroundings.isRelated,
): boolean {
  return program.matches(view, nowMs, { stages, isRelated });
}

const noStages: readonly [] = [];
const noMatches: readonly [] = [];

/** The fields by which events are ordered. */
export interface OrderFields {
  readonly timestampField: string;
  readonly tiebreakerField: string;
}

/** Where an event stands; `fallbackMs` is its time where it does not say. */
export function ordinalOf(
  document: JsonObject,
  fields: OrderFields,
  fallbackMs: number,
  arrival: number,
): Ordinal {
  const time = readFirst(document, fields.timestampField, "scalar");
  return ordinal(time, readFirst(document, fields.tiebreakerField, "number"), fallbackMs, arrival);
}

/** The same for events of a table of slots. */
export function ordinalReader(
  fields: OrderFields,
  slots: FieldSlots,
): (event: EventView, fallbackMs: number, arrival: number) => Ordinal {
  const time = slots.slot(fields.timestampField, "scalar");
  const tiebreaker = slots.slot(fields.tiebreakerField, "number");
  return (event, fallbackMs, arrival) =>
    ordinal(event.values(time)[0], event.values(tiebreaker)[0], fallbackMs, arrival);
}

function ordinal(
  time: Scalar | undefined,
  tiebreaker: number | undefined,
  fallbackMs: number,
  arrival: number,
): Ordinal {
  const timestamp = parseTimestamp(time);
  return { ms: timestamp?.ms ?? fallbackMs, nanos: timestamp?.nanos ?? 0, tiebreaker, arrival };
}

/** A join key as people write its values. */
export function shownKey(key: JoinKey, fields: readonly JoinKeyField[]): readonly JoinKeyValue[] {
  return key.map((value, i) =>
    fields[i]?.reading === "ip" && typeof value === "string" ? formatIp(value) : value,
  );
}
