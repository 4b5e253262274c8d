import type { RegexNode } from "./ast.ts";
import type { CharSet } from "./char-set.ts";

/** States that one expression may need; Elasticsearch draws the same line for its own automata. */
export const statesMax = 10_000;

/**
 * An automaton of Thompson's kind. A state reads one character of a set and goes on, or goes on without reading; state 0 begins and
 * the last state accepts, and nothing leaves it. Being in several states at once makes the time linear: no choice is ever taken back.
 */
export interface Automaton {
  readonly states: readonly State[];
  readonly start: number;
  readonly accept: number;
}

interface State {
  /** The characters read on the way to `next`; undefined when the state only branches. */
  readonly set: CharSet | undefined;
  next: number;
  /** States reached without reading. */
  readonly branches: number[];
}

/** Builds the automaton of an expression; undefined when it needs more than 10,000 states. */
export function buildAutomaton(node: RegexNode): Automaton | undefined {
  const builder = new Builder();
  const fragment = builder.build(node);
  return builder.isFull ? undefined : { states: builder.states, start: fragment.start, accept: fragment.end };
}

interface Fragment {
  readonly start: number;
  readonly end: number;
}

class Builder {
  readonly states: State[] = [];
  isFull = false;

  build(node: RegexNode): Fragment {
    if (this.isFull) return { start: 0, end: 0 };
    switch (node.kind) {
      case "empty": {
        const only = this.#state();
        return { start: only, end: only };
      }
      case "never":
        return { start: this.#state(), end: this.#state() };
      case "char": {
        const start = this.#state(node.set);
        const end = this.#state();
        this.#at(start).next = end;
        return { start, end };
      }
      case "concatenation": {
        let whole = this.build({ kind: "empty" });
        for (const part of node.parts) whole = this.#chain(whole, this.build(part));
        return whole;
      }
      case "union": {
        const start = this.#state();
        const end = this.#state();
        for (const option of node.options) {
          const branch = this.build(option);
          this.#branch(start, branch.start);
          this.#branch(branch.end, end);
        }
        return { start, end };
      }
      case "repeat":
        return this.#repeat(node);
      case "intersection":
      case "complement": {
        const table = determine(node, () => {
          this.isFull = true;
        });
        return table === undefined ? { start: 0, end: 0 } : this.#embed(table);
      }
    }
  }

  #repeat({ operand, min, max }: Extract<RegexNode, { kind: "repeat" }>): Fragment {
    let whole = this.build({ kind: "empty" });
    for (let i = 0; i < min && !this.isFull; i++) whole = this.#chain(whole, this.build(operand));
    if (max === undefined) {
      const start = this.#state();
      const end = this.#state();
      const loop = this.build(operand);
      this.#branch(start, loop.start);
      this.#branch(start, end);
      this.#branch(loop.end, start);
      return this.#chain(whole, { start, end });
    }
    const end = this.#state();
    for (let i = min; i < max && !this.isFull; i++) {
      this.#branch(whole.end, end);
      whole = this.#chain(whole, this.build(operand));
    }
    return this.#chain(whole, { start: end, end });
  }

  /** A table's states become ones that branch to one reading state for each way out. */
  #embed(table: Table): Fragment {
    const end = this.#state();
    const entries = table.rows.map(() => this.#state());
    for (const [i, row] of table.rows.entries()) {
      const entry = entries[i] as number;
      if (row.accepts) this.#branch(entry, end);
      for (const [to, set] of waysOut(row, table.alphabet)) {
        const reader = this.#state(set);
        this.#at(reader).next = entries[to] as number;
        this.#branch(entry, reader);
      }
    }
    return { start: entries[0] as number, end };
  }

  #chain(first: Fragment, second: Fragment): Fragment {
    this.#branch(first.end, second.start);
    return { start: first.start, end: second.end };
  }

  #state(set?: CharSet): number {
    if (this.states.length >= statesMax) {
      this.isFull = true;
      return 0;
    }
    this.states.push({ set, next: -1, branches: [] });
    return this.states.length - 1;
  }

  #branch(from: number, to: number): void {
    this.#at(from).branches.push(to);
  }

  #at(state: number): State {
    return this.states[state] as State;
  }
}

/** The tables of complements and intersections end here; a pattern may make them grow exponentially. */
const tableCellsMax = 100_000;

/** A deterministic automaton over classes of characters that its expression never tells apart. */
interface Table {
  readonly alphabet: Alphabet;
  /** Row 0 is the start. */
  readonly rows: readonly TableRow[];
}

interface TableRow {
  readonly accepts: boolean;
  /** The row that each class leads to; -1 when nothing can follow. */
  readonly to: readonly number[];
}

function determine(node: RegexNode, onFull: () => void): Table | undefined {
  if (node.kind === "complement") {
    const table = determine(node.operand, onFull);
    return table && complemented(table);
  }
  if (node.kind === "intersection") {
    let whole: Table | undefined;
    for (const operand of node.operands) {
      const table = determine(operand, onFull);
      if (table === undefined) return undefined;
      whole = whole === undefined ? table : intersected(whole, table, onFull);
      if (whole === undefined) return undefined;
    }
    return whole;
  }
  const automaton = buildAutomaton(node);
  if (automaton === undefined) {
    onFull();
    return undefined;
  }
  const alphabet = alphabetOf(automaton);
  const simulation = new Simulation(automaton, alphabet);
  return explore(alphabet, [simulation.start()], onFull, {
    key: (states) => states.join(),
    accepts: (states) => states.includes(automaton.accept),
    step: (states, kind) => {
      const next = simulation.step(states, kind);
      return next.length === 0 ? undefined : next;
    },
  });
}

interface Exploration<S> {
  readonly key: (state: S) => string;
  readonly accepts: (state: S) => boolean;
  readonly step: (state: S, kind: number) => S | undefined;
}

function explore<S>(
  alphabet: Alphabet,
  found: S[],
  onFull: () => void,
  { key, accepts, step }: Exploration<S>,
): Table | undefined {
  const numbers = new Map(found.map((state, i) => [key(state), i]));
  const rows: TableRow[] = [];
  for (let i = 0; i < found.length; i++) {
    const state = found[i] as S;
    const to = Array.from({ length: alphabet.kinds }, (_, kind) => {
      const next = step(state, kind);
      if (next === undefined) return -1;
      const name = key(next);
      let number = numbers.get(name);
      if (number === undefined) {
        number = found.length;
        numbers.set(name, number);
        found.push(next);
      }
      return number;
    });
    rows.push({ accepts: accepts(state), to });
    if (found.length * alphabet.kinds > tableCellsMax) {
      onFull();
      return undefined;
    }
  }
  return { alphabet, rows };
}

function complemented({ alphabet, rows }: Table): Table {
  const sink = rows.length;
  const flipped = rows.map(({ accepts, to }) => ({
    accepts: !accepts,
    to: to.map((row) => (row < 0 ? sink : row)),
  }));
  return {
    alphabet,
    rows: [...flipped, { accepts: true, to: Array.from({ length: alphabet.kinds }, () => sink) }],
  };
}

function intersected(a: Table, b: Table, onFull: () => void): Table | undefined {
  const alphabet = makeAlphabet([...a.alphabet.starts, ...b.alphabet.starts]);
  const kindsOf = ({ alphabet: own }: Table) => alphabet.starts.map((start) => kindAt(own, start));
  const kindsOfA = kindsOf(a);
  const kindsOfB = kindsOf(b);
  const row = (table: Table, number: number): TableRow => table.rows[number] as TableRow;
  return explore<readonly [number, number]>(alphabet, [[0, 0]], onFull, {
    key: (pair) => pair.join(),
    accepts: ([x, y]) => row(a, x).accepts && row(b, y).accepts,
    step: ([x, y], kind) => {
      const nextX = row(a, x).to[kindsOfA[kind] as number] as number;
      const nextY = row(b, y).to[kindsOfB[kind] as number] as number;
      return nextX < 0 || nextY < 0 ? undefined : [nextX, nextY];
    },
  });
}

function waysOut({ to }: TableRow, { starts }: Alphabet): ReadonlyMap<number, CharSet> {
  const ranges = new Map<number, { from: number; to: number }[]>();
  for (const [kind, row] of to.entries()) {
    if (row < 0) continue;
    const range = { from: starts[kind] as number, to: (starts[kind + 1] ?? 0x110000) - 1 };
    const known = ranges.get(row);
    if (known === undefined) ranges.set(row, [range]);
    else if (known.at(-1)?.to === range.from - 1) (known.at(-1) as { to: number }).to = range.to;
    else known.push(range);
  }
  return ranges;
}

/** The characters cut into classes, of which each begins at one of `starts` and ends before the next. */
export interface Alphabet {
  /** Sorted; the first is 0. */
  readonly starts: readonly number[];
  readonly kinds: number;
  /** The class of each character below 256. */
  readonly small: Uint16Array;
}

export function alphabetOf({ states }: Automaton): Alphabet {
  const starts: number[] = [0];
  for (const { set } of states) for (const { from, to } of set ?? []) starts.push(from, to + 1);
  return makeAlphabet(starts);
}

function makeAlphabet(all: readonly number[]): Alphabet {
  const starts = [...new Set(all)].filter((start) => start <= 0x10ffff).sort((a, b) => a - b);
  const small = new Uint16Array(256);
  let kind = 0;
  for (let c = 0; c < 256; c++) {
    while (kind + 1 < starts.length && (starts[kind + 1] as number) <= c) kind += 1;
    small[c] = kind;
  }
  return { starts, kinds: starts.length, small };
}

/** The class of a character. */
export function kindAt({ starts, small }: Alphabet, c: number): number {
  if (c < 256) return small[c] as number;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= c) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Steps sets of states; a set is a sorted list of the states that read or accept. */
export class Simulation {
  readonly #automaton: Automaton;
  /** For each class, a character of it. */
  readonly #samples: readonly number[];
  readonly #marks: Uint32Array;
  #mark = 0;

  constructor(automaton: Automaton, alphabet: Alphabet) {
    this.#automaton = automaton;
    this.#samples = alphabet.starts;
    this.#marks = new Uint32Array(automaton.states.length);
  }

  start(): readonly number[] {
    return this.#closure([this.#automaton.start]);
  }

  step(states: readonly number[], kind: number): readonly number[] {
    const sample = this.#samples[kind] as number;
    const next: number[] = [];
    for (const number of states) {
      const { set, next: target } = this.#automaton.states[number] as State;
      if (set !== undefined && contains(set, sample)) next.push(target);
    }
    return this.#closure(next);
  }

  /** All states that these lead to without reading, those that only branch left out. */
  #closure(from: readonly number[]): readonly number[] {
    this.#mark += 1;
    const kept: number[] = [];
    const open: number[] = [];
    for (const state of from) this.#visit(state, open);
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const { set, branches } = this.#automaton.states[state] as State;
      if (set !== undefined || state === this.#automaton.accept) kept.push(state);
      for (const branch of branches) this.#visit(branch, open);
    }
    return kept.sort((a, b) => a - b);
  }

  #visit(state: number, open: number[]): void {
    if (this.#marks[state] === this.#mark) return;
    this.#marks[state] = this.#mark;
    open.push(state);
  }
}

function contains(set: CharSet, c: number): boolean {
  for (const { from, to } of set) if (c >= from && c <= to) return true;
  return false;
}
