import type { Span } from "../diagnostics/span.ts";
import type { Regex } from "../regex/regex.ts";
import type { WildcardPattern } from "../values/wildcard.ts";
import type { FieldReference } from "./field-reference.ts";
import type { ScalarExpression } from "./scalar.ts";

/**
 * What every query language means: a condition on one event. Languages lower to it, and everything else consumes it. Values are
 * still as their author wrote them; `check` gives them the types of their fields.
 */
export type Expression =
  /** Null is neither true nor false: it selects no event, and neither does its negation. */
  | { readonly kind: "constant"; readonly value: boolean | null }
  | { readonly kind: "and"; readonly operands: readonly Expression[] }
  | { readonly kind: "or"; readonly operands: readonly Expression[] }
  | { readonly kind: "not"; readonly operand: Expression }
  | Nested
  | Leaf
  | Script;

/** True when one and the same object at the path fulfils the operand, whose fields are named in full. */
export interface Nested {
  readonly kind: "nested";
  readonly path: string;
  readonly operand: Expression;
  readonly span: Span;
}

/** A condition on the values of one field; it holds when any value of the field fulfils it. */
export type Leaf = Exists | Equals | Matches | MatchesRegex | InBlocks | InRange;

export interface Exists {
  readonly kind: "exists";
  readonly field: FieldReference;
  readonly span: Span;
}

/** Equality as the field's type has it: addresses inside a block, dates inside a day, tokens of analysed text. */
export interface Equals {
  readonly kind: "equals";
  readonly field: FieldReference;
  readonly value: Literal;
  /** How analysed text is compared: all tokens in this order, or any one of them. */
  readonly tokens: "phrase" | "any";
  readonly ignoreCase: boolean;
  readonly span: Span;
}

export interface Matches {
  readonly kind: "matches";
  readonly field: FieldReference;
  readonly pattern: WildcardPattern;
  /**
   * Where white space parts the pattern into several of which one must match, as it does for Elasticsearch's `query_string`
   * on every type but `keyword`.
   */
  readonly splitsOnSpace: boolean;
  readonly ignoreCase: boolean;
  readonly span: Span;
}

/** The whole of a text matches a regular expression. */
export interface MatchesRegex {
  readonly kind: "matches-regex";
  readonly field: FieldReference;
  /** Made for text in lower case when case is to be ignored. */
  readonly regex: Regex;
  readonly span: Span;
}

/** An address lies in one of the blocks, which are in CIDR notation or single addresses. */
export interface InBlocks {
  readonly kind: "in-blocks";
  readonly field: FieldReference;
  readonly blocks: readonly string[];
  readonly span: Span;
}

export interface InRange {
  readonly kind: "range";
  readonly field: FieldReference;
  readonly bounds: readonly Bound[];
  /** True where text that spells a number is to be compared as one. */
  readonly asNumbers?: boolean;
  readonly span: Span;
}

export interface Bound {
  readonly operator: RangeOperator;
  readonly value: Literal;
  readonly span: Span;
}

export type RangeOperator = "<" | "<=" | ">" | ">=";

/**
 * A condition on values computed from fields. It holds when it holds for any combination of the fields' values; a field without a
 * value counts as null, and null fulfils nothing.
 */
export interface Script {
  readonly kind: "script";
  readonly condition: ScalarExpression;
  readonly span: Span;
}

export type Literal = string | number | boolean | null;
