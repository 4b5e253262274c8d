import { formatTimestamp, isJsonObject, type Json, parseTimestamp } from "@tallyman/ecs";
import type { Alert } from "@tallyman/engine";
import { type AlertDetail, factsOf } from "./alert-facts.ts";
import { fit, fitLines } from "./fit.ts";
import { type Look, lookOf } from "./look.ts";
import { columnsOf } from "./printable.ts";
import { counted } from "./quantity.ts";
import type { Terminal } from "./terminal.ts";

/** Makes the readable form of alerts, one after the other. */
export interface AlertTable {
  /** Takes note of an alert for one of the events of a sequence, to be shown in the alert that stands for the sequence and comes next. */
  hold(part: Alert): void;
  /** The lines of an alert, each ended by a line feed; before them a line with the date when the day changes. */
  render(alert: Alert): string;
  /** Two lines for a later state of an alert: how many more there were, and of what. */
  renderUpdate(alert: Alert): string;
}

/**
 * The readable form of alerts: a line with time, severity, risk score and rule, then the thing itself, or each event of a sequence, then what is
 * around it. Nothing is known of the alerts that are still to come, so columns have fixed places, and long values give way.
 *
 *     2026-11-25 UTC
 *
 *     10:14:03  medium    47  Interactive shell in a container
 *               bash -i
 *               new process.parent.name=entrypoint.sh  user root  host web-1  container checkout 3f2a91c04b77
 */
export function startAlertTable(terminal: Terminal): AlertTable {
  const look = lookOf(terminal);
  let day: string | undefined;
  let parts: Alert[] = [];
  const newDay = (date: string | undefined): string[] => {
    const lines = date === undefined || date === day ? [] : dateLines(date, day === undefined, look);
    day = date ?? day;
    return lines;
  };
  return {
    hold(part) {
      if (groupOf(part) !== groupOf(parts[0])) parts = [];
      parts.push(part);
    },
    render(alert) {
      const [date, time] = dateAndTime(alert.eventTimeMs);
      const lines = newDay(date);
      const layout = terminal.width < compactBelow ? compact : regular;
      const room = terminal.width - layout.indent.length;
      const { details, subject } = factsOf(alert, look.arrow);
      const group = groupOf(alert);
      const isOfParts = group !== undefined && group === groupOf(parts[0]);
      const body = [
        ...(isOfParts
          ? partLines(parts, room, terminal, look)
          : fitLines(subject, room, subjectLinesMax, terminal)),
        ...detailLines(details, room, terminal, look),
      ];
      parts = [];
      lines.push(headLine(alert, time, layout, terminal, look), ...body.map((line) => layout.indent + line));
      return `${lines.join("\n")}\n`;
    },
    renderUpdate(alert) {
      const { count, endMs, terms, startMs } = suppressionOf(alert);
      const [date, time] = dateAndTime(endMs);
      const [startDate, start] = dateAndTime(startMs);
      const since = startDate === date ? start : `${startDate ?? ""} ${start}`;
      const { gap, indent } = terminal.width < compactBelow ? compact : regular;
      const room = terminal.width - time.length - gap.length;
      const text = `${counted(count, "more alert")} since ${since}: ${alert.ruleName}`;
      const lines = [
        look.faint(time) + gap + fit(text, room, terminal),
        ...(terms === "" ? [] : [indent + look.faint(fit(terms, terminal.width - indent.length, terminal))]),
      ];
      return `${[...newDay(date), ...lines].join("\n")}\n`;
    },
  };
}

/** What was counted in an alert, and by which values. */
function suppressionOf({ document }: Alert) {
  const read = (name: string): Json => document[`kibana.alert.suppression.${name}`] ?? null;
  const count = read("docs_count");
  const terms = read("terms");
  const values = (Array.isArray(terms) ? terms : []).filter(isJsonObject).map(({ field, value }) => {
    const shown = Array.isArray(value) ? value.join(",") : value === null ? "none" : String(value);
    return `${String(field)} ${shown}`;
  });
  return {
    count: typeof count === "number" ? count : 0,
    startMs: parseTimestamp(read("start"))?.ms,
    endMs: parseTimestamp(read("end"))?.ms,
    terms: values.join("  "),
  };
}

/** What alerts for the events of one sequence share, and the alert that stands for it. */
function groupOf(alert: Alert | undefined): Json | undefined {
  return alert?.document["kibana.alert.group.id"];
}

/** Longer sequences are cut. */
const partsMax = 8;

/** The events of a sequence, each in a line. */
function partLines(parts: readonly Alert[], room: number, terminal: Terminal, look: Look): readonly string[] {
  const lines = parts.slice(0, partsMax).map((part) => {
    const [, time] = dateAndTime(part.eventTimeMs);
    const subject = fit(factsOf(part, look.arrow).subject, room - time.length - 2, terminal, "middle");
    return `${look.faint(time)}  ${subject}`;
  });
  const more = parts.length - lines.length;
  return more > 0 ? [...lines, look.faint(`${look.ellipsis} ${counted(more, "more event")}`)] : lines;
}

interface Layout {
  /** Stands before all lines of an alert but the first. */
  readonly indent: string;
  /** Stands between the columns of the first. */
  readonly gap: string;
  readonly hasRisk: boolean;
}

/** Windows narrower than this get the compact layout. */
const compactBelow = 70;
const regular: Layout = { indent: " ".repeat(10), gap: "  ", hasRisk: true };
const compact: Layout = { indent: "  ", gap: " ", hasRisk: false };

const subjectLinesMax = 2;
const detailLinesMax = 3;
/** Longer values of details are cut in the middle. */
const detailColumnsMax = 56;

function headLine(
  alert: Alert,
  time: string,
  { gap, hasRisk }: Layout,
  terminal: Terminal,
  look: Look,
): string {
  const severity =
    look.severity[alert.severity](alert.severity) + " ".repeat("critical".length - alert.severity.length);
  const risk = String(Math.round(alert.riskScore)).padStart(3);
  const before =
    time.length + gap.length + "critical".length + gap.length + (hasRisk ? risk.length + gap.length : 0);
  const name = look.strong(fit(alert.ruleName, terminal.width - before, terminal));
  return [look.faint(time), severity, ...(hasRisk ? [risk] : []), name].join(gap);
}

/** Lets the details flow into lines; those that find no place are left out, which an ellipsis says. */
function detailLines(
  details: readonly AlertDetail[],
  room: number,
  terminal: Terminal,
  look: Look,
): readonly string[] {
  const lines: string[][] = [];
  let free = 0;
  for (const detail of details) {
    const { text, columns } = detailText(detail, room, terminal, look);
    const isLast = lines.length === detailLinesMax;
    if (free < columns + gapWidth + (isLast ? moreWidth : 0)) {
      if (isLast) {
        lines.at(-1)?.push(look.faint(look.ellipsis));
        break;
      }
      lines.push([]);
      free = room + gapWidth;
    }
    lines.at(-1)?.push(text);
    free -= columns + gapWidth;
  }
  return lines.map((line) => line.join(" ".repeat(gapWidth)));
}

const gapWidth = 2;
const moreWidth = gapWidth + "...".length;

function detailText({ label, values }: AlertDetail, room: number, terminal: Terminal, look: Look) {
  const lead = label === "" ? "" : `${label} `;
  const columnsMax = Math.floor((Math.min(detailColumnsMax, room - lead.length) + 1) / values.length) - 1;
  const shown = values.map((value) => quoted(value, columnsMax, terminal)).join(" ");
  const text = label === "new" ? `${look.accent("new")} ${shown}` : look.faint(lead + shown);
  return { text, columns: lead.length + columnsOf(shown) };
}

/** A value with a space stands in quotes, so that it cannot pass for a value, a label and another value. */
function quoted(value: string, columns: number, terminal: Terminal): string {
  const shown = fit(value, columns, terminal, "middle");
  if (!/[ "]/.test(shown)) return shown;
  const escaped = fit(value, columns - 2, terminal, "middle").replaceAll('"', '\\"');
  return `"${fit(escaped, columns - 2, terminal, "middle")}"`;
}

/** Date and time of day in UTC. */
function dateAndTime(ms: number | undefined): readonly [date: string | undefined, time: string] {
  if (ms === undefined) return [undefined, "--:--:--"];
  const text = formatTimestamp(ms);
  const t = text.indexOf("T");
  return [text.slice(0, t), text.slice(t + 1, t + 9)];
}

function dateLines(date: string, isFirst: boolean, look: Look): string[] {
  return [...(isFirst ? [] : [""]), `${look.strong(date)} ${look.faint("UTC")}`, ""];
}
