import type { ResultRow, Results } from "./results.ts";

const headers = ["", "what is measured", "events", "required", "aim", "median", "range", ""] as const;

/** The results as a table for people. */
export function renderText(results: Results): string {
  const rows = [headers, ...results.rows.map(cellsOf)];
  const widths = headers.map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] as string).length)),
  );
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join("  ")
      .trimEnd(),
  );
  return [...aboutRun(results), "", ...lines, "", ...notesOf(results)].join("\n");
}

/** The results as they stand in docs/performance.md. */
export function renderMarkdown(results: Results): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    ...aboutRun(results).map((text) => `${text}  `),
    "",
    line(headers),
    line(headers.map((_, column) => (isNumber(column) ? "---:" : "---"))),
    ...results.rows.map((row) => line(cellsOf(row))),
    "",
    ...notesOf(results).map((note) => `- ${note}`),
  ].join("\n");
}

function aboutRun({ machine, measured, rules, settings }: Results): readonly string[] {
  return [`${measured}, ${machine}`, rules, settings];
}

function cellsOf(row: ResultRow): readonly string[] {
  const { aimed, events, id, required, result, unit, what } = row;
  const start = [id, what, events, shown(required, unit), shown(aimed, unit)];
  if ("notMeasured" in result) return [...start, "", "", `not measured: ${result.notMeasured}`];
  const { highest, lowest, median } = result;
  const range = lowest === highest ? "" : `${digits(lowest)} to ${digits(highest)}`;
  return [...start, shown(median, unit), range, verdict(row, median)];
}

function verdict({ aimed, required }: ResultRow, median: number): string {
  return median <= aimed ? "aim met" : median <= required ? "met" : "missed";
}

function notesOf({ rows }: Results): readonly string[] {
  return rows.flatMap(({ events, id, result }) =>
    "note" in result && result.note !== undefined && events === "mixed" ? [`${id}: ${result.note}`] : [],
  );
}

/** Required, aim, median and range. */
function isNumber(column: number): boolean {
  return column >= 3 && column <= 6;
}

function shown(value: number, unit: ResultRow["unit"]): string {
  return unit === "×" ? digits(value) : `${digits(value)} ${unit}`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
