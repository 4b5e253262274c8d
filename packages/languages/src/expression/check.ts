import {
  type DateMath,
  type Field,
  type FieldCatalogue,
  isAnalysed,
  parseCidr,
  parseDateMath,
  parseIp,
  parseNumber,
  tokenize,
  tokenReading,
} from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { Span } from "../diagnostics/span.ts";
import {
  compileWildcard,
  isLiteral,
  lowerPattern,
  printPattern,
  type WildcardPattern,
} from "../values/wildcard.ts";
import type {
  CheckedExpression,
  CheckedTest,
  NamedFieldCheck,
  NamedFieldTest,
  TypedBound,
  ValueTest,
} from "./checked-expression.ts";
import type { Equals, Expression, InRange, Leaf, Literal, Matches } from "./expression.ts";

/** Reported diagnostics of one query end here: a hostile query does not fill the screen. */
const diagnosticsMax = 100;

export interface Checked {
  readonly expression: CheckedExpression;
  /** In the order of the query; at most 100. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Gives every field its type and every value the form that the type compares. Reports `unknown-field`, `type-mismatch`,
 * `pattern-on-type`, `nested-field` and `bad-range`. A condition that its field's type can never fulfil becomes false, as it
 * would match nothing on a cluster; only a range bound of the wrong type is an error there and here.
 */
export function check(expression: Expression, catalogue: FieldCatalogue): Checked {
  const diagnostics: Diagnostic[] = [];
  const report = (found: Diagnostic): void => {
    if (diagnostics.length < diagnosticsMax) diagnostics.push(found);
  };
  return {
    expression: checkExpression(expression, { catalogue, report, nestedPath: undefined }),
    diagnostics,
  };
}

interface Scope {
  readonly catalogue: FieldCatalogue;
  readonly report: (found: Diagnostic) => void;
  /** The path of the nested condition around, if there is one. */
  readonly nestedPath: string | undefined;
}

const never: CheckedExpression = { kind: "constant", value: false };

function checkExpression(expression: Expression, scope: Scope): CheckedExpression {
  switch (expression.kind) {
    case "constant":
      return expression;
    case "and":
    case "or":
      return {
        kind: expression.kind,
        operands: expression.operands.map((operand) => checkExpression(operand, scope)),
      };
    case "not":
      return { kind: "not", operand: checkExpression(expression.operand, scope) };
    case "nested": {
      const operand = checkExpression(expression.operand, { ...scope, nestedPath: expression.path });
      return { kind: "nested", path: below(expression.path, scope.nestedPath), operand };
    }
    case "exists":
    case "equals":
    case "matches":
    case "range":
      return checkLeaf(expression, scope);
  }
}

function checkLeaf(leaf: Leaf, scope: Scope): CheckedExpression {
  if (leaf.field.kind === "fields") {
    const { pattern } = leaf.field;
    return { kind: "any-field", pattern, test: namedFieldTest(leaf, pattern, scope) };
  }
  const { path, span } = leaf.field;
  const field = scope.catalogue.find(path);
  const nestedPath = field === undefined ? nestedAncestor(path, scope.catalogue) : field.nestedPath;
  if (nestedPath !== undefined && !isWithin(scope.nestedPath, nestedPath)) {
    const hint = `write ${nestedPath}:{ … } with the rest of the name inside`;
    const message = `'${path}' is mapped as nested below '${nestedPath}': Elastic finds nothing in it from outside`;
    scope.report(diagnostic("nested-field", span, message, hint));
    return never;
  }
  if (field === undefined) reportUnknownField(path, span, scope);
  if (leaf.kind === "exists")
    return { kind: "exists", path: below(field?.valuePath ?? path, scope.nestedPath) };
  const tests = field === undefined ? untypedTests(leaf) : typedTests(leaf, field, scope.report);
  const valuePath = below(field?.valuePath ?? path, scope.nestedPath);
  const operands = tests.map((test): CheckedTest => ({ kind: "test", path: valuePath, test }));
  return operands.length === 1 ? (operands[0] as CheckedTest) : { kind: "or", operands };
}

function reportUnknownField(path: string, span: Span, scope: Scope): void {
  const message = `'${path}' is in no field catalogue; its type is taken from the values of each event`;
  scope.report(diagnostic("unknown-field", span, message, didYouMean(path, scope.catalogue.names())));
}

/** The nearest nested field above a name that is itself unknown. */
function nestedAncestor(path: string, catalogue: FieldCatalogue): string | undefined {
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const above = path.slice(0, dot);
    if (catalogue.find(above)?.type === "nested") return above;
  }
  return undefined;
}

/** A name as the nested object sees it; names outside of the object's path cannot be reached and stay as they are. */
function below(path: string, nestedPath: string | undefined): string {
  return nestedPath !== undefined && path.startsWith(`${nestedPath}.`)
    ? path.slice(nestedPath.length + 1)
    : path;
}

function isWithin(inner: string | undefined, outer: string): boolean {
  return inner !== undefined && (inner === outer || inner.startsWith(`${outer}.`));
}

/**
 * Names are only known at run time, so the test of each is made when it is first met. A field's multi-fields count as names of
 * their own, so that a word is found in analysed text. Mismatches are silent, as they are for Elasticsearch when it expands a
 * name over fields of several types.
 */
function namedFieldTest(leaf: Leaf, pattern: WildcardPattern, scope: Scope): NamedFieldTest {
  const { catalogue, nestedPath } = scope;
  const selects = compileWildcard(pattern);
  const silent = (): void => undefined;
  return (name): NamedFieldCheck => {
    const path = nestedPath === undefined ? name : `${nestedPath}.${name}`;
    const names = [path, ...catalogue.multiFields(path).map((part) => `${path}.${part}`)].filter(selects);
    if (names.length === 0) return { kind: "never" };
    if (leaf.kind === "exists") return { kind: "exists" };
    const tests = names.flatMap((each) => {
      const field = catalogue.find(each);
      return field === undefined ? untypedTests(leaf) : typedTests(leaf, field, silent);
    });
    return { kind: "tests", tests: tests.map((test) => ({ kind: "test", path: name, test })) };
  };
}

type ValueLeaf = Exclude<Leaf, { kind: "exists" }>;

/** The tests of which one must pass, for a field whose type is unknown. */
function untypedTests(leaf: ValueLeaf): readonly ValueTest[] {
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
    case "range":
      return [{ kind: "untyped-in-range", reading: "scalar", bounds: typedBounds(leaf, String) }];
  }
}

/** The tests of which one must pass, for a field of a known type; none when no value can. */
function typedTests(
  leaf: ValueLeaf,
  field: Field,
  report: (found: Diagnostic) => void,
): readonly ValueTest[] {
  switch (leaf.kind) {
    case "equals":
      return equalsTests(leaf, field, report);
    case "matches":
      return matchesTests(leaf, field, report);
    case "range":
      return rangeTests(leaf, field, report);
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
          values: [caseless ? text.toLowerCase() : text],
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
      return range === undefined ? mismatch("an IP address") : [{ kind: "ip-in", reading: "ip", range }];
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

function matchesTests(
  leaf: Matches,
  field: Field,
  report: (found: Diagnostic) => void,
): readonly ValueTest[] {
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
      const hint = field.type === "ip" ? "write a block such as 10.0.0.0/8" : undefined;
      report(diagnostic("pattern-on-type", leaf.span, message, hint));
      return [];
    }
  }
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
  ): readonly TypedBound<T>[] | undefined => {
    const bounds: TypedBound<T>[] = [];
    for (const { operator, value, span } of leaf.bounds) {
      const typed = read(value);
      if (typed === undefined) {
        const message = `${quote(value)} is no bound for '${field.path}', which is ${expected}`;
        report(diagnostic("bad-range", span, message));
        return undefined;
      }
      bounds.push({ operator, value: typed });
    }
    return bounds;
  };
  if (isAnalysed(field.type)) {
    const bounds = typedBounds(leaf, (value) => String(value).toLowerCase());
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
      const bounds = all((value) => parseDateMath(String(value)), "a date");
      return bounds === undefined ? [] : [{ kind: "date-in-range", reading: "date", bounds }];
    }
    case "ip": {
      const bounds = all((value) => parseIp(String(value)), "an IP address");
      return bounds === undefined ? [] : [{ kind: "ip-in-range", reading: "ip", bounds }];
    }
    case "object":
    case "nested":
    case "boolean": {
      all(() => undefined, field.type === "boolean" ? "true or false" : "an object");
      return [];
    }
    default: {
      const reading = field.lowercase ? "caseless" : "keyword";
      const bounds = typedBounds(leaf, (value) =>
        field.lowercase ? String(value).toLowerCase() : String(value),
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
