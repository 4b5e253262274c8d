import type { EventView, FieldSlots, ParsedEvent } from "@tallyman/ecs";
import {
  type CheckedEql,
  type CheckedExpression,
  compile,
  type EvaluationCounters,
  type JoinKeyField,
  type Program,
} from "@tallyman/languages";
import { type ProcessPlace, processPlaceReader } from "../lineage/process-place.ts";
import { ProcessTree } from "../lineage/process-tree.ts";
import {
  type CompiledRelation,
  compileRelations,
  type IsRelated,
  type RelatedEvent,
  Relations,
  relatedEvent,
} from "../lineage/relations.ts";
import type { JoinKeyValue } from "../sequence/join-key.ts";
import { limitResults } from "../sequence/limit-results.ts";
import { compareOrdinals, type Ordinal } from "../sequence/ordinal.ts";
import { SampleMatcher } from "../sequence/sample-matcher.ts";
import { SequenceMatcher, type StageMatch } from "../sequence/sequence-matcher.ts";
import { compileStages, StageFinder, type Stages, shownKey } from "./stages.ts";

/** A result of a search. */
export type EqlResult<E> =
  | { readonly kind: "event"; readonly event: E }
  /** A sequence or sample; undefined stands for a missing event. */
  | {
      readonly kind: "group";
      readonly joinKeys: readonly JoinKeyValue[];
      readonly events: readonly (E | undefined)[];
    };

export interface EqlSearchOptions {
  /** So many results at most; the latest ones, unless the query's first pipe is `head`. */
  readonly sizeMax: number;
  /** So many samples of one join key at most. */
  readonly samplesPerKeyMax: number;
  /** So many events that match some stage are held at most. */
  readonly heldMax: number;
  /** From when relative dates count. */
  readonly nowMs: number;
}

/**
 * An EQL search over events that are all there is, as Elasticsearch's EQL search API does one: events may come in any order, are put in the
 * order of their time and tiebreaker, and what is not among them is missing. Where a query asks about other processes, what these have done is
 * held too, and answered for each event by what stands before it in that order.
 */
export class EqlSearch<E> {
  readonly #query: CheckedEql;
  readonly #options: EqlSearchOptions;
  /** Of a query of single events the one condition, of others those of the stages. */
  readonly #stages: Stages<Program>;
  readonly #finder: StageFinder<Program, Held<E>>;
  readonly #relations: readonly CompiledRelation<Program>[];
  readonly #placeOf: (event: EventView) => ProcessPlace | undefined;
  readonly #keyFields: readonly JoinKeyField[];
  readonly #held: Held<E>[] = [];
  /** By process the first event that names its ancestors. */
  readonly #links = new Map<string, { readonly ordinal: Ordinal; readonly above: string }>();
  readonly #counters: EvaluationCounters = { combinationsExceeded: 0 };
  #isFull = false;
  #givenUp = 0;

  constructor(query: CheckedEql, slots: FieldSlots, options: EqlSearchOptions) {
    this.#query = query;
    this.#options = options;
    const counters = this.#counters;
    const compileCondition = (condition: CheckedExpression) => compile(condition, slots, counters);
    const staged = query.kind === "event" ? { stages: [{ condition: query.condition, keys: [] }] } : query;
    const tables = { slots, earlierSlots: slots, counters, compileCondition };
    this.#stages = compileStages(staged, everyEvent, tables);
    this.#finder = new StageFinder(this.#stages, ({ view }) => view as ParsedEvent);
    this.#relations = compileRelations(query.relations, compileCondition, slots, counters);
    this.#placeOf = processPlaceReader(slots);
    this.#keyFields = query.kind === "event" ? [] : (query.stages[0]?.keys ?? []);
  }

  /** True when events were turned away because there were too many: the results are not all. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * How many beginnings of sequences, join keys of samples and processes were given up because there were too many of them: the results
   * may not be all.
   */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** How many combinations of values were not looked at, beyond the number that one event may bring. */
  get combinationsCut(): number {
    return this.#finder.keysCut + this.#counters.combinationsExceeded;
  }

  /** Takes an event; false when there is no room for more. */
  add(event: E, view: ParsedEvent, ordinal: Ordinal): boolean {
    const held =
      this.#relations.length === 0
        ? this.#heldAlone(event, view, ordinal)
        : this.#heldWithRelations(event, view, ordinal);
    if (held === undefined) return true;
    if (this.#held.length >= this.#options.heldMax) {
      this.#isFull = true;
      return false;
    }
    this.#held.push(held);
    return true;
  }

  /** The results in Elasticsearch's order: events by time, sequences by the time of their last event, samples by join key. */
  results(): readonly EqlResult<E>[] {
    this.#held.sort((a, b) => compareOrdinals(a.ordinal, b.ordinal));
    const found = this.#relations.length === 0 ? this.#held : this.#decided();
    return limitResults(this.#allResults(found), this.#query.pipes, this.#options.sizeMax);
  }

  /** An event of a query that looks at nothing else is judged at once. */
  #heldAlone(event: E, view: ParsedEvent, ordinal: Ordinal): Held<E> | undefined {
    const matches = this.#matches(view, undefined);
    if (matches.length === 0) return undefined;
    const kept = this.#stages.namedPlaces.length > 0 ? view : undefined;
    // Of single events nothing else is asked.
    const asked = this.#query.kind === "event" ? noMatches : matches;
    return { event, ordinal, matches: asked, view: kept, related: undefined };
  }

  /** An event that may match, or that others' relations may hang on. */
  #heldWithRelations(event: E, view: ParsedEvent, ordinal: Ordinal): Held<E> | undefined {
    const { nowMs } = this.#options;
    const place = this.#placeOf(view);
    const fulfils = (condition: Program): boolean => condition.matches(view, nowMs);
    const mayMatch = this.#stages.stages.some(({ condition }) => fulfils(condition));
    const fulfilled =
      place === undefined ? [] : this.#relations.filter(({ condition }) => fulfils(condition));
    const isLink = place !== undefined && this.#isNewLink(place.process, place.above.join(" "), ordinal);
    if (!mayMatch && !isLink && fulfilled.length === 0) return undefined;
    // A filter that asks about relations is asked again when these are known.
    const isOpen = fulfilled.some(({ filter }) => filter !== undefined);
    const related = isOpen
      ? relatedEvent({ place, view, nowMs }, fulfils)
      : relatedBy(place, new Set(fulfilled));
    return { event, ordinal, matches: noMatches, view: mayMatch ? view : undefined, related };
  }

  /** True unless an earlier event says the same of the process's ancestors: most events of a process do. */
  #isNewLink(process: string, above: string, ordinal: Ordinal): boolean {
    if (above === "") return false;
    const known = this.#links.get(process);
    if (known !== undefined && known.above === above && compareOrdinals(known.ordinal, ordinal) < 0)
      return false;
    this.#links.set(process, { ordinal, above });
    return true;
  }

  /** The held events that match, now that all are there. */
  #decided(): readonly Held<E>[] {
    const { heldMax } = this.#options;
    const tree = new ProcessTree(heldMax);
    const relations = new Relations(this.#relations, tree, { marksMax: heldMax });
    const decided = this.#held.flatMap((held): readonly Held<E>[] => {
      const { related, view } = held;
      if (related === undefined) return [];
      if (related.place !== undefined) tree.note(related.place);
      const isRelated = relations.see(related);
      if (view === undefined) return [];
      const matches = this.#matches(view, isRelated);
      return matches.length === 0 ? [] : [{ ...held, matches }];
    });
    this.#givenUp += tree.droppedCount + relations.cutCount;
    return decided;
  }

  #matches(view: ParsedEvent, isRelated: IsRelated | undefined): readonly StageMatch<Held<E>>[] {
    const { nowMs } = this.#options;
    const fulfils = (condition: Program): boolean => condition.matches(view, nowMs);
    return this.#finder.find({ view, nowMs, fulfils }, isRelated);
  }

  #allResults(held: readonly Held<E>[]): readonly EqlResult<E>[] {
    const query = this.#query;
    switch (query.kind) {
      case "event":
        return held.map(({ event }) => ({ kind: "event", event }));
      case "sequence": {
        const stages = query.stages.map((stage) => ({ ...stage, isLinked: stage.link !== undefined }));
        const matcher = new SequenceMatcher<Held<E>>(
          { ...query, stages },
          { openMax: this.#options.heldMax },
        );
        const found = held.flatMap((each) => matcher.onEvent(each, each.ordinal, each.matches));
        found.push(...matcher.finish());
        this.#givenUp += matcher.droppedCount;
        found.sort((a, b) => compareOrdinals(a.last, b.last));
        return found.map(({ events, joinKey }) => this.#group(joinKey, events));
      }
      case "sample": {
        const { samplesPerKeyMax } = this.#options;
        const matcher = new SampleMatcher<Held<E>>(query.stages.length, {
          samplesPerKeyMax,
          keysMax: this.#options.heldMax,
        });
        for (const each of held) {
          matcher.onEvent(
            each,
            each.matches.flatMap(({ keys, stage }) => (stage === "until" ? [] : [{ keys, stage }])),
          );
        }
        this.#givenUp += matcher.droppedCount;
        return matcher.finish().map(({ events, joinKey }) => this.#group(joinKey, events));
      }
    }
  }

  #group(joinKey: readonly JoinKeyValue[], events: readonly (Held<E> | undefined)[]): EqlResult<E> {
    const joinKeys = shownKey(joinKey, this.#keyFields);
    return { kind: "group", joinKeys, events: events.map((held) => held?.event) };
  }
}

/** An event whose part in all relations is known; nothing else of it is kept. */
function relatedBy(
  place: ProcessPlace | undefined,
  fulfilled: ReadonlySet<CompiledRelation<Program>>,
): RelatedEvent<Program> {
  return { place, fulfils: (relation) => fulfilled.has(relation) };
}

/** An event that may be part of a result, or on which the relations of others hang. */
interface Held<E> {
  readonly event: E;
  readonly ordinal: Ordinal;
  readonly matches: readonly StageMatch<Held<E>>[];
  /** Kept where later stages may refer to the event, or what it matches is not known yet. */
  readonly view: ParsedEvent | undefined;
  /** Only where the query asks about other processes. */
  readonly related: RelatedEvent<Program> | undefined;
}

const noMatches: readonly [] = [];
const everyEvent: CheckedExpression = { kind: "constant", value: true };
