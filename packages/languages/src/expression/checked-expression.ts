import type { DateMath, IpRange } from "@tallyman/ecs";
import type { Regex } from "../regex/regex.ts";
import type { WildcardPattern } from "../values/wildcard.ts";
import type { CheckedScalar } from "./checked-scalar.ts";
import type { Leaf, RangeOperator, Relation } from "./expression.ts";
import type { FieldOwner } from "./field-reference.ts";

/** An expression whose fields are known and whose values have their types: what programs are compiled from. */
export type CheckedExpression =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "and"; readonly operands: readonly CheckedExpression[] }
  | { readonly kind: "or"; readonly operands: readonly CheckedExpression[] }
  | { readonly kind: "not"; readonly operand: CheckedExpression }
  | { readonly kind: "nested"; readonly path: string; readonly operand: CheckedExpression }
  | { readonly kind: "any-element"; readonly elements: CheckedElements }
  | CheckedRelation
  | { readonly kind: "exists"; readonly path: string; readonly of?: FieldOwner | undefined }
  | CheckedScript
  | CheckedAnyField
  | CheckedTest;

/** Those elements of an array that fulfil a condition. */
export interface CheckedElements {
  /** Where the array stands. */
  readonly path: string;
  /** Whose field it is, undefined for the event. */
  readonly of: FieldOwner | undefined;
  /** The element, which is the owner of its fields in the condition. */
  readonly element: Extract<FieldOwner, { kind: "element" }>;
  readonly condition: CheckedExpression;
}

/** True when a process to which that of the event stands in the relation has had an event that fulfils the filter. */
export interface CheckedRelation {
  readonly kind: "related";
  /** Tells the relations of one query apart: the same id is the same relation and filter. */
  readonly id: number;
  readonly relation: Relation;
  readonly filter: CheckedExpression;
}

/** True when a field whose name matches passes, each by its own type. */
export interface CheckedAnyField {
  readonly kind: "any-field";
  readonly pattern: WildcardPattern;
  /** What is asked of each, as the query says it. */
  readonly leaf: Leaf;
  /** What that means for a name. */
  readonly test: NamedFieldTest;
}

/** A condition on computed values; true when it is true for any combination of the inputs' values. */
export interface CheckedScript {
  readonly kind: "script";
  /** One for each time that the condition names a field, or asks for something else of the event. */
  readonly inputs: readonly ScriptInput[];
  readonly condition: CheckedScalar;
}

/** Where a computed condition gets a value from. */
export type ScriptInput =
  | ScriptField
  /** How many elements fulfil their condition. */
  | { readonly kind: "count"; readonly elements: CheckedElements }
  | { readonly kind: "condition"; readonly condition: CheckedExpression };

export interface ScriptField {
  readonly kind: "field";
  /** Where the values stand in the event, or in their owner. */
  readonly path: string;
  readonly of: FieldOwner | undefined;
  readonly reading: "keyword" | "caseless" | "number" | "boolean" | "date" | "ip" | "scalar";
}

/** A test on the values of one field under one reading; it holds when any value passes. */
export interface CheckedTest {
  readonly kind: "test";
  /** Where the values stand in the event, or in their owner. */
  readonly path: string;
  /** Whose field it is, undefined for the event. */
  readonly of?: FieldOwner | undefined;
  readonly test: ValueTest;
}

/**
 * What a field of a name that is only known at run time must fulfil. The event's own names are asked one by one, so the test
 * is made per name: from the catalogue's type, or for an unknown field from the value.
 */
export type NamedFieldTest = (path: string) => NamedFieldCheck;

/** What to do about one field name: nothing, accept that it exists, or test its values. */
export type NamedFieldCheck =
  | { readonly kind: "never" }
  | { readonly kind: "exists" }
  | { readonly kind: "tests"; readonly tests: readonly CheckedTest[] };

/** A condition on one value, with the reading under which the value is taken. */
export type ValueTest =
  | { readonly kind: "text-in"; readonly reading: "keyword" | "caseless"; readonly values: readonly string[] }
  | {
      readonly kind: "text-matches";
      readonly reading: "keyword" | "caseless";
      readonly pattern: WildcardPattern;
    }
  | {
      readonly kind: "text-matches-regex";
      readonly reading: "keyword" | "caseless";
      readonly regex: Regex;
    }
  | {
      readonly kind: "text-in-range";
      readonly reading: "keyword" | "caseless";
      readonly bounds: readonly TypedBound<string>[];
    }
  | {
      readonly kind: "version-in-range";
      readonly reading: "keyword";
      readonly bounds: readonly TypedBound<string>[];
    }
  | { readonly kind: "number-in"; readonly reading: "number"; readonly values: readonly number[] }
  | {
      readonly kind: "number-in-range";
      readonly reading: "number";
      readonly bounds: readonly TypedBound<number>[];
    }
  | { readonly kind: "boolean-is"; readonly reading: "boolean"; readonly value: boolean }
  | {
      readonly kind: "date-in-range";
      readonly reading: "date";
      readonly bounds: readonly TypedBound<DateMath>[];
    }
  | { readonly kind: "ip-in"; readonly reading: "ip"; readonly ranges: readonly IpRange[] }
  | { readonly kind: "ip-in-range"; readonly reading: "ip"; readonly bounds: readonly TypedBound<string>[] }
  | {
      readonly kind: "has-tokens";
      readonly reading: "tokens" | "powershellTokens";
      readonly tokens: readonly string[];
      readonly mode: "phrase" | "any";
      /** How far the tokens of a phrase may be from where it has them; 0 where absent. */
      readonly slop?: number;
    }
  | {
      readonly kind: "token-matches";
      readonly reading: "tokens" | "powershellTokens";
      readonly pattern: WildcardPattern;
    }
  | {
      readonly kind: "token-matches-regex";
      readonly reading: "tokens" | "powershellTokens";
      readonly regex: Regex;
    }
  | {
      readonly kind: "token-in-range";
      readonly reading: "tokens" | "powershellTokens";
      readonly bounds: readonly TypedBound<string>[];
    }
  | {
      readonly kind: "untyped-equals";
      readonly reading: "scalar";
      readonly text: string;
      readonly ignoreCase: boolean;
    }
  | {
      readonly kind: "untyped-matches";
      readonly reading: "scalar";
      readonly pattern: WildcardPattern;
      readonly ignoreCase: boolean;
    }
  | { readonly kind: "untyped-matches-regex"; readonly reading: "scalar"; readonly regex: Regex }
  | {
      readonly kind: "untyped-in-range";
      readonly reading: "scalar";
      readonly bounds: readonly TypedBound<string>[];
    };

export interface TypedBound<T> {
  readonly operator: RangeOperator;
  readonly value: T;
}
