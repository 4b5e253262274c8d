import { type EventView, type FieldSlots, formatIp, type Slot } from "@tallyman/ecs";
import type { CheckedExpression, CheckedScript, ScriptField, ScriptInput } from "./checked-expression.ts";
import { compileElements } from "./compile-elements.ts";
import { compileScalar } from "./compile-scalar.ts";
import type { CompileScope, Condition } from "./compile-scope.ts";
import type { ScalarValue } from "./scalar-function.ts";

/** Combinations of array elements that a condition on computed values is tried with, at most, for one event. */
export const combinationsMax = 10_000;

/** Compiles a condition on computed values: it is tried with every combination of its inputs' values. */
export function compileScript(
  { inputs, condition }: CheckedScript,
  slots: FieldSlots,
  scope: CompileScope,
  compileCondition: (condition: CheckedExpression) => Condition,
): Condition {
  scope.countsSteps = true;
  const program = compileScalar(condition);
  const readers = inputs.map((input) => readerOf(input, slots, scope, compileCondition));
  /** False, and counted, when there are too many. Single ones cost no more than the test of a field. */
  const takes = (combinations: number): boolean => {
    const isWithin = combinations <= combinationsMax && combinations <= scope.stepsLeft;
    if (!isWithin) scope.counters.combinationsExceeded += 1;
    else if (combinations > 1) scope.stepsLeft -= combinations;
    return isWithin;
  };
  const [only] = readers;
  if (readers.length === 1 && only !== undefined) {
    return (event, nowMs) => {
      const values = only(event, nowMs);
      return takes(values.length) && values.some((value) => program([value]) === true);
    };
  }
  return (event, nowMs) => {
    const choices = readers.map((read) => read(event, nowMs));
    const combinations = choices.reduce((product, { length }) => product * length, 1);
    return takes(combinations) && holdsForAny(choices, (row) => program(row) === true);
  };
}

type Reader = (event: EventView, nowMs: number) => readonly ScalarValue[];

function readerOf(
  input: ScriptInput,
  slots: FieldSlots,
  scope: CompileScope,
  compileCondition: (condition: CheckedExpression) => Condition,
): Reader {
  switch (input.kind) {
    case "field":
      return fieldReader(input, slots, scope);
    case "count": {
      const count = compileElements(input.elements, scope, compileCondition);
      return (event, nowMs) => [count(event, nowMs, Number.POSITIVE_INFINITY)];
    }
    case "condition": {
      const condition = compileCondition(input.condition);
      return (event, nowMs) => [condition(event, nowMs)];
    }
  }
}

const absent: readonly ScalarValue[] = [null];

/** Reads the values of a field; a field without any has the one value null. */
function fieldReader({ of, path, reading }: ScriptField, slots: FieldSlots, scope: CompileScope): Reader {
  const table = of === undefined ? slots : scope.slotsOf(of);
  const slot = table.slot(path, reading) as Slot<ScriptField["reading"]>;
  const read = (view: EventView): readonly ScalarValue[] => {
    const values = view.values(slot);
    if (values.length === 0) return absent;
    return reading === "ip" ? values.map((key) => formatIp(key as string)) : values;
  };
  if (of === undefined) return read;
  const number = scope.numberOf(of);
  const { views } = scope;
  return () => {
    const view = views[number];
    return view === undefined ? absent : read(view);
  };
}

/** Counts through the combinations like an odometer. */
function holdsForAny(
  choices: readonly (readonly ScalarValue[])[],
  holds: (row: readonly ScalarValue[]) => boolean,
): boolean {
  const places = choices.map(() => 0);
  const row = choices.map((values) => values[0] as ScalarValue);
  for (;;) {
    if (holds(row)) return true;
    let wheel = 0;
    for (; wheel < choices.length; wheel++) {
      const values = choices[wheel] as readonly ScalarValue[];
      const next = ((places[wheel] as number) + 1) % values.length;
      places[wheel] = next;
      row[wheel] = values[next] as ScalarValue;
      if (next > 0) break;
    }
    if (wheel === choices.length) return false;
  }
}
