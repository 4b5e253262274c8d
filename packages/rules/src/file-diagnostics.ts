import {
  type DiagnosticCode,
  diagnostic,
  diagnosticCodes,
  type LocatedDiagnostic,
  type SourceText,
  type Span,
} from "@tallyman/languages";
import { diagnosticsPerFileMax } from "./limits.ts";

interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly span: () => Span;
  readonly hint: (() => string | undefined) | undefined;
}

/**
 * What is wrong with one file. Places and hints are worked out at the end, and only for what is kept: finding the places of a
 * file costs more than reading it, and most files have no problem.
 */
export class FileDiagnostics {
  readonly source: SourceText;
  readonly #errors: Finding[] = [];
  readonly #warnings: Finding[] = [];
  #errorCount = 0;
  #warningCount = 0;

  constructor(source: SourceText) {
    this.source = source;
  }

  /** Errors so far, those that were not kept included. */
  get errorCount(): number {
    return this.#errorCount;
  }

  add(code: DiagnosticCode, message: string, span: () => Span, hint?: () => string | undefined): void {
    const isError = diagnosticCodes[code].severity === "error";
    if (isError) this.#errorCount += 1;
    else this.#warningCount += 1;
    const findings = isError ? this.#errors : this.#warnings;
    if (findings.length < diagnosticsPerFileMax) findings.push({ code, message, span, hint });
  }

  /** The diagnostics in the order of their places. */
  located(): LocatedDiagnostic[] {
    const kept = [...this.#errors, ...this.#warnings].slice(0, diagnosticsPerFileMax);
    const located = kept.map(({ code, message, span, hint }) =>
      this.#locate(code, message, span(), hint?.()),
    );
    located.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
    const left = this.#errorCount + this.#warningCount - kept.length;
    if (left > 0) {
      const end = this.source.text.length;
      const message = `${left} more ${left === 1 ? "problem of this file is" : "problems of this file are"} not shown`;
      located.push(this.#locate("more-problems", message, { start: end, end }, undefined));
    }
    return located;
  }

  #locate(code: DiagnosticCode, message: string, span: Span, hint: string | undefined): LocatedDiagnostic {
    // Some parsers put what is missing at the end beyond it.
    const end = Math.min(span.end, this.source.text.length);
    const inside = { start: Math.min(span.start, end), end };
    return { ...diagnostic(code, inside, message, hint), source: this.source };
  }
}
