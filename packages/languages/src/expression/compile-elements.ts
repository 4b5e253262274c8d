import type { EventView } from "@tallyman/ecs";
import type { CheckedElements } from "./checked-expression.ts";
import type { CompileScope, Condition } from "./compile-scope.ts";

/**
 * Compiles the search of an array for elements that fulfil a condition. The result counts them, and stops at `enough`. Beyond the number of
 * elements that one event may make a program look at, none fulfils it.
 */
export function compileElements(
  { path, of, element, condition }: CheckedElements,
  scope: CompileScope,
  compileCondition: (condition: CheckedElements["condition"]) => Condition,
): (event: EventView, nowMs: number, enough: number) => number {
  const around = of === undefined ? undefined : scope.numberOf(of);
  const number = scope.numberOf(element);
  const elementSlots = scope.slotsOf(element);
  const fulfils = compileCondition(condition);
  const { counters, views } = scope;
  return (event, nowMs, enough) => {
    const array = around === undefined ? event : views[around];
    let count = 0;
    for (const each of array?.elements(path, elementSlots) ?? []) {
      if (scope.stepsLeft <= 0) {
        counters.combinationsExceeded += 1;
        return 0;
      }
      scope.stepsLeft -= 1;
      views[number] = each;
      if (!fulfils(event, nowMs)) continue;
      count += 1;
      if (count >= enough) break;
    }
    return count;
  };
}
