import { type EventView, type FieldSlots, isJsonObject, type Json } from "@tallyman/ecs";
import {
  asksRelations,
  type CheckedExpression,
  type CheckedRelation,
  compile,
  type EvaluationCounters,
  fold,
  type Program,
  possibly,
} from "@tallyman/languages";
import { isArrayOf, isNumber } from "../sequence/json-form.ts";
import { MarkedProcesses } from "./marked-processes.ts";
import type { ProcessPlace } from "./process-place.ts";
import type { ProcessTree } from "./process-tree.ts";

/** A relation of a query whose filter is ready to be asked. */
export interface CompiledRelation<C = unknown> {
  readonly id: number;
  readonly relation: CheckedRelation["relation"];
  /** What an event must fulfil to fulfil the filter, as far as it alone tells. */
  readonly condition: C;
  /** The whole filter, where it asks about relations itself. */
  readonly filter: Program | undefined;
}

/**
 * Compiles relations; one inside the filter of another must stand before it.
 *
 * @param compileCondition What becomes of a condition that asks about nothing but the event.
 */
export function compileRelations<C>(
  relations: readonly CheckedRelation[],
  compileCondition: (condition: CheckedExpression) => C,
  slots: FieldSlots,
  counters: EvaluationCounters,
): readonly CompiledRelation<C>[] {
  return relations.map(({ id, relation, filter }) => ({
    id,
    relation,
    condition: compileCondition(fold(possibly(filter, asksRelations))),
    filter: asksRelations(filter) ? compile(filter, slots, counters) : undefined,
  }));
}

/** Whether the relation of an id holds for the process of the event at hand. */
export type IsRelated = (id: number) => boolean;

/** An event as far as relations need it. */
export interface RelatedEvent<C = unknown> {
  /** Undefined for an event that names no process, which then has no relations. */
  readonly place: ProcessPlace | undefined;
  /** Whether the event fulfils the filter of a relation. Filters that ask about relations are asked after those that they ask about. */
  readonly fulfils: (relation: CompiledRelation<C>, isRelated: IsRelated) => boolean;
}

export interface RelationsOptions {
  /** So many processes are remembered for each relation, 100,000 by default. */
  readonly marksMax?: number;
}

/**
 * Answers `descendant of [ … ]`, `child of` and `event of` for one query as events come: it remembers which processes have had an event
 * that fulfils a filter, and finds the ancestors of a process in the tree that all queries share. Only what came before counts, and for
 * `event of` the event itself. A process is no ancestor of its own.
 */
export class Relations<C = unknown> {
  readonly #relations: readonly CompiledRelation<C>[];
  readonly #tree: ProcessTree;
  readonly #marks: readonly MarkedProcesses[];
  #cutCount = 0;

  constructor(
    relations: readonly CompiledRelation<C>[],
    tree: ProcessTree,
    { marksMax = 100_000 }: RelationsOptions = {},
  ) {
    this.#relations = relations;
    this.#tree = tree;
    this.#marks = relations.map(() => new MarkedProcesses(marksMax));
  }

  /** Processes that were forgotten because there were too many, and events whose process had more ancestors than are looked at. */
  get cutCount(): number {
    return this.#marks.reduce((sum, marks) => sum + marks.droppedCount, this.#cutCount);
  }

  /** Takes note of an event whose links the tree knows, and says what holds for its process. */
  see({ place, fulfils }: RelatedEvent<C>): IsRelated {
    if (place === undefined) return isUnrelated;
    const answers = new Map<number, boolean>();
    let ancestors: readonly string[] | undefined;
    const ancestorsOf = (): readonly string[] => {
      ancestors ??= this.#ancestorsOf(place);
      return ancestors;
    };
    const isRelated: IsRelated = (id) => {
      const known = answers.get(id);
      if (known !== undefined) return known;
      const number = this.#relations.findIndex((relation) => relation.id === id);
      const relation = this.#relations[number];
      const answer =
        relation !== undefined &&
        this.#holds(relation, this.#marks[number] as MarkedProcesses, place, ancestorsOf);
      answers.set(id, answer);
      return answer;
    };
    for (const [i, relation] of this.#relations.entries()) {
      if (fulfils(relation, isRelated)) this.#marks[i]?.add(place.process);
    }
    return isRelated;
  }

  save(): Json {
    return { cutCount: this.#cutCount, marks: this.#marks.map((marks) => [...marks]) };
  }

  /** Takes up what was saved, for a new object with the same relations; false, and it stays empty, when it is of another form. */
  restore(saved: Json): boolean {
    if (!isJsonObject(saved)) return false;
    const { cutCount, marks } = saved;
    const isProcesses = (item: Json | undefined): boolean =>
      isArrayOf(item, (process) => typeof process === "string");
    if (!isNumber(cutCount) || !isArrayOf(marks, isProcesses) || marks.length !== this.#marks.length)
      return false;
    this.#cutCount += cutCount;
    for (const [i, processes] of (marks as readonly (readonly string[])[]).entries())
      for (const process of processes) this.#marks[i]?.add(process);
    return true;
  }

  #ancestorsOf(place: ProcessPlace): readonly string[] {
    const { isCut, processes } = this.#tree.ancestorsOf(place);
    if (isCut || place.isCut) this.#cutCount += 1;
    return processes;
  }

  #holds(
    { relation }: CompiledRelation<C>,
    marks: MarkedProcesses,
    place: ProcessPlace,
    ancestorsOf: () => readonly string[],
  ): boolean {
    // Most of the time no process has done what is asked for.
    if (marks.size === 0) return false;
    switch (relation) {
      case "event":
        return marks.has(place.process);
      case "child": {
        const parent = this.#tree.parentOf(place);
        return parent !== undefined && parent !== place.process && marks.has(parent);
      }
      case "descendant":
        return ancestorsOf().some((ancestor) => marks.has(ancestor));
    }
  }
}

const isUnrelated: IsRelated = () => false;

/** An event that is at hand as a whole. `fulfils` says whether it fulfils a condition that asks about nothing else. */
export function relatedEvent<C>(
  {
    nowMs,
    place,
    view,
  }: { readonly place: ProcessPlace | undefined; readonly view: EventView; readonly nowMs: number },
  fulfils: (condition: C) => boolean,
): RelatedEvent<C> {
  return {
    place,
    fulfils: ({ condition, filter }, isRelated) =>
      fulfils(condition) && (filter === undefined || filter.matches(view, nowMs, { stages: [], isRelated })),
  };
}
