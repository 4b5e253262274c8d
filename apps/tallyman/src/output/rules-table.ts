import { anomalyIndices } from "@tallyman/engine";
import type { Rule } from "@tallyman/rules";
import { type Look, lookOf } from "./look.ts";
import { counted, formatCount } from "./quantity.ts";
import { countReasons, reasonLines } from "./reason-counts.ts";
import { alignTable, type Column, tabLines } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** A rule, and why it does not run, if it does not; or what must be among the events, where it runs and that is not a matter of course. */
export interface ListedRule {
  readonly rule: Rule;
  readonly reason?: string | undefined;
  readonly needs?: string | undefined;
}

/**
 * What `rules list` prints, lines with line feeds: on a terminal a table that fits it, with the rules counted below; elsewhere a line
 * for each rule with all cells whole and a tab between them.
 */
export function renderRulesTable(listed: readonly ListedRule[], terminal: Terminal): string {
  const lines = terminal.isTerminal
    ? [...alignTable(columnsFor(lookOf(terminal)), listed, terminal), ...countLines(listed, terminal)]
    : tabLines(cells, listed, terminal);
  return lines.map((line) => `${line}\n`).join("");
}

/** For programs, the id first; the order is part of the interface. */
const cells: readonly Column<ListedRule>[] = [
  { header: "id", text: ({ rule }) => rule.rule_id },
  { header: "status", text: statusOf },
  { header: "severity", text: ({ rule }) => rule.severity },
  { header: "risk", text: ({ rule }) => String(rule.risk_score) },
  { header: "type", text: ({ rule }) => rule.type },
  { header: "name", text: ({ rule }) => rule.name },
  { header: "tactics", text: tacticsOf },
  { header: "data streams", text: dataStreamsOf },
  { header: "reason", text: (listed) => reasonOf(listed) ?? "" },
];

function columnsFor(look: Look): readonly Column<ListedRule>[] {
  const paintName = ({ reason }: ListedRule) => (reason === undefined ? look.strong : look.plain);
  const paintStatus = (listed: ListedRule) => (statusOf(listed) === "ready" ? look.plain : look.warning);
  const faint = () => look.faint;
  return [
    {
      header: "severity",
      text: ({ rule }) => rule.severity,
      paint: ({ rule }) => look.severity[rule.severity],
    },
    { header: "risk", text: ({ rule }) => String(rule.risk_score), align: "right", dropRank: 2 },
    { header: "name", text: ({ rule }) => rule.name, paint: paintName, columnsMin: 36, columnsMax: 80 },
    { header: "type", text: ({ rule }) => rule.type, dropRank: 1 },
    { header: "status", text: statusOf, paint: paintStatus },
    { header: "tactics", text: tacticsOf, columnsMin: 12, columnsMax: 24, dropRank: 3 },
    { header: "id", text: ({ rule }) => rule.rule_id, paint: faint, columnsMax: 36, dropRank: 4 },
    {
      header: "data streams",
      text: dataStreamsOf,
      paint: faint,
      columnsMin: 24,
      columnsMax: 60,
      dropRank: 5,
    },
  ];
}

function countLines(listed: readonly ListedRule[], terminal: Terminal): readonly string[] {
  if (listed.every((each) => statusOf(each) === "ready")) return ["", counted(listed.length, "rule")];
  return [
    "",
    `${counted(listed.length, "rule")}: ${statusCounts(listed)}`,
    ...reasonLines(countReasons(listed.map(reasonOf)), terminal, "  "),
  ];
}

/** How many of the rules are in which state: `12 ready, 3 need a job, 1 not run`. */
export function statusCounts(listed: readonly ListedRule[]): string {
  const all = listed.map(statusOf);
  const count = (status: ReturnType<typeof statusOf>) => all.filter((each) => each === status).length;
  const needing = count("needs job");
  return [
    `${formatCount(count("ready"))} ready`,
    ...(needing === 0 ? [] : [`${formatCount(needing)} ${needing === 1 ? "needs" : "need"} a job`]),
    `${formatCount(count("not run"))} not run`,
  ].join(", ");
}

/** A rule that needs a job runs, but finds nothing unless what that job found is among the events. */
function statusOf({ needs, reason }: ListedRule): "ready" | "needs job" | "not run" {
  return reason !== undefined ? "not run" : needs === undefined ? "ready" : "needs job";
}

/** Why a rule is not simply ready; undefined when it is. */
export function reasonOf({ needs, reason }: ListedRule): string | undefined {
  return reason ?? (needs === undefined ? undefined : `needs ${needs}`);
}

function tacticsOf({ rule }: ListedRule): string {
  return [...new Set(rule.threat.map(({ tactic }) => tactic.name))].join(", ");
}

function dataStreamsOf({ rule }: ListedRule): string {
  return indicesReadBy(rule)?.join(", ") ?? "";
}

/** Patterns of the indices whose events a rule sees; undefined for all. */
export function indicesReadBy(rule: Rule): readonly string[] | undefined {
  return rule.type === "machine_learning" ? anomalyIndices : rule.index;
}
