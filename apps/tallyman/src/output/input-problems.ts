import type { IndicatorReport } from "../indicators/indicator-report.ts";
import { inputName } from "../input/input-failure.ts";
import { type InputReport, skipReasons } from "../input/input-report.ts";
import { foreignInputs, foreignProblems, foreignRemarks } from "./foreign-inputs.ts";
import { inputNotes, noteLines, type SkippedRecords } from "./notes.ts";
import type { Terminal } from "./terminal.ts";

/** What could not be read of an input, and what it was taken for where that is not ECS, for standard error; lines with line feeds, empty when there is nothing to say. */
export function renderInputProblems(report: InputReport, terminal: Terminal): string {
  const failures = report.files.flatMap(({ failure }) => failure ?? []);
  const foreign = foreignInputs([report]);
  const notes = [
    ...inputNotes(failures, skippedRecords([report]), report.total().invalidUtf8),
    ...foreignProblems(foreign),
    ...foreignRemarks(foreign),
  ];
  return noteLines(notes, terminal)
    .map((line) => `${line}\n`)
    .join("");
}

/** The records that became no events, by reason, over all inputs. */
export function skippedRecords(reports: readonly InputReport[]): readonly SkippedRecords[] {
  const skipped = new Map<string, { count: number; places: string[] }>();
  for (const { files } of reports) {
    for (const { file, skips } of files) {
      for (const [code, { count, places }] of skips) {
        const reason = skipReasons[code];
        const entry = skipped.get(reason) ?? { count: 0, places: [] };
        entry.count += count;
        entry.places.push(...places.map(({ line }) => `${file === "-" ? inputName(file) : file}:${line}`));
        skipped.set(reason, entry);
      }
    }
  }
  return [...skipped].map(([reason, entry]) => ({ reason, ...entry }));
}

/** What stood in files of indicators and is none, by reason. */
export function skippedIndicators(reports: readonly IndicatorReport[]): readonly SkippedRecords[] {
  return reports.flatMap(({ file, skips }) =>
    Array.from(skips, ([reason, { count, lines }]) => ({
      reason,
      count,
      places: lines.map((line) => `${file}:${line}`),
    })),
  );
}
