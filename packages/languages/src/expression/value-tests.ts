import {
  type DateMath,
  type Field,
  foldCase,
  isAnalysed,
  parseCidr,
  parseDateMath,
  parseIp,
  parseNumber,
  tokenize,
  tokenReading,
} from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { isLiteral, lowerPattern, printPattern, type WildcardPattern } from "../values/wildcard.ts";
import type { TypedBound, ValueTest } from "./checked-expression.ts";
import type { Equals, InBlocks, InRange, Leaf, Literal, Matches, MatchesRegex } from "./expression.ts";

/** The leaves that look at a field's values. */
export type ValueLeaf = Exclude<Leaf, { kind: "exists" }>;

/** How values are given types: what is reported where, and whether what fits no value of the field is an error. */
export interface TypingOptions {
  readonly report: (found: Diagnostic) => void;
  /** True where a pattern on a field that holds no text is an error rather than a warning. */
  readonly isStrict: boolean;
}

/** The tests of which one must pass, for a field whose type is unknown. */
export function untypedTests(leaf: ValueLeaf): readonly ValueTest[] {
  switch (leaf.kind) {
    case "equals":
      return leaf.value === null
        ? []
        : [
            {
              kind: "untyped-equals",
              reading: "scalar",
              text: String(leaf.value),
              ignoreCase: leaf.ignoreCase,
            },
          ];
    case "matches":
      return [
        { kind: "untyped-matches", reading: "scalar", pattern: leaf.pattern, ignoreCase: leaf.ignoreCase },
      ];
    case "matches-regex":
      return [{ kind: "untyped-matches-regex", reading: "scalar", regex: leaf.regex }];
    case "in-blocks":
      return blockTests(leaf, () => undefined);
    case "range":
      return [{ kind: "untyped-in-range", reading: "scalar", bounds: typedBounds(leaf, String) }];
  }
}

/** The tests of which one must pass, for a field of a known type; none when no value can. */
export function typedTests(leaf: ValueLeaf, field: Field, options: TypingOptions): readonly ValueTest[] {
  switch (leaf.kind) {
    case "equals":
      return equalsTests(leaf, field, options.report);
    case "matches":
      return matchesTests(leaf, field, options);
    case "matches-regex":
      return regexTests(leaf, field, options);
    case "in-blocks":
      return field.type === "ip"
        ? blockTests(leaf, options.report)
        : refuseBlocks(leaf, field, options.report);
    case "range":
      return rangeTests(leaf, field, options.report);
  }
}

function equalsTests(leaf: Equals, field: Field, report: (found: Diagnostic) => void): readonly ValueTest[] {
  const { value } = leaf;
  const mismatch = (expected: string): readonly ValueTest[] => {
    const message = `${quote(value)} can never equal a value of '${field.path}', which is ${expected}`;
    report(diagnostic("type-mismatch", leaf.span, message));
    return [];
  };
  if (value === null) return mismatch("never null: a field without a value does not exist");
  const text = String(value);
  switch (field.type) {
    case "keyword":
    case "constant_keyword":
    case "wildcard":
    case "flattened":
    case "version":
    case "binary":
    case "geo_point": {
      const caseless = field.lowercase || leaf.ignoreCase;
      return [
        {
          kind: "text-in",
          reading: caseless ? "caseless" : "keyword",
          values: [caseless ? foldCase(text) : text],
        },
      ];
    }
    case "text":
    case "match_only_text": {
      const tokens = tokenize(text, field.analyzer);
      if (tokens.length === 0) return mismatch("analysed text, and there is no word in it to look for");
      return [{ kind: "has-tokens", reading: tokenReading(field.analyzer), tokens, mode: leaf.tokens }];
    }
    case "ip": {
      const address = parseIp(text);
      const range = address === undefined ? parseCidr(text) : { low: address, high: address };
      return range === undefined
        ? mismatch("an IP address")
        : [{ kind: "ip-in", reading: "ip", ranges: [range] }];
    }
    case "long":
    case "double": {
      const number = typeof value === "number" ? value : parseNumber(text);
      if (number === undefined || (field.type === "long" && !Number.isInteger(number))) {
        return mismatch(field.type === "long" ? "a whole number" : "a number");
      }
      return [{ kind: "number-in", reading: "number", values: [number] }];
    }
    case "boolean":
      if (text !== "true" && text !== "false") return mismatch("true or false");
      return [{ kind: "boolean-is", reading: "boolean", value: text === "true" }];
    case "date": {
      const date = parseDateMath(text);
      if (date === undefined) return mismatch("a date");
      const bounds: readonly TypedBound<DateMath>[] = [
        { operator: ">=", value: date },
        { operator: "<=", value: date },
      ];
      return [{ kind: "date-in-range", reading: "date", bounds }];
    }
    case "object":
    case "nested":
      return mismatch("an object and has no value of its own");
  }
}

function matchesTests(leaf: Matches, field: Field, options: TypingOptions): readonly ValueTest[] {
  switch (field.type) {
    case "keyword":
    case "wildcard":
    case "constant_keyword":
    case "flattened":
    case "version": {
      const caseless = field.lowercase || leaf.ignoreCase;
      const whole = field.type === "keyword" || !leaf.splitsOnSpace;
      return (whole ? [leaf.pattern] : splitOnSpace(leaf.pattern)).map((pattern): ValueTest => {
        const reading = caseless ? "caseless" : "keyword";
        const cased = caseless ? lowerPattern(pattern) : pattern;
        const [literal] = cased.pieces[0] ?? [];
        return isLiteral(cased) && literal !== undefined
          ? { kind: "text-in", reading, values: [literal] }
          : { kind: "text-matches", reading, pattern: cased };
      });
    }
    case "text":
    case "match_only_text":
      return (leaf.splitsOnSpace ? splitOnSpace(leaf.pattern) : [leaf.pattern]).map(
        (pattern): ValueTest => ({
          kind: "token-matches",
          reading: tokenReading(field.analyzer),
          pattern: lowerPattern(pattern),
        }),
      );
    default: {
      const message = `'${field.path}' is of type ${field.type}, which takes no wildcards: ${printPattern(leaf.pattern)} matches nothing`;
      return refusePattern(leaf, field, message, options);
    }
  }
}

function regexTests(leaf: MatchesRegex, field: Field, options: TypingOptions): readonly ValueTest[] {
  const { regex } = leaf;
  switch (field.type) {
    case "keyword":
    case "wildcard":
    case "constant_keyword":
    case "flattened":
    case "version": {
      const reading = field.lowercase || regex.ignoreCase ? "caseless" : "keyword";
      return regex.literal === undefined
        ? [{ kind: "text-matches-regex", reading, regex }]
        : [{ kind: "text-in", reading, values: [regex.literal] }];
    }
    default: {
      const message = `'${field.path}' is of type ${field.type}, which takes no regular expressions`;
      return refusePattern(leaf, field, message, options);
    }
  }
}

function refusePattern(
  { span }: Matches | MatchesRegex,
  field: Field,
  message: string,
  { report, isStrict }: TypingOptions,
): readonly ValueTest[] {
  const hint =
    field.type !== "ip"
      ? undefined
      : isStrict
        ? `write cidrMatch(${field.path}, "10.0.0.0/8")`
        : "write a block such as 10.0.0.0/8";
  report(diagnostic(isStrict ? "argument-type" : "pattern-on-type", span, message, hint));
  return [];
}

function blockTests({ blocks, span }: InBlocks, report: (found: Diagnostic) => void): readonly ValueTest[] {
  return blocks.flatMap((block): readonly ValueTest[] => {
    const address = parseIp(block);
    const range = address === undefined ? parseCidr(block) : { low: address, high: address };
    if (range !== undefined) return [{ kind: "ip-in", reading: "ip", ranges: [range] }];
    report(diagnostic("argument-type", span, `'${block}' is no address and no block of addresses`));
    return [];
  });
}

function refuseBlocks(
  { span }: InBlocks,
  field: Field,
  report: (found: Diagnostic) => void,
): readonly ValueTest[] {
  const message = `'${field.path}' is of type ${field.type}, and only fields of type ip have addresses`;
  report(diagnostic("argument-type", span, message));
  return [];
}

/** The patterns that white space in the literal text sets apart. */
function splitOnSpace(pattern: WildcardPattern): readonly WildcardPattern[] {
  const patterns: WildcardPattern[] = [];
  let pieces: string[][] = [[""]];
  const end = (): void => {
    if (pieces.length > 1 || pieces[0]?.some((literal) => literal !== "")) patterns.push({ pieces });
    pieces = [[""]];
  };
  for (const [i, piece] of pattern.pieces.entries()) {
    if (i > 0) pieces.push([""]);
    for (const [j, literal] of piece.entries()) {
      if (j > 0) pieces.at(-1)?.push("");
      for (const [k, word] of literal.split(/\s+/).entries()) {
        if (k > 0) end();
        const last = pieces.at(-1) as string[];
        last[last.length - 1] += word;
      }
    }
  }
  end();
  return patterns;
}

function rangeTests(leaf: InRange, field: Field, report: (found: Diagnostic) => void): readonly ValueTest[] {
  const all = <T>(
    read: (value: Literal) => T | undefined,
    expected: string,
    hint?: string,
  ): readonly TypedBound<T>[] | undefined => {
    const bounds: TypedBound<T>[] = [];
    for (const { operator, value, span } of leaf.bounds) {
      const typed = read(value);
      if (typed === undefined) {
        const message = `${quote(value)} is no bound for '${field.path}', which is ${expected}`;
        report(diagnostic("bad-range", span, message, hint));
        return undefined;
      }
      bounds.push({ operator, value: typed });
    }
    return bounds;
  };
  if (isAnalysed(field.type)) {
    const bounds = typedBounds(leaf, (value) => foldCase(String(value)));
    return [{ kind: "token-in-range", reading: tokenReading(field.analyzer), bounds }];
  }
  switch (field.type) {
    case "long":
    case "double": {
      const bounds = all(
        (value) => (typeof value === "number" ? value : parseNumber(String(value))),
        "a number",
      );
      return bounds === undefined ? [] : [{ kind: "number-in-range", reading: "number", bounds }];
    }
    case "date": {
      const hint = "write a time such as 2024-05-01T12:00:00Z, or one from now such as now-1d";
      const bounds = all((value) => parseDateMath(String(value)), "a date", hint);
      return bounds === undefined ? [] : [{ kind: "date-in-range", reading: "date", bounds }];
    }
    case "ip": {
      const bounds = all((value) => parseIp(String(value)), "an IP address");
      if (bounds === undefined) return [];
      const [first, second] = bounds;
      // Of ranges with both ends a list may have thousands: in this form they are looked up and not tried.
      if (bounds.length === 2 && first?.operator === ">=" && second?.operator === "<=") {
        const [low, high] = [first.value, second.value];
        return low <= high ? [{ kind: "ip-in", reading: "ip", ranges: [{ low, high }] }] : [];
      }
      return [{ kind: "ip-in-range", reading: "ip", bounds }];
    }
    case "version":
      return [{ kind: "version-in-range", reading: "keyword", bounds: typedBounds(leaf, String) }];
    case "object":
    case "nested":
    case "boolean": {
      all(() => undefined, field.type === "boolean" ? "true or false" : "an object");
      return [];
    }
    default: {
      if (leaf.asNumbers === true) {
        const bounds = all((value) => parseNumber(String(value)), "compared as a number");
        return bounds === undefined ? [] : [{ kind: "number-in-range", reading: "number", bounds }];
      }
      const reading = field.lowercase ? "caseless" : "keyword";
      const bounds = typedBounds(leaf, (value) =>
        field.lowercase ? foldCase(String(value)) : String(value),
      );
      return [{ kind: "text-in-range", reading, bounds }];
    }
  }
}

function typedBounds<T>(leaf: InRange, read: (value: Literal) => T): readonly TypedBound<T>[] {
  return leaf.bounds.map(({ operator, value }) => ({ operator, value: read(value) }));
}

function quote(value: Literal): string {
  return typeof value === "string" ? `'${value}'` : String(value);
}
