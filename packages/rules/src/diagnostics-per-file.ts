import { diagnostic, type LocatedDiagnostic, type SourceText } from "@tallyman/languages";
import { diagnosticsPerFileMax } from "./limits.ts";

/** What is found about several files after they were read: of each so many are kept, errors before warnings, and one more says how many were not. */
export class DiagnosticsPerFile {
  readonly #files = new Map<SourceText, Found>();

  add(...found: readonly LocatedDiagnostic[]): void {
    for (const each of found) {
      const own = this.#foundIn(each.source);
      const { errors, warnings } = own;
      own.count += 1;
      const kept = each.severity === "error" ? errors : warnings;
      if (kept.length < diagnosticsPerFileMax) kept.push(each);
    }
  }

  /** True when the file has had so many that it is not worth while to look for what might have been meant. */
  isFull(source: SourceText): boolean {
    return (this.#files.get(source)?.count ?? 0) >= diagnosticsPerFileMax;
  }

  /** By file in the order of their first ones, and by place. */
  all(): readonly LocatedDiagnostic[] {
    return [...this.#files].flatMap(([source, { count, errors, warnings }]) => {
      const kept = [...errors, ...warnings]
        .slice(0, diagnosticsPerFileMax)
        .sort((a, b) => a.span.start - b.span.start);
      const left = count - kept.length;
      if (left === 0) return kept;
      const end = source.text.length;
      const message = `${left} more ${left === 1 ? "problem of this file is" : "problems of this file are"} not shown`;
      return [...kept, { ...diagnostic("more-problems", { start: end, end }, message), source }];
    });
  }

  #foundIn(source: SourceText): Found {
    const own = this.#files.get(source) ?? { count: 0, errors: [], warnings: [] };
    this.#files.set(source, own);
    return own;
  }
}

interface Found {
  count: number;
  readonly errors: LocatedDiagnostic[];
  readonly warnings: LocatedDiagnostic[];
}
