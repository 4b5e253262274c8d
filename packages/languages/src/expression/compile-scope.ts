import { type EventView, FieldSlots } from "@tallyman/ecs";
import type { FieldOwner } from "./field-reference.ts";
import { noSurroundings, type Surroundings } from "./surroundings.ts";

/** What compiled conditions could not do in full; whoever compiles them may look at any time. */
export interface EvaluationCounters {
  /**
   * How often a condition had more than 10,000 combinations of array elements to try, or more than 100,000 elements to run through. It then
   * counted as false, whatever the elements.
   */
  combinationsExceeded: number;
}

/** Elements that the conditions of one program run through for one event, and combinations of values that they try inside, at most. */
export const elementStepsMax = 100_000;

/** A condition as a closure. */
export type Condition = (event: EventView, nowMs: number) => boolean;

/**
 * What all parts of a program share: the tables of the fields that they read and, while an event is looked at, what stands around it. A program
 * looks at one event at a time, and nothing of one is kept for the next.
 */
export class CompileScope {
  readonly counters: EvaluationCounters;
  /** True once a part is compiled that counts how much it looks at. */
  countsSteps = false;
  /** True once a part is compiled that looks beyond the fields of the event. */
  looksAround = false;
  /** How much of the event at hand may still be looked at. */
  stepsLeft = 0;
  surroundings: Surroundings = noSurroundings;
  /** By number: first the events of earlier stages, then the element at hand of each array that is run through. */
  readonly views: (EventView | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #slots: FieldSlots[] = [];

  constructor(counters: EvaluationCounters, stages: readonly string[], stageSlots: FieldSlots) {
    this.counters = counters;
    for (const name of stages) this.#add({ kind: "stage", name }, stageSlots);
  }

  /** Called before the program looks at an event. */
  begin(surroundings: Surroundings): void {
    this.stepsLeft = elementStepsMax;
    if (!this.looksAround) return;
    this.surroundings = surroundings;
    this.views.push(...surroundings.stages);
  }

  /** Called when it has: the event is let go. */
  end(): void {
    if (!this.looksAround) return;
    this.surroundings = noSurroundings;
    this.views.length = 0;
  }

  /** The number of an owner of fields among the views; an element gets one when it is first asked for. */
  numberOf(owner: FieldOwner): number {
    return this.#numbers.get(keyOf(owner)) ?? this.#add(owner, new FieldSlots());
  }

  /** The table for the fields of an owner. */
  slotsOf(owner: FieldOwner): FieldSlots {
    return this.#slots[this.numberOf(owner)] as FieldSlots;
  }

  #add(owner: FieldOwner, slots: FieldSlots): number {
    this.looksAround = true;
    const number = this.#slots.push(slots) - 1;
    this.#numbers.set(keyOf(owner), number);
    return number;
  }
}

function keyOf(owner: FieldOwner): string {
  return owner.kind === "stage" ? `stage ${owner.name}` : `element ${owner.id}`;
}
