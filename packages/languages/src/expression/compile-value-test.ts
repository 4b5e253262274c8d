import {
  foldCase,
  type IpKey,
  type IpRange,
  parseCidr,
  parseDateMath,
  parseIp,
  parseNumber,
  parseTimestamp,
  type Scalar,
} from "@tallyman/ecs";
import { compileRegex } from "../regex/regex.ts";
import { compareText } from "../values/compare-text.ts";
import { compareVersions } from "../values/version.ts";
import { compileWildcard, lowerPattern } from "../values/wildcard.ts";
import type { TypedBound, ValueTest } from "./checked-expression.ts";
import type { RangeOperator } from "./expression.ts";

/** A test of one value; the value has the type of the test's reading. */
export type ValuePredicate = (value: never, nowMs: number) => boolean;

/** From this many values on a set is quicker than looking at them in turn. */
const hashedFrom = 4;

/** Compiles the test of one value. */
export function compileValueTest(test: ValueTest): ValuePredicate {
  switch (test.kind) {
    case "text-in":
    case "number-in":
      return isOneOf<string | number>(test.values);
    case "text-matches":
      return compileWildcard(test.pattern);
    case "text-matches-regex":
      return compileRegex(test.regex);
    case "version-in-range":
      return isWithin(test.bounds, compareVersions);
    case "text-in-range":
    case "ip-in-range":
      return isWithin(test.bounds, compareText);
    case "number-in-range":
      return isWithin(test.bounds, (a: number, b) => a - b);
    case "boolean-is": {
      const { value } = test;
      return (candidate: boolean) => candidate === value;
    }
    case "date-in-range":
      return isWithinDates(test.bounds);
    case "ip-in": {
      return isInRanges(test.ranges);
    }
    case "has-tokens":
      return test.mode === "phrase" ? hasPhrase(test.tokens) : hasAnyToken(test.tokens);
    case "token-matches": {
      const matches = compileWildcard(test.pattern);
      return (tokens: readonly string[]) => tokens.some(matches);
    }
    case "token-in-range": {
      const within = isWithin(test.bounds, compareText);
      return (tokens: readonly string[], nowMs) => tokens.some((token) => within(token, nowMs));
    }
    case "untyped-equals":
      return equalsUntyped(test.text, test.ignoreCase);
    case "untyped-matches": {
      const matches = compileWildcard(test.ignoreCase ? lowerPattern(test.pattern) : test.pattern);
      const { ignoreCase } = test;
      return (value: Scalar) => matches(ignoreCase ? foldCase(String(value)) : String(value));
    }
    case "untyped-matches-regex": {
      const matches = compileRegex(test.regex);
      const { ignoreCase } = test.regex;
      return (value: Scalar) => matches(ignoreCase ? foldCase(String(value)) : String(value));
    }
    case "untyped-in-range":
      return isWithinUntyped(test.bounds);
  }
}

function isOneOf<T>(values: readonly T[]): (value: T) => boolean {
  if (values.length >= hashedFrom) {
    const set = new Set(values);
    return (value) => set.has(value);
  }
  const [first] = values;
  if (values.length === 1) return (value) => value === first;
  return (value) => values.includes(value);
}

function isInRanges(ranges: readonly IpRange[]): (ip: IpKey) => boolean {
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) return (ip) => ip >= only.low && ip <= only.high;
  const sorted = disjoint(ranges);
  return (ip) => {
    // The last range that begins at the address or before it.
    let from = 0;
    let to = sorted.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((sorted[middle] as IpRange).low <= ip) from = middle + 1;
      else to = middle;
    }
    const range = sorted[from - 1];
    return range !== undefined && ip <= range.high;
  };
}

/** The same addresses in ranges that do not overlap, in order. */
function disjoint(ranges: readonly IpRange[]): readonly IpRange[] {
  const sorted = ranges.toSorted((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  const merged: IpRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.low > last.high) merged.push(range);
    else if (range.high > last.high) merged[merged.length - 1] = { low: last.low, high: range.high };
  }
  return merged;
}

/** Whether an order of a value against a bound, as a comparison's sign, is what the operator asks. */
const fulfils: { readonly [O in RangeOperator]: (order: number) => boolean } = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function isWithin<T>(
  bounds: readonly TypedBound<T>[],
  compare: (a: T, b: T) => number,
): (value: T, nowMs: number) => boolean {
  const tests = bounds.map(({ operator, value }) => ({ fulfilled: fulfils[operator], bound: value }));
  return (value) => tests.every(({ fulfilled, bound }) => fulfilled(compare(value, bound)));
}

function isWithinDates(bounds: Extract<ValueTest, { kind: "date-in-range" }>["bounds"]): ValuePredicate {
  // A bound that covers a stretch of time includes or excludes all of it: `> 2024-05-01` begins on the second of May.
  const tests = bounds.map(({ operator, value }) => {
    const edge = operator === ">" || operator === "<=" ? ("end" as const) : ("start" as const);
    const fixed = value.isRelative ? undefined : value.resolve(0, edge);
    return { fulfilled: fulfils[operator], at: (nowMs: number) => fixed ?? value.resolve(nowMs, edge) };
  });
  return (ms: number, nowMs: number) => tests.every(({ fulfilled, at }) => fulfilled(ms - at(nowMs)));
}

function hasAnyToken(wanted: readonly string[]): ValuePredicate {
  const isWanted = isOneOf(wanted);
  return (tokens: readonly string[]) => tokens.some(isWanted);
}

/**
 * Looks for the wanted tokens in a row, by Knuth, Morris and Pratt's method: a text of one repeated word must not cost its
 * length times that of the phrase.
 */
function hasPhrase(wanted: readonly string[]): ValuePredicate {
  const [first] = wanted;
  if (wanted.length === 1) return (tokens: readonly string[]) => tokens.includes(first as string);
  const fallback = fallbacks(wanted);
  return (tokens: readonly string[]) => {
    let matched = 0;
    for (const token of tokens) {
      while (matched > 0 && token !== wanted[matched]) matched = fallback[matched - 1] as number;
      if (token === wanted[matched]) matched += 1;
      if (matched === wanted.length) return true;
    }
    return false;
  };
}

/** For each prefix, the length of the longest shorter one that also ends it. */
function fallbacks(wanted: readonly string[]): readonly number[] {
  const lengths = [0];
  for (let i = 1, length = 0; i < wanted.length; i++) {
    while (length > 0 && wanted[i] !== wanted[length]) length = lengths[length - 1] as number;
    if (wanted[i] === wanted[length]) length += 1;
    lengths.push(length);
  }
  return lengths;
}

/**
 * Equality where no mapping says what the field is: numbers compare as numbers, true and false by name, and text by text, except
 * that a block in CIDR notation also holds the addresses in it.
 */
function equalsUntyped(text: string, ignoreCase: boolean): ValuePredicate {
  const number = parseNumber(text);
  const block = parseCidr(text);
  const lowered = foldCase(text);
  return (value: Scalar) => {
    if (typeof value === "number") return value === number;
    if (typeof value === "boolean") return String(value) === text;
    if (value === text || (ignoreCase && foldCase(value) === lowered)) return true;
    if (block === undefined) return false;
    const ip = parseIp(value);
    return ip !== undefined && ip >= block.low && ip <= block.high;
  };
}

/**
 * A range where no mapping says what the field is: the bound decides. A number bounds numbers and text that spells one, a date
 * bounds text that is a date, and any other text bounds text.
 */
function isWithinUntyped(bounds: readonly TypedBound<string>[]): ValuePredicate {
  const tests = bounds.map((bound) => {
    const number = parseNumber(bound.value);
    const date = number === undefined ? parseDateMath(bound.value) : undefined;
    const inDates = date && isWithinDates([{ operator: bound.operator, value: date }]);
    const fulfilled = fulfils[bound.operator];
    return (value: Scalar, nowMs: number): boolean => {
      if (number !== undefined) {
        const candidate = typeof value === "number" ? value : parseNumber(String(value));
        return candidate !== undefined && fulfilled(candidate - number);
      }
      const ms = inDates !== undefined && typeof value !== "boolean" ? parseTimestamp(value)?.ms : undefined;
      if (inDates !== undefined && ms !== undefined) return inDates(ms as never, nowMs);
      return typeof value === "string" && fulfilled(compareText(value, bound.value));
    };
  });
  return (value: Scalar, nowMs: number) => tests.every((test) => test(value, nowMs));
}
