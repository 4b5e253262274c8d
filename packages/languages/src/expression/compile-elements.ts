import type { CheckedElements } from "./checked-expression.ts";
import type { CompileScope, Condition, Frame } from "./compile-scope.ts";

/**
 * Compiles the search of an array for elements that fulfil a condition. The result counts them, and stops at `enough`. Beyond the number of
 * elements that one event may make a program look at, none fulfils it.
 */
export function compileElements(
  { path, of, element, condition }: CheckedElements,
  scope: CompileScope,
  compileCondition: (condition: CheckedElements["condition"]) => Condition,
): (event: Parameters<Condition>[0], nowMs: number, frame: Frame, enough: number) => number {
  const around = of === undefined ? undefined : scope.numberOf(of);
  const number = scope.numberOf(element);
  const elementSlots = scope.slotsOf(element);
  const fulfils = compileCondition(condition);
  const { counters } = scope;
  return (event, nowMs, frame, enough) => {
    const array = around === undefined ? event : frame.views[around];
    let count = 0;
    for (const each of array?.elements(path, elementSlots) ?? []) {
      if (frame.stepsLeft <= 0) {
        counters.combinationsExceeded += 1;
        return 0;
      }
      frame.stepsLeft -= 1;
      frame.views[number] = each;
      if (!fulfils(event, nowMs, frame)) continue;
      count += 1;
      if (count >= enough) break;
    }
    return count;
  };
}
