import { fit, wrap } from "./fit.ts";
import { type Look, lookOf, type Paint } from "./look.ts";
import { counted, formatCount } from "./quantity.ts";
import { type ReasonCount, reasonLines } from "./reason-counts.ts";
import type { Terminal } from "./terminal.ts";

/** Something to know beside the result: a word, and what is to be said. */
export interface Note {
  readonly label: string;
  readonly kind: "failure" | "problem" | "remark";
  /** Untrusted text. */
  readonly text: string;
  /** Counts that stand below, if any. */
  readonly reasons: readonly ReasonCount[];
}

/** A count of things with something to say about them: `12 events without a usable @timestamp`. */
export type CountNote = readonly [label: string, count: number, noun: string, rest: string, plural?: string];

/** The notes whose counts are above zero. */
export function countNotes(kind: Note["kind"], notes: readonly CountNote[]): readonly Note[] {
  return notes
    .filter(([, count]) => count > 0)
    .map(([label, count, noun, rest, plural]) => ({
      label,
      kind,
      text: `${counted(count, noun, plural)} ${rest}`,
      reasons: [],
    }));
}

export interface FailedInput {
  /** A sentence without a full stop. */
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface SkippedRecords {
  /** Continues "so many …", as `not valid JSON` does. */
  readonly reason: string;
  readonly count: number;
  /** Where the first of them are, as `file:line`. */
  readonly places: readonly string[];
}

/** What an input had that could not be used. */
export function inputNotes(
  failures: readonly FailedInput[],
  skipped: readonly SkippedRecords[],
  invalidUtf8: number,
): readonly Note[] {
  const notes: Note[] = failures.map(({ message, hint }) => ({
    label: "failed",
    kind: "failure",
    text: hint === undefined ? message : `${message}; ${hint}`,
    reasons: [],
  }));
  if (skipped.length > 0) {
    const count = skipped.reduce((sum, each) => sum + each.count, 0);
    const text = `${counted(count, "record")}: ${skipped.map(skippedText).join("; ")}`;
    notes.push({ label: "skipped", kind: "problem", text, reasons: [] });
  }
  const utf8: CountNote = [
    "not UTF-8",
    invalidUtf8,
    "record",
    "with bytes that are no UTF-8, read as U+FFFD",
  ];
  return [...notes, ...countNotes("problem", [utf8])];
}

/** The notes below each other, their texts wrapped beside their labels. */
export function noteLines(notes: readonly Note[], terminal: Terminal): readonly string[] {
  const paints = paintsOf(lookOf(terminal));
  const labelColumns = Math.max(0, ...notes.map(({ label }) => label.length));
  const indent = " ".repeat(2 + labelColumns + 2);
  return notes.flatMap(({ label, kind, text, reasons }) => {
    const [first = "", ...rest] = wrap(fit(text, textColumnsMax, terminal), terminal.width - indent.length);
    return [
      `  ${paints[kind](label)}${" ".repeat(labelColumns - label.length)}  ${first}`,
      ...rest.map((line) => indent + line),
      ...reasonLines(reasons, terminal, indent),
    ];
  });
}

/** Longer texts are cut: they hold names that someone else chose. */
const textColumnsMax = 1000;

function paintsOf({ error, faint, warning }: Look): Readonly<Record<Note["kind"], Paint>> {
  return { failure: error, problem: warning, remark: faint };
}

function skippedText({ reason, count, places }: SkippedRecords): string {
  const more = count > places.length ? ", and more" : "";
  return `${formatCount(count)} ${reason}${places.length === 0 ? "" : ` (${places.join(", ")}${more})`}`;
}
