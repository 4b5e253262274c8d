import type { EventView, FieldSlots } from "@tallyman/ecs";
import {
  type CheckedEql,
  compile,
  type EvaluationCounters,
  type JoinKeyField,
  type Program,
} from "@tallyman/languages";
import type { JoinKeyValue } from "../sequence/join-key.ts";
import { limitResults } from "../sequence/limit-results.ts";
import { compareOrdinals, type Ordinal } from "../sequence/ordinal.ts";
import { SampleMatcher } from "../sequence/sample-matcher.ts";
import { SequenceMatcher, type StageMatch } from "../sequence/sequence-matcher.ts";
import { compileStages, matchStages, type Stage, shownKey } from "./stages.ts";

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
 * order of their time and tiebreaker, and what is not among them is missing.
 */
export class EqlSearch<E> {
  readonly #query: CheckedEql;
  readonly #options: EqlSearchOptions;
  readonly #condition: Program | undefined;
  readonly #stages: readonly Stage<Program>[];
  readonly #keyFields: readonly JoinKeyField[];
  readonly #held: Held<E>[] = [];
  readonly #counters: EvaluationCounters = { combinationsExceeded: 0 };
  #isFull = false;
  #keysCut = 0;

  constructor(query: CheckedEql, slots: FieldSlots, options: EqlSearchOptions) {
    this.#query = query;
    this.#options = options;
    this.#condition = query.kind === "event" ? compile(query.condition, slots, this.#counters) : undefined;
    this.#stages =
      query.kind === "event"
        ? []
        : compileStages(query, { kind: "constant", value: true }, slots, (condition) =>
            compile(condition, slots, this.#counters),
          );
    this.#keyFields = query.kind === "event" ? [] : (query.stages[0]?.keys ?? []);
  }

  /** True when events were turned away, or beginnings of sequences given up, because there were too many: the results are not all. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** How many combinations of values were not looked at, beyond the number that one event may bring. */
  get combinationsCut(): number {
    return this.#keysCut + this.#counters.combinationsExceeded;
  }

  /** Takes an event; false when there is no room for more. */
  add(event: E, view: EventView, ordinal: Ordinal): boolean {
    const { heldMax, nowMs } = this.#options;
    const fulfils = (condition: Program): boolean => condition.matches(view, nowMs);
    const matches = matchStages(this.#stages, view, fulfils, (count) => {
      this.#keysCut += count;
    });
    if (this.#condition === undefined ? matches.length === 0 : !fulfils(this.#condition)) return true;
    if (this.#held.length >= heldMax) {
      this.#isFull = true;
      return false;
    }
    this.#held.push({ event, ordinal, matches });
    return true;
  }

  /** The results in Elasticsearch's order: events by time, sequences by the time of their last event, samples by join key. */
  results(): readonly EqlResult<E>[] {
    this.#held.sort((a, b) => compareOrdinals(a.ordinal, b.ordinal));
    return limitResults(this.#allResults(), this.#query.pipes, this.#options.sizeMax);
  }

  #allResults(): readonly EqlResult<E>[] {
    const query = this.#query;
    switch (query.kind) {
      case "event":
        return this.#held.map(({ event }) => ({ kind: "event", event }));
      case "sequence": {
        const matcher = new SequenceMatcher<E>(query, { openMax: this.#options.heldMax });
        const found = this.#held.flatMap(({ event, matches, ordinal }) =>
          matcher.onEvent(event, ordinal, matches),
        );
        found.push(...matcher.finish());
        this.#isFull ||= matcher.droppedCount > 0;
        found.sort((a, b) => compareOrdinals(a.last, b.last));
        return found.map(({ events, joinKey }) => this.#group(joinKey, events));
      }
      case "sample": {
        const { samplesPerKeyMax } = this.#options;
        const matcher = new SampleMatcher<E>(query.stages.length, {
          samplesPerKeyMax,
          keysMax: this.#options.heldMax,
        });
        for (const { event, matches } of this.#held) {
          matcher.onEvent(
            event,
            matches.flatMap(({ keys, stage }) => (stage === "until" ? [] : [{ keys, stage }])),
          );
        }
        this.#isFull ||= matcher.droppedCount > 0;
        return matcher.finish().map(({ events, joinKey }) => this.#group(joinKey, events));
      }
    }
  }

  #group(joinKey: readonly JoinKeyValue[], events: readonly (E | undefined)[]): EqlResult<E> {
    return { kind: "group", joinKeys: shownKey(joinKey, this.#keyFields), events };
  }
}

/** An event that may be part of a result. */
interface Held<E> {
  readonly event: E;
  readonly ordinal: Ordinal;
  readonly matches: readonly StageMatch[];
}
