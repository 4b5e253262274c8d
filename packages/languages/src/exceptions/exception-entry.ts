import type { Span } from "../diagnostics/span.ts";
import type { Literal } from "../expression/expression.ts";

/** A condition of an exception. All entries of an exception must hold; names are those of Kibana's exception lists. */
export type ExceptionEntry =
  | MatchEntry
  | MatchAnyEntry
  | ExistsEntry
  | WildcardEntry
  | ListEntry
  | NestedEntry;

interface EntryBase {
  readonly field: ExceptionText;
  /** The operator `excluded`: the condition is turned round. */
  readonly isExcluded: boolean;
  readonly span: Span;
}

/** The field equals a value. */
export interface MatchEntry extends EntryBase {
  readonly type: "match";
  readonly value: ExceptionValue;
  readonly ignoreCase: boolean;
}

/** The field equals one of several values. */
export interface MatchAnyEntry extends EntryBase {
  readonly type: "match_any";
  readonly values: readonly ExceptionValue[];
  readonly ignoreCase: boolean;
}

/** The field has a value. */
export interface ExistsEntry extends EntryBase {
  readonly type: "exists";
}

/** The field matches a pattern in which `*` and `?` are wildcards and a backslash takes what follows as it is. */
export interface WildcardEntry extends EntryBase {
  readonly type: "wildcard";
  readonly value: ExceptionText;
  readonly ignoreCase: boolean;
}

/** A value of the field stands in a value list. */
export interface ListEntry extends EntryBase {
  readonly type: "list";
  readonly list: ExceptionText;
}

/** One and the same object at the path fulfils all entries, whose fields are named from there. */
export interface NestedEntry extends EntryBase {
  readonly type: "nested";
  readonly entries: readonly ExceptionEntry[];
}

/** A value with its place. */
export interface ExceptionValue {
  readonly value: Exclude<Literal, null>;
  readonly span: Span;
}

/** A text with its place. */
export interface ExceptionText {
  readonly value: string;
  readonly span: Span;
}
