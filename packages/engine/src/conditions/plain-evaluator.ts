import type { EventView, FieldSlots } from "@tallyman/ecs";
import { compile, type Program } from "@tallyman/languages";
import type {
  Condition,
  ConditionEvaluator,
  EvaluationCount,
  Fulfilled,
  ProgramWatch,
  Selection,
} from "./condition.ts";
import { FulfilledSet } from "./fulfilled-set.ts";

/** Asks every condition about every event: simple, and the measure of the fast evaluator. */
export class PlainEvaluator implements ConditionEvaluator {
  readonly #programs: readonly Program[];
  readonly #fulfilled: FulfilledSet;
  #evaluated = 0;

  constructor(
    conditions: readonly Condition[],
    slots: FieldSlots,
    watch: ProgramWatch = (program) => program,
  ) {
    this.#programs = conditions.map((condition) =>
      watch(compile(condition.expression, slots, condition.counters), condition),
    );
    this.#fulfilled = new FulfilledSet(conditions.length);
  }

  get count(): EvaluationCount {
    return { conditions: this.#programs.length, evaluated: this.#evaluated };
  }

  evaluate({ conditions }: Selection, event: EventView, nowMs: number): Fulfilled {
    this.#fulfilled.clear();
    for (const number of conditions) {
      this.#evaluated += 1;
      if ((this.#programs[number] as Program).matches(event, nowMs)) this.#fulfilled.add(number);
    }
    return this.#fulfilled;
  }
}
