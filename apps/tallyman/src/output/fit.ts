import { columnsOf, isAscii, printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** Which part of a text is left out when it is too long. */
export type Cut = "start" | "middle" | "end";

/**
 * Untrusted text as it is printed in at most `columns` columns (at least 1): safe, and with an ellipsis where something was cut.
 * A megabyte costs no more than what is shown of it.
 */
export function fit(
  text: string,
  columns: number,
  terminal: Pick<Terminal, "unicode">,
  cut: Cut = "end",
): string {
  const units = columns * unitsPerColumnMax;
  const isWhole = text.length <= units;
  const head = printable(isWhole ? text : sliceUnits(text, 0, units), terminal);
  if (isWhole && columnsOf(head) <= columns) return head;
  const ellipsis = ellipsisOf(terminal, columns);
  const room = columns - ellipsis.length;
  if (cut === "end") return `${takeColumns(head, room)}${ellipsis}`;
  const tail = isWhole ? head : printable(sliceUnits(text, text.length - units, text.length), terminal);
  if (cut === "start") return `${ellipsis}${takeLastColumns(tail, room)}`;
  // The beginning of a path or command line says more than its end, but the end says what it was about.
  const headRoom = Math.ceil(room * 0.6);
  return `${takeColumns(head, headRoom)}${ellipsis}${takeLastColumns(tail, room - headRoom)}`;
}

/** Fills printable text up with spaces; text that is wider stays as it is. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, columns - columnsOf(text)));
  return align === "left" ? `${text}${space}` : `${space}${text}`;
}

/**
 * Breaks printable text into lines of at most `columns` columns (at least 2), at a space where there is one and inside a word
 * where the word alone is too long. Spaces at a break are left out. There is always one line, which may be empty.
 */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  do {
    const full = takeColumns(rest, columns);
    if (full.length === rest.length) return [...lines, rest];
    const space = rest[full.length] === " " ? full.length : full.lastIndexOf(" ");
    const end = space > 0 && full.slice(0, space).trim() !== "" ? space : full.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  } while (rest !== "");
  return lines;
}

/** Untrusted text in at most `linesMax` lines of `columns` columns, with an ellipsis in the middle where that is not enough. */
export function fitLines(
  text: string,
  columns: number,
  linesMax: number,
  terminal: Pick<Terminal, "unicode">,
): readonly string[] {
  // Each line but the last may lose a column to a character that is two wide.
  const fitted = fit(text, linesMax * columns - linesMax + 1, terminal, "middle");
  const lines = wrap(fitted, columns);
  return lines.length <= linesMax ? lines : chop(fitted, columns);
}

/** Breaks printable text wherever a line is full. */
function chop(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== ""; ) {
    const line = takeColumns(rest, columns);
    lines.push(line);
    rest = rest.slice(line.length);
  }
  return lines;
}

/** One column is filled by no more UTF-16 units than this: a letter and three marks, each of two units. */
const unitsPerColumnMax = 8;

function ellipsisOf({ unicode }: Pick<Terminal, "unicode">, columns: number): string {
  return unicode ? "…" : ".".repeat(Math.min(3, columns));
}

/** A slice that does not cut a pair of surrogates in two. */
function sliceUnits(text: string, start: number, end: number): string {
  const from = isLowSurrogate(text.charCodeAt(start)) ? start + 1 : start;
  const to = isLowSurrogate(text.charCodeAt(end)) ? end - 1 : end;
  return text.slice(from, to);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** The longest beginning that takes at most `columns`, with the marks on its last letter. */
function takeColumns(text: string, columns: number): string {
  const near = sliceUnits(text, 0, columns * unitsPerColumnMax);
  if (isAscii(near)) return near.slice(0, columns);
  let end = 0;
  let taken = 0;
  for (const character of near) {
    taken += columnsOf(character);
    if (taken > columns) break;
    end += character.length;
  }
  return near.slice(0, end);
}

function takeLastColumns(text: string, columns: number): string {
  if (isAscii(text)) return text.slice(Math.max(0, text.length - columns));
  let start = text.length;
  let taken = 0;
  for (const character of Array.from(text).reverse()) {
    taken += columnsOf(character);
    if (taken > columns) break;
    start -= character.length;
  }
  // Marks whose letter was cut off would stand on what comes before.
  return text.slice(start).replace(/^\p{M}+/u, "");
}
