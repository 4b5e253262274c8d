import type { Span } from "../diagnostics/span.ts";
import type { Regex } from "../regex/regex.ts";
import type { WildcardPattern } from "../values/wildcard.ts";
import type { FieldOwner, FieldReference, NamedField } from "./field-reference.ts";
import type { ScalarFunction, ScalarValue } from "./scalar-function.ts";

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
  | AnyElement
  | Related
  | Leaf
  | Script;

/** True when one and the same object at the path fulfils the operand, whose fields are named in full. */
export interface Nested {
  readonly kind: "nested";
  readonly path: string;
  readonly operand: Expression;
  readonly span: Span;
}

/**
 * True when an element of an array fulfils a condition. The condition sees the element, whose fields are marked as its own, and the event
 * around it.
 */
export interface AnyElement {
  readonly kind: "any-element";
  readonly elements: Elements;
  readonly span: Span;
}

/** Those elements of an array that fulfil a condition. */
export interface Elements {
  readonly array: NamedField;
  readonly element: Extract<FieldOwner, { kind: "element" }>;
  readonly condition: Expression;
}

/** True when a process to which that of the event stands in a relation has had an event that fulfils the filter. */
export interface Related {
  readonly kind: "related";
  readonly relation: Relation;
  readonly filter: Expression;
  readonly span: Span;
}

/**
 * Which process it is that must have had the event: that of the event at hand itself (`event of`), its parent (`child of`), or any of its
 * ancestors (`descendant of`).
 */
export type Relation = "event" | "child" | "descendant";

/** A condition on the values of one field; it holds when any value of the field fulfils it. */
export type Leaf = Exists | Equals | Matches | MatchesRegex | Similar | InBlocks | InRange;

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
  /** How far the tokens of a phrase may be from where it has them, in places; 0 where absent. */
  readonly slop?: number;
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

/** A text, or a token of analysed text, becomes the given one by at most so many edits: a character more, less or another, or two neighbours swapped. */
export interface Similar {
  readonly kind: "similar";
  readonly field: FieldReference;
  readonly text: string;
  readonly edits: number;
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

/**
 * A value computed from the fields of one event. Null in makes null out, except where the parts say otherwise: `is-null`, `and` and
 * `or` (false and anything is false, true or anything is true), and functions with parameters that take null.
 */
export type ScalarExpression =
  | {
      readonly kind: "literal";
      readonly value: ScalarValue;
      /** True for a number that is fractional even if its value is whole. */
      readonly isFractional: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "field";
      readonly field: NamedField;
      readonly span: Span;
    }
  | {
      readonly kind: "call";
      readonly definition: ScalarFunction;
      readonly ignoreCase: boolean;
      readonly arguments: readonly ScalarExpression[];
      readonly span: Span;
    }
  | {
      readonly kind: "compare";
      readonly operator: ComparisonOperator;
      readonly ignoreCase: boolean;
      readonly left: ScalarExpression;
      readonly right: ScalarExpression;
      readonly span: Span;
    }
  | {
      readonly kind: "one-of";
      readonly operand: ScalarExpression;
      readonly values: readonly ScalarExpression[];
      readonly ignoreCase: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "matches";
      readonly operand: ScalarExpression;
      readonly pattern: WildcardPattern;
      readonly ignoreCase: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "matches-regex";
      readonly operand: ScalarExpression;
      readonly regex: Regex;
      readonly span: Span;
    }
  | { readonly kind: "is-null"; readonly operand: ScalarExpression; readonly span: Span }
  /** How many elements of an array fulfil a condition; 0 where there is no array. */
  | { readonly kind: "count"; readonly elements: Elements; readonly span: Span }
  /** Whether the event fulfils a condition; never null. */
  | { readonly kind: "condition"; readonly condition: Expression; readonly span: Span }
  | { readonly kind: "and"; readonly operands: readonly ScalarExpression[]; readonly span: Span }
  | { readonly kind: "or"; readonly operands: readonly ScalarExpression[]; readonly span: Span }
  | { readonly kind: "not"; readonly operand: ScalarExpression; readonly span: Span };

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

export type Literal = string | number | boolean | null;
