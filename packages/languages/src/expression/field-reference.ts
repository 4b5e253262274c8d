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
  readonly span: Span;
}
