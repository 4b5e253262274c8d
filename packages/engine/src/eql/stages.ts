import {
  type EventView,
  type FieldSlots,
  formatIp,
  type JsonObject,
  parseTimestamp,
  readFirst,
} from "@tallyman/ecs";
import {
  type CheckedExpression,
  compile,
  type EvaluationCounters,
  fold,
  type JoinKeyField,
  noSurroundings,
  type Program,
} from "@tallyman/languages";
import type { IsRelated } from "../lineage/relations.ts";
import type { JoinKey, JoinKeyValue } from "../sequence/join-key.ts";
import type { Ordinal } from "../sequence/ordinal.ts";
import type { StageMatch } from "../sequence/sequence-matcher.ts";
import { joinKeyReader, type ReadJoinKeys } from "./join-keys.ts";

/** The stages of a sequence or sample, `until` last, and what they call the events of those before them. */
export interface Stages {
  readonly stages: readonly Stage[];
  /** The places that stages refer to, in the order in which conditions want their events: counted over the events that are there, runs included. */
  readonly namedPlaces: readonly number[];
}

/** A stage: how its events are recognised, and what joins them to others. */
export interface Stage {
  readonly stage: number | "until";
  /** What an event must fulfil whatever came before. */
  readonly condition: Program;
  /** What it must fulfil in the light of the events before; undefined when it does not refer to them. */
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

/**
 * Compiles the stages of a sequence or sample. `filters` must hold too, so that what they exclude is invisible to every stage. Views of earlier
 * events have to be made for `earlierSlots`.
 */
export function compileStages(
  query: { readonly stages: readonly StageQuery[]; readonly until?: StageQuery | undefined },
  filters: CheckedExpression,
  tables: { readonly slots: FieldSlots; readonly earlierSlots: FieldSlots },
  counters: EvaluationCounters,
): Stages {
  const named = namedStages(query.stages);
  const earlier = { names: named.map(({ name }) => name), slots: tables.earlierSlots };
  const compileStage = (stage: Stage["stage"], { condition, keys, link }: StageQuery): Stage => ({
    stage,
    condition: compile(fold({ kind: "and", operands: [condition, filters] }), tables.slots, counters),
    link: link && compile(link, tables.slots, counters, earlier),
    keysOf: joinKeyReader(keys, tables.slots),
  });
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

/** Says which stages events meet. `E` is what a sequence holds of an event. */
export class StageFinder<E> {
  readonly #stages: Stages;
  readonly #viewOf: (earlier: E) => EventView;
  #keysCut = 0;

  /** `viewOf` makes the view of an event that a sequence holds, for the table of earlier events. */
  constructor(stages: Stages, viewOf: (earlier: E) => EventView) {
    this.#stages = stages;
    this.#viewOf = viewOf;
  }

  /** Join keys that were not looked at, beyond the number that one event may bring. */
  get keysCut(): number {
    return this.#keysCut;
  }

  /** The stages that an event meets, with its join keys for each. */
  find(view: EventView, nowMs: number, isRelated?: IsRelated): readonly StageMatch<E>[] {
    const surroundings = isRelated && { stages: noSurroundings.stages, isRelated };
    let matches: StageMatch<E>[] | undefined;
    for (const { condition, keysOf, link, stage } of this.#stages.stages) {
      if (!condition.matches(view, nowMs, surroundings)) continue;
      const { cut, keys } = keysOf(view);
      this.#keysCut += cut;
      if (keys.length === 0) continue;
      const accepts = link && this.#accepting(link, view, nowMs, isRelated);
      if (matches === undefined) matches = [];
      matches.push({ stage, keys, accepts });
    }
    return matches ?? noMatches;
  }

  #accepting(
    link: Program,
    view: EventView,
    nowMs: number,
    isRelated: IsRelated = noSurroundings.isRelated,
  ): (earlier: readonly E[]) => boolean {
    return (earlier) => {
      const stages = this.#stages.namedPlaces.map((place) => {
        const at = earlier[place];
        return at === undefined ? undefined : this.#viewOf(at);
      });
      return link.matches(view, nowMs, { stages, isRelated });
    };
  }
}

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
  const timestamp = parseTimestamp(readFirst(document, fields.timestampField, "scalar"));
  return {
    ms: timestamp?.ms ?? fallbackMs,
    nanos: timestamp?.nanos ?? 0,
    tiebreaker: readFirst(document, fields.tiebreakerField, "number"),
    arrival,
  };
}

/** A join key as people write its values. */
export function shownKey(key: JoinKey, fields: readonly JoinKeyField[]): readonly JoinKeyValue[] {
  return key.map((value, i) =>
    fields[i]?.reading === "ip" && typeof value === "string" ? formatIp(value) : value,
  );
}
