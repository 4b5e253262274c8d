import type { SensorReport } from "@tallyman/sensor";
import { wrap } from "./fit.ts";
import { lookOf } from "./look.ts";
import { countNotes, type Note, noteLines } from "./notes.ts";
import { counted, formatBytes, formatCount, formatDuration } from "./quantity.ts";
import type { Terminal } from "./terminal.ts";

/** What came of a run of the sensor, for the summary. */
export interface SensorSummary {
  readonly source: string;
  readonly seconds: number;
  readonly report: SensorReport;
  /** Events by their action. */
  readonly actions: ReadonlyMap<string, number>;
  /** Why it ended before it was asked to: a sentence without a full stop. */
  readonly failure: string | undefined;
  /** An `OutputError` has it. */
  readonly outputError:
    | { readonly message: string; readonly writtenBytes: number; readonly lost: number }
    | undefined;
}

/** The summary at the end of a run of the sensor, for standard error; `quiet` leaves what went wrong. */
export function renderSensorSummary(
  summary: SensorSummary,
  terminal: Terminal,
  { quiet = false } = {},
): string {
  const notes = [
    ...failureNotes(summary),
    ...lossNotes(summary.report),
    ...(quiet ? [] : [...actionNotes(summary.actions), ...tableNotes(summary.report)]),
  ];
  const blocks = [quiet ? [] : headLines(summary, terminal), noteLines(notes, terminal)];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** What a sensor missed: where buffers or the table were full. */
export function lossNotes({
  evictedContainers,
  evictedLiving,
  lost,
  snapshots,
}: SensorReport): readonly Note[] {
  const again = snapshots > 1 ? `; /proc was read again ${counted(snapshots - 1, "time")}` : "";
  return countNotes("problem", [
    ["lost", lost, "event", `that the source had to drop, since its ring or its queue was full${again}`],
    [
      "forgotten",
      evictedLiving,
      "running process",
      "since the process table was full: less is known of them",
      "running processes",
    ],
    ["forgotten", evictedContainers, "container", "since there were too many: their files are read again"],
  ]);
}

/** What else there is to know of the process table. */
export function tableNotes(report: SensorReport): readonly Note[] {
  const { evictedExited, lost, livingProcesses, processes, repeatedEvents, staleEvents } = report;
  const { unknownProcesses, vanishedProcesses } = report;
  const whole = lost === 0 ? "no event was lost; " : "";
  const exited = processes - livingProcesses;
  const known = `${whole}${counted(livingProcesses, "running process", "running processes")} known, and ${formatCount(exited)} that ended lately`;
  return [
    { label: "table", kind: "remark", text: known, reasons: [] },
    ...countNotes("remark", [
      [
        "unknown",
        unknownProcesses,
        "process",
        "first heard of by something other than their start: less is known of them",
        "processes",
      ],
      ["vanished", vanishedProcesses, "process", "whose end was not reported", "processes"],
      [
        "early",
        evictedExited,
        "ended process",
        "forgotten before their time, since the table was full",
        "ended processes",
      ],
      ["stale", staleEvents, "event", "of processes whose id has a new owner, which gave nothing"],
      ["repeated", repeatedEvents, "event", "reported twice"],
    ]),
  ];
}

function headLines({ actions, seconds, source }: SensorSummary, terminal: Terminal): readonly string[] {
  const events = [...actions.values()].reduce((sum, count) => sum + count, 0);
  const found = counted(events, "event");
  const rate = seconds > 0 ? `, ${formatCount(events / seconds)} events/s` : "";
  const [first = "", ...rest] = wrap(
    `${found} from ${source} in ${formatDuration(seconds)}${rate}`,
    terminal.width,
  );
  return [lookOf(terminal).strong(first.slice(0, found.length)) + first.slice(found.length), ...rest];
}

function failureNotes({ failure, outputError }: SensorSummary): readonly Note[] {
  const notes: Note[] = [];
  if (failure !== undefined) notes.push({ label: "failed", kind: "failure", text: failure, reasons: [] });
  if (outputError !== undefined) {
    const { lost, message, writtenBytes } = outputError;
    const text = `${message}; ${formatBytes(writtenBytes)} written, ${counted(lost, "event")} lost`;
    notes.push({ label: "output", kind: "failure", text, reasons: [] });
  }
  return notes;
}

function actionNotes(actions: ReadonlyMap<string, number>): readonly Note[] {
  if (actions.size === 0) return [];
  const sorted = [...actions].sort(([, a], [, b]) => b - a);
  const text = sorted.map(([action, count]) => `${formatCount(count)} ${action}`).join(", ");
  return [{ label: "events", kind: "remark", text, reasons: [] }];
}
