import { literalOf, requiredTextOf } from "./ast.ts";
import {
  type Alphabet,
  type Automaton,
  alphabetOf,
  buildAutomaton,
  kindAt,
  Simulation,
  statesMax,
} from "./automaton.ts";
import { parseRegex } from "./parse.ts";

/** A regular expression that has been read and can be matched in linear time. */
export interface Regex {
  /** As it was written. */
  readonly source: string;
  /** True when it is for text in lower case. */
  readonly ignoreCase: boolean;
  /** The one text that it matches, when it has no operator. */
  readonly literal: string | undefined;
  /** A text in lower case that is in whatever it matches, once that is in lower case too; empty when none was found. */
  readonly requiredText: string;
  readonly automaton: Automaton;
}

export type ReadRegex =
  | { readonly regex: Regex; readonly problem: undefined }
  | { readonly regex: undefined; readonly problem: string };

/** Reads a regular expression in Lucene's dialect, or says what is wrong with it: its form, or that it needs more than 10,000 states. */
export function readRegex(source: string, options: { readonly ignoreCase: boolean }): ReadRegex {
  const parsed = parseRegex(source, options);
  if (parsed.node === undefined) return { regex: undefined, problem: parsed.problem };
  const automaton = buildAutomaton(parsed.node);
  if (automaton === undefined) {
    return { regex: undefined, problem: `The expression needs more than ${statesMax} states` };
  }
  const { ignoreCase } = options;
  const { node } = parsed;
  const regex = {
    source,
    ignoreCase,
    literal: literalOf(node),
    requiredText: requiredTextOf(node),
    automaton,
  };
  return { regex, problem: undefined };
}

/** Makes the test of whether the whole of a text matches. Its time is linear in the length of the text. */
export function compileRegex(regex: Regex): (text: string) => boolean {
  const matcher = new Matcher(regex.automaton);
  return (text) => matcher.matches(text);
}

/** Sets of states that one matcher remembers, by their number and by what they hold together. */
const setsRememberedMax = 2000;
const cellsRememberedMax = 400_000;

const unknown = -1;
const dead = -2;

interface Row {
  readonly states: readonly number[];
  readonly accepts: boolean;
  /** The row that each class of characters leads to, `unknown` or `dead`. */
  readonly to: Int32Array;
}

/**
 * Text is read once from left to right. The sets of states that the automaton can be in become rows of a table as they are met, so
 * that most characters cost one look-up. The table is bounded: an attacker may choose text that always leads to new sets, and when
 * it is full it begins anew.
 */
class Matcher {
  readonly #automaton: Automaton;
  readonly #alphabet: Alphabet;
  readonly #simulation: Simulation;
  #rows: Row[] = [];
  #numbers = new Map<string, number>();
  #cells = 0;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#alphabet = alphabetOf(automaton);
    this.#simulation = new Simulation(automaton, this.#alphabet);
    this.#rowOf(this.#simulation.start());
  }

  matches(text: string): boolean {
    let row = this.#rows[0] as Row;
    for (let at = 0; at < text.length; at++) {
      let c = text.charCodeAt(at);
      if (c >= 0xd800 && c < 0xdc00) {
        c = text.codePointAt(at) as number;
        if (c > 0xffff) at += 1;
      }
      const kind = c < 256 ? (this.#alphabet.small[c] as number) : kindAt(this.#alphabet, c);
      let next = row.to[kind] as number;
      if (next === unknown) next = this.#fill(row, kind);
      if (next === dead) return false;
      row = this.#rows[next] as Row;
    }
    return row.accepts;
  }

  #fill(row: Row, kind: number): number {
    const states = this.#simulation.step(row.states, kind);
    if (states.length === 0) {
      row.to[kind] = dead;
      return dead;
    }
    const isFull = this.#rows.length >= setsRememberedMax || this.#cells >= cellsRememberedMax;
    if (isFull && !this.#numbers.has(states.join())) {
      this.#rows = [];
      this.#numbers = new Map();
      this.#cells = 0;
      this.#rowOf(this.#simulation.start());
      // The row that the text has left is no longer in the table, so nothing may point from it.
      return this.#rowOf(states);
    }
    const next = this.#rowOf(states);
    row.to[kind] = next;
    return next;
  }

  #rowOf(states: readonly number[]): number {
    const key = states.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#rows.length;
    this.#numbers.set(key, number);
    this.#rows.push({
      states,
      accepts: states.includes(this.#automaton.accept),
      to: new Int32Array(this.#alphabet.kinds).fill(unknown),
    });
    this.#cells += states.length + this.#alphabet.kinds;
    return number;
  }
}
