import { type ForeignFormatId, foreignFormats, type ReaderReport } from "@tallyman/telemetry";
import type { InputReport } from "../input/input-report.ts";
import { countNotes, type Note } from "./notes.ts";
import { counted, formatCount } from "./quantity.ts";
import type { ReasonCount } from "./reason-counts.ts";

/** What became of the records of another program's format. */
export interface ForeignInputs {
  /** The format, as people call it. */
  readonly name: string;
  readonly inputs: number;
  /** True when the records showed the format, in none of the inputs the user. */
  readonly isDetected: boolean;
  readonly records: number;
  readonly events: number;
  /** What told nothing, by reason. */
  readonly unused: readonly ReasonCount[];
  readonly cutEvents: number;
  readonly forgottenHosts: number;
  readonly forgottenProcesses: number;
  readonly shortenedProcesses: number;
  readonly forgottenSockets: number;
  readonly staleEvents: number;
}

export function foreignInputs(reports: readonly InputReport[]): readonly ForeignInputs[] {
  return (Object.keys(foreignFormats) as ForeignFormatId[]).flatMap((id) => {
    const found = reports.flatMap(({ foreign }) => foreign.get(id) ?? []);
    if (found.length === 0) return [];
    const files = reports.flatMap((report) => report.files.filter(({ format }) => format === id));
    const sum = (count: (report: ReaderReport) => number) =>
      found.reduce((total, report) => total + count(report), 0);
    return [
      {
        name: foreignFormats[id].name,
        inputs: files.length,
        isDetected: files.every(({ isFormatDetected }) => isFormatDetected),
        records: sum(({ records }) => records),
        events: sum(({ documents }) => documents),
        unused: unusedOf(found),
        cutEvents: sum(({ cutEvents }) => cutEvents),
        forgottenHosts: sum(({ forgottenHosts }) => forgottenHosts),
        forgottenProcesses: sum(({ forgottenProcesses }) => forgottenProcesses),
        shortenedProcesses: sum(({ shortenedProcesses }) => shortenedProcesses),
        forgottenSockets: sum(({ forgottenSockets }) => forgottenSockets),
        staleEvents: sum(({ staleEvents }) => staleEvents),
      },
    ];
  });
}

function unusedOf(reports: readonly ReaderReport[]): readonly ReasonCount[] {
  const counts = new Map<string, number>();
  for (const { unused } of reports)
    for (const [reason, count] of unused) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

/** What was read as what, and what of it told nothing. */
export function foreignRemarks(foreign: readonly ForeignInputs[]): readonly Note[] {
  return foreign.map(({ name, inputs, isDetected, records, events, unused }) => {
    const how = isDetected ? ", as the records show (--from names another format)" : "";
    const silent = unused.length === 0 ? "" : "; these told nothing:";
    return {
      label: name,
      kind: "remark",
      text: `${counted(records, "record")} of ${counted(inputs, "input")}${how}: ${formatCount(events)} events${silent}`,
      reasons: unused,
    };
  });
}

/** What was not read as it should be. */
export function foreignProblems(foreign: readonly ForeignInputs[]): readonly Note[] {
  return foreign.flatMap(({ name, ...counts }) =>
    countNotes("problem", [
      [
        name,
        counts.cutEvents,
        "event",
        "read without all of its records, since too many were open at a time",
      ],
      [
        name,
        counts.forgottenHosts,
        "host",
        "forgotten, since there were too many: who was known there is unknown",
      ],
      [
        name,
        counts.forgottenProcesses,
        "gap",
        "in what is known of processes, since there were too many: parents and leaders may be missing",
      ],
      [
        name,
        counts.shortenedProcesses,
        "running process",
        "of which only name and paths are still known, since there was too much text",
        "running processes",
      ],
      [name, counts.forgottenSockets, "socket", "forgotten, since there were too many"],
      [name, counts.staleEvents, "event", "of processes that had ended, or told before"],
    ]),
  );
}
