import { type LocatedDiagnostic, renderDiagnostic } from "@tallyman/languages";
import { fit } from "./fit.ts";
import { type Look, lookOf, type Paint } from "./look.ts";
import { columnsOf, printable } from "./printable.ts";
import { counted } from "./quantity.ts";
import type { Terminal } from "./terminal.ts";

export interface DiagnosticsOptions {
  /** How many warnings with the same code and message are printed; the others are counted. Default 3. */
  readonly sameMessageMax?: number;
  /** How many warnings with the same code are printed, whatever they say. Default 20. */
  readonly sameCodeMax?: number;
}

/**
 * Diagnostics one after the other, and a line that counts them: `3 errors, 12 warnings in 4 files`. Errors are never left out. Lines
 * with line feeds; empty when there are no diagnostics. An excerpt keeps to the width; a message is one line, however long, since
 * editors read them.
 */
export function printDiagnostics(
  diagnostics: readonly LocatedDiagnostic[],
  terminal: Terminal,
  { sameMessageMax = 3, sameCodeMax = 20 }: DiagnosticsOptions = {},
): string {
  if (diagnostics.length === 0) return "";
  const look = lookOf(terminal);
  const printed = new Map<string, number>();
  const leftOut = new Map<string, number>();
  const lines: string[] = [];
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity === "warning") {
      const { code } = diagnostic;
      const message = `${code}: ${diagnostic.message}`;
      const full =
        count(printed, code) >= sameCodeMax
          ? code
          : count(printed, message) >= sameMessageMax
            ? message
            : undefined;
      if (full !== undefined) {
        leftOut.set(full, count(leftOut, full) + 1);
        continue;
      }
      printed.set(code, count(printed, code) + 1).set(message, count(printed, message) + 1);
    }
    lines.push(printDiagnostic(diagnostic, terminal));
  }
  for (const [what, times] of leftOut) {
    const lead = `${look.ellipsis} ${counted(times, "more warning")} `;
    lines.push(look.faint(lead + fit(what, terminal.width - lead.length, terminal)));
  }
  lines.push(totalLine(diagnostics, look));
  return lines.map((line) => `${line}\n`).join("");
}

/** A diagnostic as an object that is to be printed as JSON. */
export function diagnosticForPrograms({
  code,
  severity,
  message,
  hint,
  span,
  source,
}: LocatedDiagnostic): object {
  return {
    file: source.name,
    ...source.position(span.start),
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** One diagnostic in the colors and the width of a terminal; lines joined by line feeds. */
export function printDiagnostic(diagnostic: LocatedDiagnostic, terminal: Terminal): string {
  const look = lookOf(terminal);
  const shown = (text: string) => fit(text, messageColumnsMax, terminal);
  const { hint, message, severity } = diagnostic;
  const paintProblem = look.problem[severity];
  const rendered = renderDiagnostic(
    { ...diagnostic, message: shown(message), hint: hint === undefined ? undefined : shown(hint) },
    {
      place: (text) => look.strong(printable(text, terminal)),
      severity: paintProblem,
      caret: look.plain,
      dim: look.plain,
    },
  );
  const [head = "", ...rest] = rendered.split("\n");
  const help = hint === undefined ? [] : rest.splice(-1);
  const [excerpt, carets] = rest;
  const excerptLines = excerpt && carets ? fitExcerpt(excerpt, carets, paintProblem, terminal, look) : [];
  return [head, ...excerptLines, ...help.map((line) => line.replace("help:", look.accent))].join("\n");
}

/** Longer messages and hints are cut. */
const messageColumnsMax = 1000;

/**
 * A rendered excerpt and its line of carets, made to fit. The excerpt is cut around what is marked, and the carets are put below it by the
 * columns that characters take.
 */
function fitExcerpt(
  excerpt: string,
  carets: string,
  paint: Paint,
  terminal: Terminal,
  look: Look,
): readonly string[] {
  const textAt = carets.indexOf("|") + 2;
  const markedAt = carets.indexOf("^", textAt);
  const part = (start: number, end: number) => printable(excerpt.slice(start, end), terminal);
  const room = terminal.width - textAt;
  let before = part(textAt, markedAt);
  let marked = part(markedAt, carets.length);
  let after = part(carets.length, excerpt.length);
  if (columnsOf(before + marked + after) > room) {
    before = fit(before, Math.floor(room / 2), terminal, "start");
    marked = fit(marked, room - columnsOf(before), terminal);
    const left = room - columnsOf(before + marked);
    after = left > 0 ? fit(after, left, terminal) : "";
  }
  const line = "^".repeat(Math.max(1, columnsOf(marked)));
  return [
    look.faint(excerpt.slice(0, textAt)) + before + marked + after,
    look.faint(carets.slice(0, textAt)) + " ".repeat(columnsOf(before)) + paint(line),
  ];
}

function totalLine(diagnostics: readonly LocatedDiagnostic[], look: Look): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const files = new Set(diagnostics.map(({ source }) => source.name)).size;
  const counts = [
    ...(errors > 0 ? [look.problem.error(counted(errors, "error"))] : []),
    ...(warnings > 0 ? [look.problem.warning(counted(warnings, "warning"))] : []),
  ];
  return `${counts.join(", ")} in ${counted(files, "file")}`;
}

function count(counts: ReadonlyMap<string, number>, key: string): number {
  return counts.get(key) ?? 0;
}
