import type { RuleSeverity } from "@tallyman/rules";
import type { SinksReport } from "../sinks/durable-sinks.ts";
import { wrap } from "./fit.ts";
import { type Look, lookOf } from "./look.ts";
import {
  countNotes,
  type FailedInput,
  inputNotes,
  type Note,
  noteLines,
  type SkippedRecords,
} from "./notes.ts";
import { counted, formatBytes, formatCount, formatDuration } from "./quantity.ts";
import type { ReasonCount } from "./reason-counts.ts";
import { alignTable, type Column } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** What came of a scan, for the summary. Texts may be untrusted. */
export interface ScanSummary {
  /** The scan was ended by a signal. */
  readonly isInterrupted: boolean;
  /** How long it took. */
  readonly seconds: number;
  /** Of text that was read, decompressed; undefined where there was none. */
  readonly byteCount: number | undefined;
  readonly events: EventCounts;
  /** What each running rule has done; an `EngineReport` has it. */
  readonly rules: readonly RuleCounts[];
  /** The rules that did not run, by reason. */
  readonly notRun: readonly ReasonCount[];
  /** Alerts that the format did not show, since they are building blocks for other rules. */
  readonly hiddenAlerts: number;
  /** Histories of what is usual. */
  readonly history: HistoryCounts;
  /** Records that became no events, by reason. */
  readonly skipped: readonly SkippedRecords[];
  /** Inputs that could not be read, or not to their end. */
  readonly failures: readonly FailedInput[];
  readonly outputError: FailedOutput | undefined;
  readonly sinks: SinksReport;
  /** What there is to say of the sensor that the events come from; undefined for recordings. */
  readonly sensor?: { readonly problems: readonly Note[]; readonly remarks: readonly Note[] };
}

/** An `EngineReport` with what the input counts beside it. */
interface EventCounts {
  readonly events: number;
  readonly learned: number;
  readonly unrouted: number;
  readonly unselected: number;
  readonly withoutTimestamp: number;
  readonly duplicates: number;
  readonly notFedBack: number;
  readonly processesDropped: number;
  /** Events that came when later ones had been processed. */
  readonly late: number;
  /** Events that were processed early, since the buffer that puts events in order was full. */
  readonly releasedEarly: number;
  /** Records with bytes that are no UTF-8. */
  readonly invalidUtf8: number;
  /** Events that an earlier run, which was cut off, has processed. */
  readonly passedOver: number;
}

interface RuleCounts {
  readonly rule: { readonly name: string; readonly severity: RuleSeverity; readonly type: string };
  readonly alerts: number;
  readonly excepted: number;
  readonly suppressed: number;
  readonly groupsDropped: number;
  readonly cut: number;
  readonly muted: number;
  readonly termsCut: number;
  readonly sequencesDropped: number;
  readonly processesCut: number;
}

interface HistoryCounts {
  /** Whether anything was known before the scan: from a state file, or learned. */
  readonly isEmptyAtStart: boolean;
  /** Terms that were forgotten because the store was full. */
  readonly evicted: number;
  /** Histories that were dropped because their rule has changed. */
  readonly dropped: number;
}

/** An `OutputError` has it. */
interface FailedOutput {
  readonly message: string;
  readonly writtenBytes: number;
  readonly lost: number;
}

/**
 * The summary at the end of a scan, for standard error: what was found, and everything that was not looked at, with what can be done
 * about it. Only what there is to say is said; `quiet` leaves what keeps the result from being whole. Lines with line feeds; empty
 * when there is nothing to say.
 */
export function renderSummary(summary: ScanSummary, terminal: Terminal, { quiet = false } = {}): string {
  const look = lookOf(terminal);
  const { events, failures, skipped } = summary;
  const notes = [
    ...inputNotes(failures, skipped, events.invalidUtf8),
    ...outputNotes(summary),
    ...sinkNotes(summary.sinks),
    ...(summary.sensor?.problems ?? []),
    ...problemNotes(summary),
    ...(quiet ? interruptionNotes(summary) : [...remarks(summary), ...(summary.sensor?.remarks ?? [])]),
  ];
  const blocks = quiet
    ? [noteLines(notes, terminal)]
    : [
        headLines(summary, terminal, look),
        ruleLines(summary.rules, terminal, look),
        noteLines(notes, terminal),
        hintLines(summary, terminal, look),
      ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function headLines(
  { events, byteCount, seconds, isInterrupted, rules }: ScanSummary,
  terminal: Terminal,
  look: Look,
) {
  const alerts = sum(rules, "alerts");
  const found = alerts === 0 ? "no alerts" : counted(alerts, "alert");
  const rate = seconds > 0 ? `, ${formatCount(events.events / seconds)} events/s` : "";
  const size = byteCount === undefined ? "" : ` (${formatBytes(byteCount)})`;
  const read = `${counted(events.events, "event")}${size}, ${formatDuration(seconds)}${rate}`;
  const start = isInterrupted ? "Interrupted: " : "";
  const text = `${start}${found} in ${read}`;
  const [first = "", ...rest] = wrap(start === "" ? capitalized(text) : text, terminal.width);
  const boldTo = start.length + found.length;
  return [look.strong(first.slice(0, boldTo)) + first.slice(boldTo), ...rest];
}

/** Windows at least this wide have room for all columns. */
const wideFrom = 80;

/** Rules beyond this many are summed up. */
const rulesMax = 30;

/** The gravest rules first, among them those with most alerts. */
function ruleLines(rules: readonly RuleCounts[], terminal: Terminal, look: Look): readonly string[] {
  const told = rules
    .filter((row) => row.alerts + row.excepted + row.suppressed + row.cut + row.muted > 0)
    .sort((a, b) => gravity[b.rule.severity] - gravity[a.rule.severity] || b.alerts - a.alerts);
  if (told.length === 0) return [];
  const shown = told.slice(0, rulesMax);
  const others = told.slice(rulesMax);
  type Key = "alerts" | "excepted" | "suppressed" | "cut" | "muted";
  const number = (header: string, key: Key): Column<RuleCounts> => ({
    header,
    text: (row) => (row[key] === 0 && key !== "alerts" ? "" : formatCount(row[key])),
    align: "right",
  });
  const isWide = terminal.width >= wideFrom;
  const lines = alignTable<RuleCounts>(
    [
      number("alerts", "alerts"),
      // Narrow windows have the sums of these below, and more room for names.
      ...(isWide && sum(told, "suppressed") > 0 ? [number("suppressed", "suppressed")] : []),
      ...(isWide && sum(told, "excepted") > 0 ? [number("excepted", "excepted")] : []),
      ...(sum(told, "cut") > 0 ? [number("cut", "cut")] : []),
      ...(sum(told, "muted") > 0 ? [number("muted", "muted")] : []),
      {
        header: "severity",
        text: ({ rule }) => rule.severity,
        paint: ({ rule }) => look.severity[rule.severity],
      },
      { header: "rule", text: ({ rule }) => rule.name, columnsMin: 20, columnsMax: 80 },
    ],
    shown,
    terminal,
    "  ",
  );
  if (others.length === 0) return lines;
  const rest = `${counted(others.length, "more rule")} with ${counted(sum(others, "alerts"), "alert")}`;
  return [...lines, `  ${look.faint(rest)}`];
}

const gravity: Readonly<Record<RuleSeverity, number>> = { low: 0, medium: 1, high: 2, critical: 3 };

function outputNotes({ outputError }: ScanSummary): readonly Note[] {
  if (outputError === undefined) return [];
  const { message, writtenBytes, lost } = outputError;
  const loss = lost === 0 ? "" : `, ${counted(lost, "alert")} lost`;
  const text = `${message}; ${formatBytes(writtenBytes)} written${loss}`;
  return [{ label: "output", kind: "failure", text, reasons: [] }];
}

/** What sinks did not deliver. */
function sinkNotes({ lost, problem, sinks }: SinksReport): readonly Note[] {
  const notes: Note[] = [];
  const note = (kind: Note["kind"], text: string): void => {
    notes.push({ label: "sinks", kind, text, reasons: [] });
  };
  if (lost > 0)
    note("failure", `${counted(lost, "alert")} lost to all sinks: ${problem ?? "the disk was full"}`);
  for (const { dropped, name, problem: why, refused, waiting } of sinks) {
    const reason = why === undefined ? "" : `: ${why}`;
    if (waiting > 0)
      note(
        "problem",
        `${counted(waiting, "alert")} for '${name}' not delivered yet${reason}; the next start goes on`,
      );
    if (dropped > 0)
      note("failure", `${counted(dropped, "alert")} for '${name}' dropped so far, since the spool was full`);
    if (refused > 0)
      note("problem", `${counted(refused, "alert")} refused by '${name}' so far, see ${name}.refused.ndjson`);
  }
  return notes;
}

/** What was not looked at, or not as it should be. */
function problemNotes({ events, history, notRun, rules }: ScanSummary): readonly Note[] {
  const idle = sum(notRun, "count");
  const all = counted(rules.length + idle, "rule");
  const idleNote: Note = {
    label: "not run",
    kind: "problem",
    text: `${formatCount(idle)} of ${all}`,
    reasons: notRun,
  };
  return [
    ...countNotes("problem", [
      [
        "no stream",
        events.unrouted,
        "event",
        "without a data stream: no rule selects them, --index NAME gives one",
      ],
      ["no time", events.withoutTimestamp, "event", "without a usable @timestamp"],
      ["late", events.late, "event", "after later ones: a longer --lateness sorts them"],
      ["early", events.releasedEarly, "event", "released unsorted, since the sorting buffer was full"],
      ["cut", sum(rules, "cut"), "alert", "over the max_signals of their rules"],
      [
        "ended early",
        sum(rules, "groupsDropped"),
        "alert",
        "in which others were counted, since there were too many of them",
      ],
      [
        "not seen",
        events.notFedBack,
        "alert",
        "that rules over alerts were not shown: one event raised too many",
      ],
      ["terms cut", sum(rules, "termsCut"), "combination", "of values over what one event may bring"],
      ["dropped", sum(rules, "sequencesDropped"), "open sequence", "given up, since there were too many"],
      [
        "lineage",
        events.processesDropped + sum(rules, "processesCut"),
        "gap",
        "in what is known of processes, since there were too many: descendants may go unnoticed",
      ],
      ["forgotten", history.evicted, "term", "dropped from a full history: they will count as new again"],
      ["history", history.dropped, "rule", "with another query than last time, whose history begins anew"],
    ]),
    ...(idle > 0 ? [idleNote] : []),
  ];
}

/** What the headline would have said. */
function interruptionNotes({ events, isInterrupted }: ScanSummary): readonly Note[] {
  const text = `after ${counted(events.events, "event")}`;
  return isInterrupted ? [{ label: "interrupted", kind: "problem", text, reasons: [] }] : [];
}

function remarks({ events, hiddenAlerts, rules }: ScanSummary): readonly Note[] {
  return countNotes("remark", [
    ["suppressed", sum(rules, "suppressed"), "alert", "counted in an earlier alert of the same rule"],
    ["excepted", sum(rules, "excepted"), "event", "that exceptions took out"],
    ["muted", sum(rules, "muted"), "new term", "that raised no alert, while learning"],
    ["learned", events.learned, "event", "from before, which raised no alerts"],
    ["not read", events.unselected, "event", "of data streams that no running rule selects"],
    ["duplicates", events.duplicates, "finding", "that had been found before"],
    ["continued", events.passedOver, "event", "passed over, since a run that was cut off had processed them"],
    ["hidden", hiddenAlerts, "alert", "of building-block rules, which --format ndjson shows"],
  ]);
}

/** A flood of new terms has at least this many alerts. */
const floodMin = 10;

/** What to do next. */
function hintLines(summary: ScanSummary, terminal: Terminal, look: Look): readonly string[] {
  const { events, history, rules, sensor } = summary;
  const newTerms = sum(
    rules.filter(({ rule }) => rule.type === "new_terms"),
    "alerts",
  );
  const hints: string[] = [];
  if (history.isEmptyAtStart && newTerms >= floodMin && 2 * newTerms >= sum(rules, "alerts")) {
    hints.push(
      `nothing was known before this ${sensor === undefined ? "scan" : "run"}, so ${counted(newTerms, "alert")} say no more than that something came for the first time: ` +
        `${sensor === undefined ? "--learn-from FILE teaches what is usual, " : ""}--learn-for 2h mutes the beginning`,
    );
  }
  if (events.events > 0 && rules.length > 0 && events.unselected === events.events) {
    hints.push("no rule reads the data streams of these events: `tallyman rules list` shows which they read");
  }
  return hints.flatMap((hint) => {
    const [first = "", ...rest] = wrap(hint, terminal.width - "hint: ".length);
    return [`${look.accent("hint:")} ${first}`, ...rest.map((line) => `      ${line}`)];
  });
}

function sum<Key extends string>(rows: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
