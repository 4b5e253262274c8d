import type { EventView } from "@tallyman/ecs";
import type { CheckedExpression, EvaluationCounters, Program } from "@tallyman/languages";

/** What a rule's query, or a stage of it, asks of an event. */
export interface Condition {
  /** Its place among all conditions of a rule set; those of one rule stand together, in the order of the rules. */
  readonly number: number;
  /** It asks about nothing but the event at hand. */
  readonly expression: CheckedExpression;
  /** Where it is counted what could not be evaluated in full. */
  readonly counters: EvaluationCounters;
}

/** Collects the conditions of one rule while it is compiled. */
export class ConditionList {
  readonly #firstNumber: number;
  readonly #conditions: Condition[] = [];

  /** @param firstNumber How many conditions the rules before it have. */
  constructor(firstNumber: number) {
    this.#firstNumber = firstNumber;
  }

  get all(): readonly Condition[] {
    return this.#conditions;
  }

  /** @param expression Folded already. */
  add(expression: CheckedExpression, counters: EvaluationCounters): Condition {
    const condition = { number: this.#firstNumber + this.#conditions.length, expression, counters };
    this.#conditions.push(condition);
    return condition;
  }
}

/** Which conditions an event fulfils; holds until the next event is looked at. */
export interface Fulfilled {
  readonly count: number;
  /** The numbers of the conditions, ascending, up to `count`. */
  readonly numbers: Int32Array;
  has(condition: Condition): boolean;
}

/** How much work the conditions were. */
export interface EvaluationCount {
  /** All conditions there are. */
  readonly conditions: number;
  /** How often one was evaluated, of all events so far. */
  readonly evaluated: number;
}

/** Evaluates the conditions of a rule set. The simple implementation is the measure of the fast one. */
export interface ConditionEvaluator {
  /**
   * Finds the conditions that an event fulfils, among those of the given selection. Relative dates count from `nowMs`.
   *
   * @param selection What the conditions are for which the event is meant at all.
   */
  evaluate(selection: Selection, event: EventView, nowMs: number): Fulfilled;
  readonly count: EvaluationCount;
}

/** Puts itself around the compiled parts of conditions, to see what they cost; it must not change what they say. */
export type ProgramWatch = (program: Program, condition: Condition) => Program;

/** Conditions that the events of some data streams are meant for. */
export interface Selection {
  /** Different for different selections; -1 where that cannot be promised. */
  readonly number: number;
  /** The numbers of the conditions, ascending. */
  readonly conditions: readonly number[];
}
