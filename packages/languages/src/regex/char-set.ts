import { foldCase } from "@tallyman/ecs";
/** A set of code points as sorted, disjoint, non-adjacent ranges, both ends inside. */
export type CharSet = readonly CharRange[];

export interface CharRange {
  readonly from: number;
  readonly to: number;
}

const codePointMax = 0x10ffff;

/** Every character, line breaks included. */
export const anyChar: CharSet = [{ from: 0, to: codePointMax }];

export function charSet(ranges: readonly CharRange[]): CharSet {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

export function complementOf(set: CharSet): CharSet {
  const rest: CharRange[] = [];
  let next = 0;
  for (const { from, to } of set) {
    if (from > next) rest.push({ from: next, to: from - 1 });
    next = to + 1;
  }
  if (next <= codePointMax) rest.push({ from: next, to: codePointMax });
  return rest;
}

/**
 * The set that text in lower case must be in where text in any case must be in the given one: upper-case members are joined by
 * their lower-case forms. Characters whose lower-case form is longer than one character keep only themselves.
 */
export function lowerSet(set: CharSet): CharSet {
  const added: CharRange[] = [];
  for (const { from, to } of set) {
    if (to < 0x80) {
      const first = Math.max(from, 65);
      const last = Math.min(to, 90);
      if (first <= last) added.push({ from: first + 32, to: last + 32 });
    } else {
      for (const [upper, lower] of upperCaseLetters()) {
        if (upper >= from && upper <= to) added.push({ from: lower, to: lower });
      }
    }
  }
  return added.length === 0 ? set : charSet([...set, ...added]);
}

let letters: readonly (readonly [number, number])[] | undefined;

/** All characters that have a lower-case form of one character, with that form. Found once, when a pattern first needs it. */
function upperCaseLetters(): readonly (readonly [number, number])[] {
  if (letters === undefined) {
    const found: (readonly [number, number])[] = [];
    // The last letter with case stands below this.
    for (let upper = 0; upper < 0x1f000; upper++) {
      if (upper === 0xd800) upper = 0xe000;
      const text = String.fromCodePoint(upper);
      const lowered = foldCase(text);
      if (lowered === text) continue;
      const lower = lowered.codePointAt(0) as number;
      if (lowered.length === (lower > 0xffff ? 2 : 1)) found.push([upper, lower]);
    }
    letters = found;
  }
  return letters;
}
