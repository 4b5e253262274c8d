export { type DiagnosticCode, diagnosticCodes, type Severity } from "./diagnostics/codes.ts";
export { type Diagnostic, diagnostic, type LocatedDiagnostic } from "./diagnostics/diagnostic.ts";
export { didYouMean, findNearest } from "./diagnostics/did-you-mean.ts";
export { type DiagnosticStyle, renderDiagnostic } from "./diagnostics/render-diagnostic.ts";
export { type EmbeddedText, type Position, SourceText, spanInFile } from "./diagnostics/source-text.ts";
export type { Span } from "./diagnostics/span.ts";
export { visible } from "./diagnostics/visible.ts";
