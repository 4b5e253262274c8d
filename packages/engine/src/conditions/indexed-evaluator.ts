import type { EventView, FieldSlots, Slot } from "@tallyman/ecs";
import { type CheckedExpression, compile, type Program, TextFinder } from "@tallyman/languages";
import { type Anchor, isWorthLookingFor } from "./anchors.ts";
import { type Clause, clausesOf } from "./clause.ts";
import type {
  Condition,
  ConditionEvaluator,
  EvaluationCount,
  Fulfilled,
  ProgramWatch,
  Selection,
} from "./condition.ts";
import { FulfilledSet } from "./fulfilled-set.ts";
import { KindReader } from "./kind-reader.ts";

/** So many kinds of events are remembered. Each takes a few kilobytes and is worked out in about the time that some events take. */
const kindsMax = 4096;

/**
 * Evaluates few of the conditions for each event. They are cut into clauses. What decides most of them is the kind of event: the clauses that
 * can hold for a kind are worked out once, when its first event comes. Of those, the ones are evaluated of which the event has an anchor: a value that is
 * looked up, or a text that is found in one pass together with all others.
 */
export class IndexedEvaluator implements ConditionEvaluator {
  readonly #conditionCount: number;
  readonly #clauses: readonly CompiledClause[];
  /** By condition: the numbers of its clauses, from this one up to that of the next condition. */
  readonly #clausesFrom: Int32Array;
  readonly #fields: readonly AnchorField[];
  readonly #kinds: KindReader;
  readonly #remembered = new Map<number, Kind[]>();
  #rememberedCount = 0;
  readonly #fulfilled: FulfilledSet;
  /** For each clause the last event that it was evaluated for. */
  readonly #evaluatedFor: Int32Array;
  #event = 0;
  #evaluated = 0;
  readonly #slots: FieldSlots;

  constructor(
    conditions: readonly Condition[],
    slots: FieldSlots,
    watch: ProgramWatch = (program) => program,
  ) {
    this.#slots = slots;
    this.#conditionCount = conditions.length;
    this.#clausesFrom = new Int32Array(conditions.length + 1);
    const clauses: CompiledClause[] = [];
    const guards: CheckedExpression[] = [];
    const fields = new FieldTable(slots);
    for (const condition of conditions) {
      this.#clausesFrom[condition.number] = clauses.length;
      for (const clause of clausesOf(condition.expression)) {
        if (clause.guard !== undefined) guards.push(clause.guard);
        const { rest, ...compiled } = compileClause(clause, clauses.length, condition, slots, fields);
        clauses.push({ ...compiled, rest: rest && watch(rest, condition) });
      }
    }
    this.#clausesFrom[conditions.length] = clauses.length;
    this.#clauses = clauses;
    this.#fields = fields.finish();
    this.#kinds = new KindReader(guards, slots);
    this.#fulfilled = new FulfilledSet(conditions.length);
    this.#evaluatedFor = new Int32Array(clauses.length);
  }

  get count(): EvaluationCount {
    return { conditions: this.#conditionCount, evaluated: this.#evaluated };
  }

  /** How many kinds of events are remembered. */
  get kindCount(): number {
    return this.#rememberedCount;
  }

  evaluate(selection: Selection, event: EventView, nowMs: number): Fulfilled {
    this.#begin();
    const kind = this.#kindOf(selection, event, nowMs);
    const fulfilled = this.#fulfilled;
    for (const condition of kind.always) fulfilled.add(condition);
    for (const clause of kind.unanchored) this.#try(clause, event, nowMs);
    for (const field of kind.fields) {
      if (field.numbers !== undefined) this.#tryNumbers(field, field.numbers, kind, event, nowMs);
      else this.#tryTexts(field, kind, event, nowMs);
    }
    fulfilled.sort();
    return fulfilled;
  }

  #begin(): void {
    this.#fulfilled.clear();
    this.#event = (this.#event + 1) | 0;
    if (this.#event !== 0) return;
    this.#evaluatedFor.fill(0);
    this.#event = 1;
  }

  #tryNumbers(
    { slot }: AnchorField,
    numbers: ReadonlyMap<number, Int32Array>,
    kind: Kind,
    event: EventView,
    nowMs: number,
  ): void {
    for (const value of event.values(slot as Slot<"number">)) {
      const clauses = numbers.get(value);
      if (clauses !== undefined) this.#tryAll(clauses, kind, event, nowMs);
    }
  }

  #tryTexts({ finder, slot, texts, values }: AnchorField, kind: Kind, event: EventView, nowMs: number): void {
    const candidates = event.values(slot as Slot<"caseless">);
    for (let i = 0; i < candidates.length; i++) {
      const text = candidates[i] as string;
      const clauses = values.get(text);
      if (clauses !== undefined) this.#tryAll(clauses, kind, event, nowMs);
      if (finder === undefined) continue;
      const count = finder.find(text);
      for (let k = 0; k < count; k++)
        this.#tryAll(texts[finder.occurring[k] as number] as Int32Array, kind, event, nowMs);
    }
  }

  #tryAll(clauses: Int32Array, kind: Kind, event: EventView, nowMs: number): void {
    for (let i = 0; i < clauses.length; i++) {
      const number = clauses[i] as number;
      if (((kind.live[number >> 5] as number) & (1 << (number & 31))) === 0) continue;
      if (this.#evaluatedFor[number] === this.#event) continue;
      this.#evaluatedFor[number] = this.#event;
      this.#try(this.#clauses[number] as CompiledClause, event, nowMs);
    }
  }

  #try({ condition, rest }: CompiledClause, event: EventView, nowMs: number): void {
    if (this.#fulfilled.hasNumber(condition)) return;
    this.#evaluated += 1;
    if (rest === undefined || rest.matches(event, nowMs)) this.#fulfilled.add(condition);
  }

  #kindOf(selection: Selection, event: EventView, nowMs: number): Kind {
    if (selection.number < 0) return this.#workOut(selection, event, nowMs, noRow);
    const kinds = this.#kinds;
    kinds.read(selection.number, event);
    const alike = this.#remembered.get(kinds.hash);
    if (alike !== undefined) for (const kind of alike) if (isSameRow(kind.row, kinds.row)) return kind;
    const kind = this.#workOut(selection, event, nowMs, kinds.row.slice());
    this.#remember(kind, kinds.hash);
    return kind;
  }

  /** When there are too many, all are forgotten: those that still come are soon worked out again, and those of the past are not kept for ever. */
  #remember(kind: Kind, hash: number): void {
    if (this.#rememberedCount === kindsMax) {
      this.#remembered.clear();
      this.#rememberedCount = 0;
    }
    this.#rememberedCount += 1;
    const alike = this.#remembered.get(hash);
    if (alike === undefined) this.#remembered.set(hash, [kind]);
    else alike.push(kind);
  }

  /** Finds the clauses that can hold for events like this one. */
  #workOut({ conditions }: Selection, event: EventView, nowMs: number, row: Int32Array): Kind {
    const live = new Int32Array((this.#clauses.length >> 5) + 1);
    const always: number[] = [];
    const unanchored: CompiledClause[] = [];
    const fields = new Set<AnchorField>();
    const absent = this.#absentNames(event);
    for (const condition of conditions) {
      const end = this.#clausesFrom[condition + 1] as number;
      for (let number = this.#clausesFrom[condition] as number; number < end; number++) {
        const clause = this.#clauses[number] as CompiledClause;
        if (clause.requires.some((name) => absent[name])) continue;
        if (clause.guard !== undefined && !clause.guard.matches(event, nowMs)) continue;
        if (clause.rest === undefined) always.push(condition);
        else if (clause.fields.length === 0) unanchored.push(clause);
        else {
          live[number >> 5] = (live[number >> 5] as number) | (1 << (number & 31));
          for (const field of clause.fields) fields.add(this.#fields[field] as AnchorField);
        }
      }
    }
    return { row, live, always, unanchored, fields: [...fields] };
  }

  #absentNames(event: EventView): readonly boolean[] {
    return Array.from(
      { length: this.#slots.topNameCount },
      (_, i) => ((event.topNames(i & ~31) >> (i & 31)) & 1) === 0,
    );
  }
}

/** What is known of all events of one kind. */
interface Kind {
  readonly row: Int32Array;
  /** A bit for each clause that can hold if its anchors are there. */
  readonly live: Int32Array;
  /** The conditions that all of them fulfil. */
  readonly always: readonly number[];
  /** Clauses that are evaluated for each. */
  readonly unanchored: readonly CompiledClause[];
  /** The fields in which anchors are looked for. */
  readonly fields: readonly AnchorField[];
}

const noRow = new Int32Array(0);

function isSameRow(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

interface CompiledClause {
  readonly condition: number;
  readonly guard: Program | undefined;
  readonly rest: Program | undefined;
  /** The places of the names that it needs among those at the top of events. */
  readonly requires: readonly number[];
  /** The numbers of the fields that its anchors are in; none when it has no anchors. */
  readonly fields: readonly number[];
}

function compileClause(
  { anchors, guard, requires, rest }: Clause,
  number: number,
  condition: Condition,
  slots: FieldSlots,
  fields: FieldTable,
): CompiledClause {
  const program = (expression: CheckedExpression | undefined): Program | undefined =>
    expression && compile(expression, slots, condition.counters);
  return {
    condition: condition.number,
    guard: program(guard),
    rest: program(rest),
    requires: [...requires].map((name) => slots.topNameNumber(name)).filter((at) => at !== undefined),
    fields: isWorthLookingFor(anchors)
      ? [...new Set(anchors.anchors.map((anchor) => fields.add(anchor, number)))]
      : [],
  };
}

/** The anchors that are looked for in one field. */
interface AnchorField {
  readonly slot: Slot;
  /** The clauses that a value is an anchor of, where it is a number. */
  readonly numbers: ReadonlyMap<number, Int32Array> | undefined;
  /** The same where it is text, in lower case. */
  readonly values: ReadonlyMap<string, Int32Array>;
  readonly finder: TextFinder | undefined;
  /** The clauses that each of the finder's texts is an anchor of. */
  readonly texts: readonly Int32Array[];
}

interface CollectedField {
  readonly slot: Slot;
  readonly isNumeric: boolean;
  readonly values: Map<string | number, number[]>;
  readonly texts: Map<string, number[]>;
}

/** Collects the anchors of all clauses by field. */
class FieldTable {
  readonly #slots: FieldSlots;
  readonly #fields: CollectedField[] = [];
  readonly #numbers = new Map<Slot, number>();

  constructor(slots: FieldSlots) {
    this.#slots = slots;
  }

  /** Notes that a clause has this anchor; gives the number of the field. */
  add(anchor: Anchor, clause: number): number {
    const isNumeric = anchor.kind === "number";
    const slot = this.#slots.slot(anchor.path, isNumeric ? "number" : "caseless") as Slot;
    let number = this.#numbers.get(slot);
    if (number === undefined) {
      number = this.#fields.length;
      this.#numbers.set(slot, number);
      this.#fields.push({ slot, isNumeric, values: new Map(), texts: new Map() });
    }
    const { texts, values } = this.#fields[number] as CollectedField;
    if (anchor.kind === "text") addTo(texts, anchor.text, clause);
    else addTo(values, anchor.value, clause);
    return number;
  }

  finish(): readonly AnchorField[] {
    return this.#fields.map(({ isNumeric, slot, texts, values }) => {
      const lists = new Map([...values].map(([value, clauses]) => [value, Int32Array.from(clauses)]));
      return {
        slot,
        numbers: isNumeric ? (lists as Map<number, Int32Array>) : undefined,
        values: isNumeric ? new Map() : (lists as Map<string, Int32Array>),
        finder: texts.size === 0 ? undefined : new TextFinder([...texts.keys()]),
        texts: [...texts.values()].map((clauses) => Int32Array.from(clauses)),
      };
    });
  }
}

function addTo<K>(lists: Map<K, number[]>, key: K, clause: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [clause]);
  else if (list.at(-1) !== clause) list.push(clause);
}
