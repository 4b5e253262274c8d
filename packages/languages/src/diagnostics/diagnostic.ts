import { type DiagnosticCode, diagnosticCodes, type Severity } from "./codes.ts";
import type { SourceText } from "./source-text.ts";
import type { Span } from "./span.ts";

/** A problem that the author of a rule or query can mend: what it is, where, and what to do. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence without a full stop; names are quoted as the author wrote them. */
  readonly message: string;
  /** What to do about it, when there is something to say. */
  readonly hint: string | undefined;
  readonly span: Span;
}

/** A diagnostic with the text that its span points into. */
export interface LocatedDiagnostic extends Diagnostic {
  readonly source: SourceText;
}

/** Makes a diagnostic; its severity is that of its code. */
export function diagnostic(code: DiagnosticCode, span: Span, message: string, hint?: string): Diagnostic {
  return { code, severity: diagnosticCodes[code].severity, message, hint, span };
}
