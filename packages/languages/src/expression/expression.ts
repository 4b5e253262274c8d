import type { Span } from "../diagnostics/span.ts";
import type { WildcardPattern } from "../values/wildcard.ts";

/**
 * What every query language means: a condition on one event. Languages lower to it, and everything else consumes it. Values are
 * still as their author wrote them; `check` gives them the types of their fields.
 */
export type Expression =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "and"; readonly operands: readonly Expression[] }
  | { readonly kind: "or"; readonly operands: readonly Expression[] }
  | { readonly kind: "not"; readonly operand: Expression }
  | Nested
  | Leaf;

/** True when one and the same object at the path fulfils the operand, whose fields are named in full. */
export interface Nested {
  readonly kind: "nested";
  readonly path: string;
  readonly operand: Expression;
  readonly span: Span;
}

/** A condition on the values of one field; it holds when any value of the field fulfils it. */
export type Leaf = Exists | Equals | Matches | InRange;

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

export interface InRange {
  readonly kind: "range";
  readonly field: FieldReference;
  readonly bounds: readonly Bound[];
  readonly span: Span;
}

export interface Bound {
  readonly operator: RangeOperator;
  readonly value: Literal;
  readonly span: Span;
}

export type RangeOperator = "<" | "<=" | ">" | ">=";

export type Literal = string | number | boolean | null;

/** A field by name, or all fields whose names match a pattern. */
export type FieldReference =
  | { readonly kind: "field"; readonly path: string; readonly span: Span }
  | { readonly kind: "fields"; readonly pattern: WildcardPattern; readonly span: Span };
