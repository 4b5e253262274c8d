import type { Span } from "../diagnostics/span.ts";
import type { WildcardPattern } from "../values/wildcard.ts";

/** A field by name, or all fields whose names match a pattern. */
export type FieldReference =
  | NamedField
  | { readonly kind: "fields"; readonly pattern: WildcardPattern; readonly span: Span };

export interface NamedField {
  readonly kind: "field";
  readonly path: string;
  /** True where the author allows that nothing knows the field; in an event without it, conditions on it are then null. */
  readonly isOptional?: boolean;
  /** Whose field it is, where it is not one of the event at hand. The path begins there; of an element it may be empty: the element itself. */
  readonly of?: FieldOwner;
  readonly span: Span;
}

/** What beside the event at hand has fields: an element of an array that a condition runs through, or the event of an earlier stage. */
export type FieldOwner =
  /** `id` is unique among the arrays of a query, `name` what the query calls the element. */
  | { readonly kind: "element"; readonly id: number; readonly name: string }
  | { readonly kind: "stage"; readonly name: string };
