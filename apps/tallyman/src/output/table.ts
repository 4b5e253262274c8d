import { type Cut, fit, pad } from "./fit.ts";
import { lookOf, type Paint } from "./look.ts";
import { columnsOf, printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** A column of a table over rows of some kind. */
export interface Column<Row> {
  readonly header: string;
  /** What stands in a row; untrusted text. */
  readonly text: (row: Row) => string;
  readonly paint?: (row: Row) => Paint;
  readonly align?: "left" | "right";
  /** The column may be made as narrow as this where the window is; without it, it keeps its width. */
  readonly columnsMin?: number;
  /** It is never wider than this. */
  readonly columnsMax?: number;
  readonly cut?: Cut;
  /** Where the window is too narrow for all columns, the one with the highest number is left out first; without one, never. */
  readonly dropRank?: number;
}

/**
 * The rows under their headers, aligned, at most as wide as the window. Each line is without a line feed. `indent` stands before each.
 */
export function alignTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: Terminal,
  indent = "",
): readonly string[] {
  const look = lookOf(terminal);
  const room = terminal.width - indent.length;
  const wide = columns.map((column) => {
    const texts = rows.map(column.text);
    const columnsMax = Math.min(column.columnsMax ?? room, room);
    const columnsWide = texts.reduce(
      (widest, text) => Math.max(widest, columnsOf(fit(text, columnsMax, terminal))),
      column.header.length,
    );
    return { column, texts, columnsWide };
  });
  const kept = squeeze(wide, room);
  const line = (cells: readonly string[]) => indent + cells.join(gap).trimEnd();
  return [
    look.faint(
      line(
        kept.map(({ column, columnsWide }) =>
          pad(fit(column.header, columnsWide, terminal), columnsWide, column.align),
        ),
      ),
    ),
    ...rows.map((row, i) =>
      line(
        kept.map(({ column, texts, columnsWide }) => {
          const cell = fit(texts[i] as string, columnsWide, terminal, column.cut);
          const space = " ".repeat(columnsWide - columnsOf(cell));
          const painted = cell === "" || column.paint === undefined ? cell : column.paint(row)(cell);
          return column.align === "right" ? space + painted : painted + space;
        }),
      ),
    ),
  ];
}

/** The rows for programs: whole cells with a tab between them, without headers and color. */
export function tabLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: Terminal,
): readonly string[] {
  return rows.map((row) => columns.map(({ text }) => printable(text(row), terminal)).join("\t"));
}

const gap = "  ";

interface WideColumn<Row> {
  readonly column: Column<Row>;
  readonly texts: readonly string[];
  readonly columnsWide: number;
}

/** Leaves columns out and makes others narrower, the widest first, until they have room. */
function squeeze<Row>(wide: readonly WideColumn<Row>[], room: number): readonly WideColumn<Row>[] {
  const narrowest = ({ column, columnsWide }: WideColumn<Row>) =>
    Math.min(columnsWide, column.columnsMin ?? columnsWide);
  let kept = wide;
  while (total(kept.map(narrowest)) > room) {
    const rank = Math.max(...kept.map(({ column }) => column.dropRank ?? 0));
    if (rank === 0) break;
    kept = kept.filter(({ column }) => column.dropRank !== rank);
  }
  const widths = kept.map(({ columnsWide }) => columnsWide);
  narrow(widths, kept.map(narrowest), room);
  // In a window too narrow for any table, every cell is cut rather than a line broken.
  narrow(
    widths,
    widths.map(() => 1),
    room,
  );
  return kept.map((each, i) => ({ ...each, columnsWide: widths[i] as number }));
}

/** Makes the widest columns narrower, not below their floors, until the row has room. */
function narrow(widths: number[], floors: readonly number[], room: number): void {
  for (let excess = total(widths) - room; excess > 0; excess--) {
    let widest = -1;
    for (const [i, width] of widths.entries()) {
      if (width > (floors[i] as number) && width > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
}
