import type { Automaton } from "./automaton.ts";
import { anyChar, type CharSet } from "./char-set.ts";
import type { Regex } from "./regex.ts";

/**
 * Matches the texts that become the given one by at most so many edits: a character more, less or another, or two neighbours swapped. A
 * state stands for how far the text has been read, and with how many edits. Source: Levenshtein automata; Lucene, fuzzy queries.
 */
export function similarTextRegex(text: string, edits: number): Regex {
  return {
    source: `${text}~${edits}`,
    ignoreCase: false,
    literal: undefined,
    requiredText: "",
    automaton: similarTextAutomaton(
      Array.from(text, (c) => c.codePointAt(0) as number),
      edits,
    ),
  };
}

type State = Automaton["states"][number];

function similarTextAutomaton(characters: readonly number[], editsMax: number): Automaton {
  const states: State[] = [];
  const addState = (set?: CharSet, next = -1): number => states.push({ set, next, branches: [] }) - 1;
  const length = characters.length;
  // First those that stand for a place and a number of edits, so that others can lead to them.
  const at = (place: number, edits: number): number => place * (editsMax + 1) + edits;
  for (let i = 0; i < (length + 1) * (editsMax + 1); i++) addState();
  const branch = (from: number, to: number): void => {
    states[from]?.branches.push(to);
  };
  const reading = (from: number, set: CharSet, to: number): void => branch(from, addState(set, to));
  const exactly = (place: number): CharSet => {
    const c = characters[place] as number;
    return [{ from: c, to: c }];
  };
  for (let place = 0; place <= length; place++) {
    for (let edits = 0; edits <= editsMax; edits++) {
      const here = at(place, edits);
      if (place < length) reading(here, exactly(place), at(place + 1, edits));
      if (edits === editsMax) continue;
      reading(here, anyChar, at(place, edits + 1));
      if (place === length) continue;
      reading(here, anyChar, at(place + 1, edits + 1));
      branch(here, at(place + 1, edits + 1));
      if (place + 1 === length) continue;
      const swapped = addState(exactly(place), at(place + 2, edits + 1));
      reading(here, exactly(place + 1), swapped);
    }
  }
  const accept = addState();
  for (let edits = 0; edits <= editsMax; edits++) branch(at(length, edits), accept);
  return { states, start: at(0, 0), accept };
}
