import { type EventView, type FieldSlots, formatIp, type Slot } from "@tallyman/ecs";
import type { CheckedScript, ScriptField } from "./checked-scalar.ts";
import { compileScalar } from "./compile-scalar.ts";
import type { ScalarValue } from "./scalar-function.ts";

/** Combinations of array elements that a condition on computed values is tried with, at most, for one event. */
export const combinationsMax = 10_000;

/** What compiled conditions could not do in full; whoever compiles them may look at any time. */
export interface EvaluationCounters {
  /**
   * How often a condition on computed values had more than 10,000 combinations of array elements to try. It then counted as
   * false, whatever the elements.
   */
  combinationsExceeded: number;
}

/** Compiles a condition on computed values: it is tried with every combination of its fields' values. */
export function compileScript(
  { fields, condition }: CheckedScript,
  slots: FieldSlots,
  counters: EvaluationCounters,
): (event: EventView) => boolean {
  const program = compileScalar(condition);
  const readers = fields.map((field) => readerOf(field, slots));
  const [only] = readers;
  if (readers.length === 1 && only !== undefined) {
    return (event) => {
      const values = only(event);
      if (values.length <= combinationsMax) return values.some((value) => program([value]) === true);
      counters.combinationsExceeded += 1;
      return false;
    };
  }
  return (event) => {
    const choices = readers.map((read) => read(event));
    if (choices.reduce((product, { length }) => product * length, 1) > combinationsMax) {
      counters.combinationsExceeded += 1;
      return false;
    }
    return holdsForAny(choices, (row) => program(row) === true);
  };
}

const absent: readonly ScalarValue[] = [null];

/** Reads the values of a field; a field without any has the one value null. */
function readerOf(
  { path, reading }: ScriptField,
  slots: FieldSlots,
): (event: EventView) => readonly ScalarValue[] {
  const slot = slots.slot(path, reading) as Slot<ScriptField["reading"]>;
  return (event) => {
    const values = event.values(slot);
    if (values.length === 0) return absent;
    return reading === "ip" ? values.map((key) => formatIp(key as string)) : values;
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
