import type { Span } from "../diagnostics/span.ts";
import type { Regex } from "../regex/regex.ts";
import type { WildcardPattern } from "../values/wildcard.ts";

/** A query as it was written. A boost is the number behind `^`, which means nothing here but parts words. */
export type LuceneQuery =
  /** The empty query. */
  | { readonly kind: "match-all"; readonly span: Span }
  /** Several clauses in a row, or one with a modifier. */
  | { readonly kind: "clauses"; readonly clauses: readonly LuceneClause[]; readonly span: Span }
  /** `(query)` or `field:(query)` */
  | {
      readonly kind: "group";
      readonly field: LuceneField | undefined;
      readonly query: LuceneQuery;
      readonly boost: string | undefined;
      readonly span: Span;
    }
  /** `value` or `field:value` */
  | {
      readonly kind: "value";
      readonly field: LuceneField | undefined;
      readonly value: LuceneValue;
      readonly boost: string | undefined;
      readonly span: Span;
    };

/**
 * A clause with what stands before it. `AND` makes this clause and the one before it required, unless that is prohibited; `OR` says nothing,
 * since it is what clauses are joined by anyway. There is no precedence.
 */
export interface LuceneClause {
  readonly conjunction: "AND" | "OR" | undefined;
  readonly modifier: "+" | "-" | "NOT" | undefined;
  readonly query: LuceneQuery;
}

/** The name of a field, escapes resolved; with stars it stands for several, and `*` for all. */
export interface LuceneField {
  readonly name: string;
  readonly span: Span;
}

export type LuceneValue =
  /** Words with only white space between them are one text. */
  | { readonly kind: "words"; readonly words: readonly string[]; readonly span: Span }
  /** A plus, minus or exclamation mark with white space behind it is a text like a word, but no part of a run of words. */
  | { readonly kind: "sign"; readonly text: string; readonly span: Span }
  /** `slop` is how far the words may be from where the phrase has them. */
  | { readonly kind: "phrase"; readonly text: string; readonly slop: number; readonly span: Span }
  /** `*` alone: any value. */
  | { readonly kind: "any"; readonly span: Span }
  | { readonly kind: "pattern"; readonly pattern: WildcardPattern; readonly span: Span }
  /** A text that few edits lead to. */
  | { readonly kind: "fuzzy"; readonly text: string; readonly edits: number; readonly span: Span }
  | { readonly kind: "regex"; readonly regex: Regex; readonly span: Span }
  | { readonly kind: "range"; readonly low: LuceneBound; readonly high: LuceneBound; readonly span: Span };

/** An end of a range; without a text it is open. */
export interface LuceneBound {
  readonly text: string | undefined;
  readonly isInclusive: boolean;
  readonly span: Span;
}
