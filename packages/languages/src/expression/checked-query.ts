import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { CheckedExpression } from "./checked-expression.ts";

/** A query that has been understood, or the reasons why not; warnings may stand beside an expression. */
export interface CheckedQuery {
  /** Undefined when a diagnostic is an error. */
  readonly expression: CheckedExpression | undefined;
  readonly diagnostics: readonly Diagnostic[];
}
