import { type EventView, FieldSlots } from "@tallyman/ecs";
import type { FieldOwner } from "./field-reference.ts";
import type { Surroundings } from "./surroundings.ts";

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

/** What a program goes through one event with. */
export interface Frame {
  readonly surroundings: Surroundings;
  /** By number: first the events of earlier stages, then the element at hand of each array that is run through. */
  readonly views: (EventView | undefined)[];
  /** How much may still be looked at. */
  stepsLeft: number;
}

/** A condition as a closure. */
export type Condition = (event: EventView, nowMs: number, frame: Frame) => boolean;

/** What all parts of a program are compiled with. */
export class CompileScope {
  readonly counters: EvaluationCounters;
  /** True once a part is compiled that looks at its frame. */
  needsFrame = false;
  readonly #numbers = new Map<string, number>();
  readonly #slots: FieldSlots[] = [];

  constructor(counters: EvaluationCounters, stages: readonly string[], stageSlots: FieldSlots) {
    this.counters = counters;
    for (const name of stages) this.#add({ kind: "stage", name }, stageSlots);
  }

  /** The number of an owner of fields among the views of a frame; an element gets one when it is first asked for. */
  numberOf(owner: FieldOwner): number {
    return this.#numbers.get(keyOf(owner)) ?? this.#add(owner, new FieldSlots());
  }

  /** The table for the fields of an owner. */
  slotsOf(owner: FieldOwner): FieldSlots {
    return this.#slots[this.numberOf(owner)] as FieldSlots;
  }

  #add(owner: FieldOwner, slots: FieldSlots): number {
    this.needsFrame = true;
    const number = this.#slots.push(slots) - 1;
    this.#numbers.set(keyOf(owner), number);
    return number;
  }
}

function keyOf(owner: FieldOwner): string {
  return owner.kind === "stage" ? `stage ${owner.name}` : `element ${owner.id}`;
}
