import type { LocatedDiagnostic } from "./diagnostic.ts";
import { visible } from "./visible.ts";

/** Wraps parts of a rendered diagnostic, to colour them; the parts are already safe to print. */
export interface DiagnosticStyle {
  readonly place: (text: string) => string;
  readonly severity: (text: string, severity: LocatedDiagnostic["severity"]) => string;
  readonly caret: (text: string) => string;
  readonly dim: (text: string) => string;
}

const plain: DiagnosticStyle = {
  place: (text) => text,
  severity: (text) => text,
  caret: (text) => text,
  dim: (text) => text,
};

/** Excerpts wider than this are cut around the caret. */
const excerptWidthMax = 100;

/**
 * The diagnostic as a person reads it: `file:line:column: severity code: message`, the line it is about with carets under the
 * span, and the hint. Lines are joined by line feeds, without one at the end; control characters are shown, never printed.
 */
export function renderDiagnostic(diagnostic: LocatedDiagnostic, style: DiagnosticStyle = plain): string {
  const { source, span } = diagnostic;
  const { line, column } = source.position(span.start);
  const place = `${visible(source.name)}:${line}:${column}`;
  const lines = [
    `${style.place(place)}: ${style.severity(`${diagnostic.severity} ${diagnostic.code}`, diagnostic.severity)}: ${visible(diagnostic.message)}`,
  ];
  const excerpt = excerptOf(source.line(line), column - 1, span.end - span.start);
  if (excerpt !== undefined) {
    const gutter = String(line).padStart(4);
    lines.push(`${style.dim(`${gutter} |`)} ${excerpt.text}`);
    lines.push(
      `${style.dim(`${" ".repeat(gutter.length)} |`)} ${excerpt.indent}${style.caret(excerpt.carets)}`,
    );
  }
  if (diagnostic.hint !== undefined) lines.push(`  ${style.dim("help:")} ${visible(diagnostic.hint)}`);
  return lines.join("\n");
}

function excerptOf(line: string, start: number, length: number) {
  if (line.trim() === "") return undefined;
  const from =
    line.length <= excerptWidthMax ? 0 : Math.max(0, Math.min(start - 40, line.length - excerptWidthMax));
  const to = Math.min(line.length, from + excerptWidthMax);
  const before = visible(line.slice(from, start));
  const marked = visible(line.slice(start, Math.min(start + length, to)));
  const after = visible(line.slice(Math.min(start + length, to), to));
  const lead = from > 0 ? "…" : "";
  return {
    text: `${lead}${before}${marked}${after}${to < line.length ? "…" : ""}`,
    indent: " ".repeat(lead.length + before.length),
    carets: "^".repeat(Math.max(1, marked.length)),
  };
}
