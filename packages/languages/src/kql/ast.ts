import type { Span } from "../diagnostics/span.ts";
import type { RangeOperator } from "../expression/expression.ts";

/** A query as it was written, brackets aside. */
export type KqlQuery =
  /** The empty query. */
  | { readonly kind: "match-all"; readonly span: Span }
  | { readonly kind: "and"; readonly operands: readonly KqlQuery[]; readonly span: Span }
  | { readonly kind: "or"; readonly operands: readonly KqlQuery[]; readonly span: Span }
  | { readonly kind: "not"; readonly operand: KqlQuery; readonly span: Span }
  /** `field:{ query }` */
  | { readonly kind: "nested"; readonly field: KqlLiteral; readonly query: KqlQuery; readonly span: Span }
  /** `field:values` */
  | {
      readonly kind: "field-values";
      readonly field: KqlLiteral;
      readonly values: KqlValues;
      readonly span: Span;
    }
  | {
      readonly kind: "field-range";
      readonly field: KqlLiteral;
      readonly operator: RangeOperator;
      readonly value: KqlLiteral;
      readonly span: Span;
    }
  /** A value without a field. */
  | { readonly kind: "free-text"; readonly value: KqlLiteral; readonly span: Span };

/** What stands to the right of `field:`, a value or a bracketed list of them. */
export type KqlValues =
  | { readonly kind: "and"; readonly operands: readonly KqlValues[]; readonly span: Span }
  | { readonly kind: "or"; readonly operands: readonly KqlValues[]; readonly span: Span }
  | { readonly kind: "not"; readonly operand: KqlValues; readonly span: Span }
  | KqlLiteral;

/** A quoted or bare word or phrase, escapes resolved. */
export interface KqlLiteral {
  readonly kind: "literal";
  readonly isQuoted: boolean;
  /** The text between wildcards: one part when there is none. Only bare literals have wildcards. */
  readonly parts: readonly string[];
  readonly span: Span;
}

/** The text of a literal, with its wildcards written as `*`. */
export function literalText(literal: KqlLiteral): string {
  return literal.parts.join("*");
}
