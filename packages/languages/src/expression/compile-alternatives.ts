import { TextFinder } from "../values/text-finder.ts";
import { compileWildcard, type WildcardPattern } from "../values/wildcard.ts";
import type { ValueTest } from "./checked-expression.ts";
import { compileValueTest, type ValuePredicate } from "./compile-value-test.ts";

/** True when one of a field's values passes. */
type ValuesPredicate = (values: readonly unknown[], nowMs: number) => boolean;

/** From this many values and patterns on, trying each pattern on each value would take too long. */
const manyValues = 32;
const manyPatterns = 16;

/** Compiles tests of one field under one reading, of which one must pass. */
export function compileAlternatives(tests: readonly ValueTest[]): ValuesPredicate {
  const predicates = tests.map(compileValueTest);
  const few = anyOnSomeValue(predicates);
  const patterns = tests.flatMap((test) => (test.kind === "text-matches" ? [test.pattern] : []));
  if (patterns.length < manyPatterns) return few;
  const others = anyOnSomeValue(predicates.filter((_, i) => tests[i]?.kind !== "text-matches"));
  // Events with so many values in one field are rare, unless someone wants them to be.
  let finder: PatternFinder | undefined;
  return (values, nowMs) => {
    if (values.length < manyValues) return few(values, nowMs);
    finder ??= new PatternFinder(patterns);
    return others(values, nowMs) || finder.matchesAny(values as readonly string[]);
  };
}

function anyOnSomeValue(predicates: readonly ValuePredicate[]): ValuesPredicate {
  return (values, nowMs) => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as never;
      for (let k = 0; k < predicates.length; k++)
        if ((predicates[k] as ValuePredicate)(value, nowMs)) return true;
    }
    return false;
  };
}

/** Of the longest text that a pattern asks for so much of the end is looked for: a longer one would cost memory and hardly say more. */
const soughtLengthMax = 6;

/** Tries patterns only on values that hold a text which the pattern asks for, found for all patterns in one pass. */
class PatternFinder {
  readonly #finder: TextFinder;
  /** For each text that is looked for the patterns that ask for it. */
  readonly #asking: readonly ((text: string) => boolean)[][];
  /** Those that ask for none. */
  readonly #always: readonly ((text: string) => boolean)[];

  constructor(patterns: readonly WildcardPattern[]) {
    const asking = new Map<string, ((text: string) => boolean)[]>();
    for (const pattern of patterns) {
      const text = longestLiteral(pattern).slice(-soughtLengthMax);
      const known = asking.get(text);
      if (known === undefined) asking.set(text, [compileWildcard(pattern)]);
      else known.push(compileWildcard(pattern));
    }
    this.#always = asking.get("") ?? [];
    asking.delete("");
    this.#finder = new TextFinder([...asking.keys()]);
    this.#asking = [...asking.values()];
  }

  matchesAny(values: readonly string[]): boolean {
    return values.some((value) => this.#always.some((matches) => matches(value)) || this.#findsAny(value));
  }

  #findsAny(value: string): boolean {
    const { occurring } = this.#finder;
    const count = this.#finder.find(value);
    for (let k = 0; k < count; k++) {
      for (const matches of this.#asking[occurring[k] as number] ?? []) if (matches(value)) return true;
    }
    return false;
  }
}

function longestLiteral({ pieces }: WildcardPattern): string {
  return pieces.flat().reduce((a, b) => (b.length > a.length ? b : a), "");
}
