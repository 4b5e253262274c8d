import type { Span } from "./span.ts";

/** Line and column, both from 1; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A text that diagnostics point into, with the name that is printed for it: a file path, or `query`. */
export class SourceText {
  readonly name: string;
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** Where an offset stands; offsets beyond the end stand at the end. */
  position(offset: number): Position {
    const starts = this.#starts();
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (starts[low] as number) + 1 };
  }

  /** The text of a line, counted from 1, without its line break. */
  line(line: number): string {
    const starts = this.#starts();
    const start = starts[line - 1];
    if (start === undefined) return "";
    const end = starts[line] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, "");
  }

  #starts(): readonly number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1))
        starts.push(at + 1);
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}

/**
 * A query that was cut out of a file, with where each of its parts stood there. `offsets[i]` is the file offset of the query's
 * unit i, and `offsets[text.length]` that of its end; escapes and indentation make the two differ.
 */
export interface EmbeddedText {
  readonly text: string;
  readonly offsets: ArrayLike<number>;
}

/** The place in the file of a span of the query. */
export function spanInFile(embedded: EmbeddedText, span: Span): Span {
  const last = embedded.text.length;
  const start = embedded.offsets[Math.min(span.start, last)] ?? 0;
  const end = embedded.offsets[Math.min(span.end, last)] ?? start;
  return { start, end: Math.max(start, end) };
}
