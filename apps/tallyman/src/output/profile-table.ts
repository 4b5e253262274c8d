import type { Json } from "@tallyman/ecs";
import type { EngineReport, Profile, RuleProfile } from "@tallyman/engine";
import { wrap } from "./fit.ts";
import { lookOf } from "./look.ts";
import { counted, formatCount, formatMs } from "./quantity.ts";
import { alignTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** What a rule cost, and what came of it. */
interface ProfiledRule extends RuleProfile {
  readonly alerts: number;
  readonly totalMs: number;
}

/** Rules beyond this many are summed up. */
const shownMax = 25;

/** What each rule cost, the dearest first, for people. Lines with line feeds. */
export function renderProfile(profile: Profile, report: EngineReport, terminal: Terminal): string {
  const rules = profiledRules(profile, report);
  const allMs = sumMs(rules);
  const shown = rules.slice(0, shownMax).filter(({ totalMs }) => totalMs > 0);
  const others = rules.slice(shown.length);
  const number = (
    header: string,
    key: "candidates" | "evaluations" | "matches" | "alerts",
    rank: number,
  ) => ({
    header,
    text: (row: ProfiledRule) => formatCount(row[key]),
    align: "right" as const,
    dropRank: rank,
  });
  const lines = alignTable<ProfiledRule>(
    [
      { header: "time", text: ({ totalMs }) => formatMs(totalMs), align: "right" },
      {
        header: "share",
        text: ({ totalMs }) => `${((totalMs * 100) / allMs).toFixed(1)} %`,
        align: "right",
        dropRank: 1,
      },
      number("candidates", "candidates", 3),
      number("evaluated", "evaluations", 5),
      number("matches", "matches", 2),
      number("alerts", "alerts", 4),
      { header: "rule", text: ({ rule }) => rule.name, columnsMin: 20, columnsMax: 80 },
    ],
    shown,
    terminal,
  );
  const { faint } = lookOf(terminal);
  const fit = (text: string): readonly string[] => wrap(text, terminal.width).map(faint);
  const more =
    others.length === 0
      ? []
      : [faint(`${formatMs(sumMs(others))} in ${counted(others.length, "more rule")}`)];
  const index = `${formatMs(profile.indexMs)} to find out which conditions to evaluate, for ${counted(profile.events, "event")}`;
  return [...lines, ...more, ...fit(index)].map((line) => `${line}\n`).join("");
}

/** The same of all rules as JSON. */
export function profileJson(profile: Profile, report: EngineReport): Json {
  return {
    events: profile.events,
    index_ms: rounded(profile.indexMs),
    rules: profiledRules(profile, report).map((each) => ({
      rule_id: each.rule.rule_id,
      name: each.rule.name,
      type: each.rule.type,
      file: each.rule.source.text.name,
      candidates: each.candidates,
      evaluations: each.evaluations,
      matches: each.matches,
      alerts: each.alerts,
      conditions_ms: rounded(each.conditionsMs),
      detection_ms: rounded(each.detectionMs),
      alerts_ms: rounded(each.alertsMs),
      total_ms: rounded(each.totalMs),
    })),
  };
}

/** The dearest first. */
function profiledRules(profile: Profile, report: EngineReport): readonly ProfiledRule[] {
  const alertsOf = new Map(report.rules.map(({ alerts, rule }) => [rule.rule_id, alerts]));
  return profile.rules
    .map((row) => ({
      ...row,
      alerts: alertsOf.get(row.rule.rule_id) ?? 0,
      totalMs: row.conditionsMs + row.detectionMs + row.alertsMs,
    }))
    .sort((a, b) => b.totalMs - a.totalMs);
}

function sumMs(rules: readonly ProfiledRule[]): number {
  return rules.reduce((sum, { totalMs }) => sum + totalMs, 0);
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
