import type { EventView, FieldSlots, Slot } from "@tallyman/ecs";
import type { CheckedExpression } from "@tallyman/languages";

/**
 * Reads what kind of event one is, as a row of bits: one for each value of a kind field that some condition asks for, and one for each name that
 * may stand at the top of an event. Two events of one selection with the same row are alike in every condition that `isDecidedByKind`, whatever
 * else they say and in whatever order.
 */
export class KindReader {
  readonly #fields: readonly KindField[];
  readonly #slots: FieldSlots;
  /** How many words the values take. */
  readonly #valueWords: number;
  /** The row of the last event that was read: the number of its selection, then the bits. */
  row: Int32Array;
  hash = 0;

  constructor(guards: readonly CheckedExpression[], slots: FieldSlots) {
    this.#slots = slots;
    const fields = new Map<Slot, Map<string, number>>();
    let bits = 0;
    for (const guard of guards) bits = numberValues(guard, slots, fields, bits);
    this.#fields = [...fields].map(([slot, numbers]) => ({ slot: slot as KindField["slot"], numbers }));
    this.#valueWords = wordsFor(bits);
    this.row = new Int32Array(this.#length());
  }

  read(selection: number, event: EventView): void {
    // A table of slots may have grown.
    if (this.row.length !== this.#length()) this.row = new Int32Array(this.#length());
    const { row } = this;
    row.fill(0);
    row[0] = selection;
    for (const { numbers, slot } of this.#fields) {
      const values = event.values(slot);
      for (let i = 0; i < values.length; i++) {
        const number = numbers.get(values[i] as string);
        if (number !== undefined) {
          const word = 1 + (number >> 5);
          row[word] = (row[word] as number) | (1 << (number & 31));
        }
      }
    }
    let word = 1 + this.#valueWords;
    for (let from = 0; word < row.length; from += 32) row[word++] = event.topNames(from);
    let hash = 0;
    for (let i = 0; i < row.length; i++) hash = Math.imul(hash ^ (row[i] as number), 0x01000193) + 1;
    this.hash = hash;
  }

  #length(): number {
    return 1 + this.#valueWords + wordsFor(this.#slots.topNameCount);
  }
}

interface KindField {
  readonly slot: Slot<"keyword" | "caseless">;
  /** The bit of each value that some condition asks for. */
  readonly numbers: ReadonlyMap<string, number>;
}

function wordsFor(bits: number): number {
  return (bits + 31) >> 5;
}

/** Gives each value that a condition asks for the next number, from `next` on; gives the one behind them. */
function numberValues(
  expression: CheckedExpression,
  slots: FieldSlots,
  fields: Map<Slot, Map<string, number>>,
  next: number,
): number {
  if (expression.kind === "and" || expression.kind === "or")
    return expression.operands.reduce((at, operand) => numberValues(operand, slots, fields, at), next);
  if (expression.kind === "not") return numberValues(expression.operand, slots, fields, next);
  if (expression.kind !== "test" || expression.test.kind !== "text-in") return next;
  const { reading, values } = expression.test;
  const slot = slots.slot(expression.path, reading);
  const numbers = fields.get(slot) ?? new Map<string, number>();
  fields.set(slot, numbers);
  let at = next;
  for (const value of values) if (!numbers.has(value)) numbers.set(value, at++);
  return at;
}
