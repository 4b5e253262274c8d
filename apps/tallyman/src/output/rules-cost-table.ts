import type { Json } from "@tallyman/ecs";
import type { ClauseCost, RuleCost, RuleProfile } from "@tallyman/engine";
import { wrap } from "./fit.ts";
import { lookOf } from "./look.ts";
import { counted, formatCount } from "./quantity.ts";
import { alignTable, type Column, tabLines } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** What a rule costs: guessed from its query, and measured where events were given. */
export interface CostlyRule extends RuleCost {
  readonly measured: MeasuredCost | undefined;
}

export interface MeasuredCost {
  readonly profile: RuleProfile;
  /** How many events the rules were given. */
  readonly events: number;
}

/** Sorts the dearest first: by what was measured, else by what is guessed. */
export function byCost(rules: readonly CostlyRule[]): readonly CostlyRule[] {
  const cost = ({ measured, perThousand }: CostlyRule): number =>
    measured === undefined ? perThousand : nsPerEvent(measured);
  return [...rules].sort((a, b) => cost(b) - cost(a));
}

/** What `rules list --cost` prints: on a terminal a table with a legend, elsewhere a line for each rule, with tabs. */
export function renderRuleCosts(rules: readonly CostlyRule[], terminal: Terminal): string {
  const isMeasured = rules.some(({ measured }) => measured !== undefined);
  const lines = terminal.isTerminal
    ? [
        ...alignTable(columnsFor(isMeasured, formatCount), rules, terminal),
        "",
        ...legend(rules)
          .flatMap((text) => wrap(text, terminal.width))
          .map(lookOf(terminal).faint),
      ]
    : tabLines([idColumn, ...columnsFor(isMeasured, plainCount)], rules, terminal);
  return lines.map((line) => `${line}\n`).join("");
}

/** The same of a rule as JSON, with all that is looked for. */
export function ruleCostJson({ clauses, measured, perThousand, rule }: CostlyRule): Json {
  return {
    rule_id: rule.rule_id,
    name: rule.name,
    type: rule.type,
    file: rule.source.text.name,
    estimated_evaluations_per_thousand: perThousand,
    clauses: clauses.map((clause) => ({
      kinds: clause.kinds ?? null,
      condition: clause.condition ?? null,
      looked_for: clause.lookedFor.map((each) => ({ ...each })),
      why_nothing: clause.reasons,
      estimated_evaluations_per_thousand: clause.perThousand,
    })),
    ...(measured === undefined ? {} : { measured: measuredJson(measured) }),
  };
}

function measuredJson(measured: MeasuredCost): Json {
  const { alertsMs, candidates, conditionsMs, detectionMs, evaluations, matches } = measured.profile;
  const ns = (ms: number): number => Math.round((ms * 1e6) / Math.max(1, measured.events));
  return {
    events: measured.events,
    candidates,
    evaluations,
    matches,
    ns_per_event: Math.round(nsPerEvent(measured)),
    conditions_ns_per_event: ns(conditionsMs),
    detection_ns_per_event: ns(detectionMs),
    alerts_ns_per_event: ns(alertsMs),
  };
}

const idColumn: Column<CostlyRule> = { header: "id", text: ({ rule }) => rule.rule_id };

function columnsFor(isMeasured: boolean, format: (count: number) => string): readonly Column<CostlyRule>[] {
  const number = (header: string, of: (measured: MeasuredCost) => number, dropRank?: number) => ({
    header,
    text: ({ measured }: CostlyRule) => (measured === undefined ? "" : format(of(measured))),
    align: "right" as const,
    ...(dropRank === undefined ? {} : { dropRank }),
  });
  const measured = [
    number("ns/event", nsPerEvent),
    number("candidates", ({ profile }) => profile.candidates, 2),
    number("matches", ({ profile }) => profile.matches, 3),
  ];
  return [
    ...(isMeasured ? measured : []),
    {
      header: isMeasured ? "guess" : "of 1,000",
      text: ({ perThousand }) => format(perThousand),
      align: "right",
      dropRank: isMeasured ? 4 : 2,
    },
    { header: "rule", text: ({ rule }) => rule.name, columnsMin: 24, columnsMax: 60 },
    { header: "found by", text: foundBy, columnsMin: 24, columnsMax: 100, dropRank: 1 },
  ];
}

function legend(rules: readonly CostlyRule[]): readonly string[] {
  const events = rules.find(({ measured }) => measured !== undefined)?.measured?.events;
  const guess =
    "for so many of 1,000 events of its kinds its conditions are thought to be evaluated, a guess";
  return events === undefined
    ? [`${counted(rules.length, "rule")}; of 1,000: ${guess}`]
    : [`${counted(rules.length, "rule")}, measured over ${counted(events, "event")}; guess: ${guess}`];
}

/** How the index comes upon a rule, in one line: what finds nothing, and so costs most, comes first. */
function foundBy({ clauses }: RuleCost): string {
  const parts = clauses.toSorted((a, b) => b.perThousand - a.perThousand).map(foundByClause);
  return [...new Set(parts)].join("; or ");
}

function foundByClause({ condition, lookedFor, reasons }: ClauseCost): string {
  if (condition === undefined) return "the kind of event alone";
  if (lookedFor.length === 0) return `nothing: it asks only for ${reasons.join(", ")}`;
  return lookedFor
    .map(({ field, texts, values }) => {
      const parts = [
        ...(values.length === 0 ? [] : [listed(values, "value")]),
        ...(texts.length === 0
          ? []
          : [
              listed(
                texts.map((text) => `*${text}*`),
                "text",
              ),
            ]),
      ];
      return `${field}: ${parts.join(" or ")}`;
    })
    .join(", or ");
}

function listed(items: readonly string[], noun: string): string {
  return items.length < 3 ? items.join(" or ") : counted(items.length, noun);
}

/** For programs. */
function plainCount(count: number): string {
  return String(Math.round(count));
}

function nsPerEvent({ events, profile }: MeasuredCost): number {
  return ((profile.conditionsMs + profile.detectionMs + profile.alertsMs) * 1e6) / Math.max(1, events);
}
