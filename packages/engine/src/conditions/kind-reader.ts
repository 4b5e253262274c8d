import type { EventView, FieldSlots, Slot } from "@tallyman/ecs";
import type { CheckedExpression } from "@tallyman/languages";

/** More values of a field than this are not told apart; such an event has no key. */
const valuesMax = 16;
/** Keys have room for this many numbers. */
const keyLengthMax = 256;

/**
 * Reads what kind of event one is, as a row of small numbers: two events with the same row are alike in every condition that `isDecidedByKind`,
 * and have the same names at their top. Values that no condition asks for count as one, so that there are no more rows than the conditions
 * can tell apart, however many values events bring.
 */
export class KindReader {
  readonly #fields: readonly KindField[];
  readonly #slots: FieldSlots;
  /** The row of the last event that was read. */
  readonly row = new Int32Array(keyLengthMax);
  length = 0;
  hash = 0;

  constructor(guards: readonly CheckedExpression[], slots: FieldSlots) {
    this.#slots = slots;
    this.#fields = kindFieldsOf(guards, slots);
  }

  /** Reads an event of a selection; false when its kind cannot be written as a row. */
  read(selection: number, event: EventView): boolean {
    if (selection < 0) return false;
    const { row } = this;
    row[0] = selection;
    let length = 1;
    for (const { numbers, slot } of this.#fields) {
      const values = event.values(slot);
      const { length: count } = values;
      if (count > valuesMax || length + count + 1 > keyLengthMax) return false;
      row[length++] = count;
      for (let i = 0; i < count; i++) row[length++] = numbers.get(values[i] as string) ?? 0;
    }
    const nameCount = this.#slots.topNameCount;
    if (length + (nameCount >> 5) + 1 > keyLengthMax) return false;
    for (let from = 0; from < nameCount; from += 32) row[length++] = event.topNames(from);
    let hash = 0;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (row[i] as number), 0x01000193) + 1;
    this.length = length;
    this.hash = hash;
    return true;
  }
}

interface KindField {
  readonly slot: Slot<"keyword" | "caseless">;
  /** A number from 1 for each value that some condition asks for. */
  readonly numbers: ReadonlyMap<string, number>;
}

function kindFieldsOf(guards: readonly CheckedExpression[], slots: FieldSlots): readonly KindField[] {
  const fields = new Map<Slot, Map<string, number>>();
  const visit = (expression: CheckedExpression): void => {
    if (expression.kind === "and" || expression.kind === "or") expression.operands.forEach(visit);
    else if (expression.kind === "not") visit(expression.operand);
    else if (expression.kind === "test" && expression.test.kind === "text-in") {
      const { reading, values } = expression.test;
      const slot = slots.slot(expression.path, reading);
      const numbers = fields.get(slot) ?? new Map<string, number>();
      fields.set(slot, numbers);
      for (const value of values) if (!numbers.has(value)) numbers.set(value, numbers.size + 1);
    }
  };
  guards.forEach(visit);
  return [...fields].map(([slot, numbers]) => ({ slot: slot as KindField["slot"], numbers }));
}
