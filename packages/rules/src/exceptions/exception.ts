import type {
  ExceptionEntry,
  ExceptionText,
  LocatedDiagnostic,
  SourceText,
  Span,
  ValueList,
} from "@tallyman/languages";

/** An exception: a rule that it applies to does not see the events that fulfil all its entries. */
export interface ExceptionItem {
  readonly name: string;
  readonly description: string | undefined;
  /** The list that it stands in; undefined for one that names its rules itself. */
  readonly listId: string | undefined;
  /** Kibana's `namespace_type`: lists of one id in a space (`single`) and in all spaces (`agnostic`) are two. Undefined where nothing says. */
  readonly namespace: string | undefined;
  /** Ids or names of rules, or `*` for all; empty when only its list says. */
  readonly rules: readonly ExceptionText[];
  /** Systems that it is limited to, none for all. */
  readonly osTypes: readonly ExceptionText[];
  /** After this moment it is not applied, in epoch milliseconds. */
  readonly expireMs: number | undefined;
  /** At least one. */
  readonly entries: readonly ExceptionEntry[];
  readonly source: SourceText;
  /** Where its name stands. */
  readonly span: Span;
}

/** A list that rules may share: a rule refers to it by `exceptions_list`, or the list names its rules. */
export interface ExceptionList {
  readonly listId: string;
  /** As that of an exception. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** Ids or names of rules, or `*` for all. */
  readonly rules: readonly ExceptionText[];
  readonly source: SourceText;
  /** Where its id stands. */
  readonly span: Span;
}

/** What came of reading files of exceptions: what is whole, in file order, and everything that was wrong. */
export interface LoadedExceptions {
  readonly lists: readonly ExceptionList[];
  readonly items: readonly ExceptionItem[];
  readonly valueLists: ReadonlyMap<string, ValueList>;
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/** Nothing was given. */
export const noExceptions: LoadedExceptions = {
  lists: [],
  items: [],
  valueLists: new Map(),
  diagnostics: [],
};

/** The id under which Kibana keeps the exceptions of Elastic Defend, which rules over its alerts share. */
export const endpointListId = "endpoint_list";
