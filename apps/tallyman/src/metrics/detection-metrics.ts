import type { EngineReport, RuleReport } from "@tallyman/engine";
import { ruleSeverities } from "@tallyman/rules";
import type { ReasonCount } from "../output/reason-counts.ts";
import type { SinksReport } from "../sinks/durable-sinks.ts";
import type { SinkReport } from "../sinks/sink-worker.ts";
import type { StateReport } from "../state/state-saver.ts";
import { atLimit } from "./limit-reached.ts";
import { counter, gauge, type Places, type Sample, samplesOf } from "./metric.ts";

export const detectionMetrics = {
  events: counter("tallyman_events_total", "Events that were processed, those skipped included."),
  learned: counter("tallyman_events_learned_total", "Events that were only learned from."),
  skipped: counter(
    "tallyman_events_skipped_total",
    "Events that no rule could match: without a data stream (no_data_stream) or a usable time (no_timestamp), or of a data stream that no running rule selects (not_selected).",
    "reason",
  ),
  excepted: counter(
    "tallyman_events_excepted_total",
    "Events that exceptions took out, once for each rule that they took one from.",
  ),
  alerts: counter("tallyman_alerts_total", "Alerts that were raised.", "severity"),
  ruleAlerts: counter(
    "tallyman_rule_alerts_total",
    "Alerts that a rule has raised; of rules that have raised some.",
    "rule_id",
    "rule_name",
    "severity",
  ),
  suppressed: counter(
    "tallyman_alerts_suppressed_total",
    "Alerts that were not raised but counted in an earlier one of the same rule.",
  ),
  hidden: counter(
    "tallyman_alerts_hidden_total",
    "Alerts of building-block rules, which the format does not show.",
  ),
  muted: counter(
    "tallyman_terms_muted_total",
    "New terms that raised no alert, since the history was too young.",
  ),
  duplicates: counter(
    "tallyman_findings_repeated_total",
    "Findings that had been found before: the same rule and the same event.",
  ),
  historiesDropped: counter(
    "tallyman_histories_dropped_total",
    "Rules that begin anew, since they have changed since the state was saved.",
  ),
  running: gauge("tallyman_rules_running", "Rules that run."),
  idle: gauge("tallyman_rules_idle", "Rules that do not run, by the reason.", "reason"),
  reloads: counter(
    "tallyman_rule_reloads_total",
    "How often rules were read anew since a file had changed, and taken up, or refused since they could not be read.",
    "result",
  ),
  indicators: gauge("tallyman_indicators", "Threat indicators that the rules know."),
  uselessIndicators: gauge(
    "tallyman_indicators_unused",
    "Threat indicators from files that no running rule uses.",
  ),
  saves: counter("tallyman_state_saves_total", "How often the state was saved."),
  saveFailures: counter("tallyman_state_save_failures_total", "How often the state could not be saved."),
  savedAt: gauge(
    "tallyman_state_last_save_timestamp_seconds",
    "When the state was saved last, in seconds since 1970; not there before the first time.",
  ),
  lostToSinks: counter(
    "tallyman_sink_alerts_unspooled_total",
    "Alerts that reached no sink, since the spool could not be written.",
  ),
  delivered: counter("tallyman_sink_alerts_delivered_total", "Alerts that a sink has delivered.", "sink"),
  waiting: gauge(
    "tallyman_sink_alerts_waiting",
    "Alerts in the spool that a sink has still to deliver.",
    "sink",
  ),
  dropped: counter(
    "tallyman_sink_alerts_dropped_total",
    "Alerts lost to a sink, since the spool was full; over all runs of the spool.",
    "sink",
  ),
  refused: counter(
    "tallyman_sink_alerts_refused_total",
    "Alerts that the receiver did not take for what they are; over all runs of the spool.",
    "sink",
  ),
  failures: counter("tallyman_sink_failures_total", "Attempts of a sink to deliver that failed.", "sink"),
  up: gauge("tallyman_sink_up", "Whether the last attempt of a sink has not failed.", "sink"),
} as const;

const m = detectionMetrics;

const enginePlaces: Places<EngineReport> = {
  events: [m.events],
  learned: [m.learned],
  unrouted: [m.skipped, "no_data_stream"],
  unselected: [m.skipped, "not_selected"],
  withoutTimestamp: [m.skipped, "no_timestamp"],
  duplicates: [m.duplicates],
  notFedBack: atLimit("rules_over_alerts"),
  processesDropped: atLimit("process_lineage"),
  indicators: [m.indicators],
  indicatorsDropped: atLimit("indicators"),
};

const rulePlaces: Places<RuleReport> = {
  // By severity, and by rule.
  alerts: null,
  excepted: [m.excepted],
  suppressed: [m.suppressed],
  groupsDropped: atLimit("suppression_groups"),
  cut: atLimit("max_signals"),
  muted: [m.muted],
  termsCut: atLimit("terms_per_event"),
  sequencesDropped: atLimit("open_sequences"),
  countsDropped: atLimit("threshold_groups"),
  processesCut: atLimit("process_lineage"),
};

const sinkPlaces: Places<SinkReport> = {
  delivered: [m.delivered],
  waiting: [m.waiting],
  dropped: [m.dropped],
  refused: [m.refused],
  failures: [m.failures],
};

/** Rules at work, and what is around them. */
export interface DetectionFigures {
  readonly report: EngineReport & {
    readonly history: { readonly evicted: number; readonly dropped: number };
  };
  readonly rules: RulesFigures;
  readonly state: StateReport;
  readonly sinks: SinksReport;
  /** Alerts that the format does not show. */
  readonly hiddenAlerts: number;
  readonly uselessIndicators: number;
}

/** Which rules run now. */
export interface RulesFigures {
  readonly running: number;
  /** Those that do not, by reason, the most frequent first. */
  readonly idle: readonly ReasonCount[];
  /** How often they were taken up anew, and how often they could not be read. */
  readonly reloads: { readonly changed: number; readonly refused: number };
}

/** More reasons than this are counted as `other`: they hold names that whoever writes rules chooses. */
const reasonsMax = 20;

export function detectionSamples(figures: DetectionFigures): readonly Sample[] {
  const { report, rules, sinks, state } = figures;
  return [
    ...samplesOf(report, enginePlaces),
    ...samplesOf(sumOfRules(report.rules), rulePlaces),
    ...alertSamples(report.rules),
    [m.hidden, figures.hiddenAlerts],
    ...samplesOf(report.history, { evicted: atLimit("first_seen_terms"), dropped: [m.historiesDropped] }),
    [m.running, rules.running],
    ...rules.idle.map(({ count, reason }, i): Sample => [m.idle, count, i < reasonsMax ? reason : "other"]),
    ...samplesOf(rules.reloads, { changed: [m.reloads, "taken_up"], refused: [m.reloads, "refused"] }),
    [m.uselessIndicators, figures.uselessIndicators],
    ...samplesOf(state, { saves: [m.saves], failures: [m.saveFailures] }),
    ...(state.savedAtMs === undefined ? [] : [[m.savedAt, state.savedAtMs / 1000] as const]),
    [m.lostToSinks, sinks.lost],
    ...sinks.sinks.flatMap((sink) => [
      ...samplesOf(sink, sinkPlaces, sink.name),
      [m.up, sink.problem === undefined ? 1 : 0, sink.name] as const,
    ]),
  ];
}

type RuleCounts = Record<keyof typeof rulePlaces, number>;

/** With thousands of rules, what each has counted would be too much to tell every few seconds, and to look them up by name would take several times as long. */
function sumOfRules(rules: readonly RuleReport[]): RuleCounts {
  const sums: RuleCounts = {
    alerts: 0,
    excepted: 0,
    suppressed: 0,
    groupsDropped: 0,
    cut: 0,
    muted: 0,
    termsCut: 0,
    sequencesDropped: 0,
    countsDropped: 0,
    processesCut: 0,
  };
  for (const rule of rules) {
    sums.alerts += rule.alerts;
    sums.excepted += rule.excepted;
    sums.suppressed += rule.suppressed;
    sums.groupsDropped += rule.groupsDropped;
    sums.cut += rule.cut;
    sums.muted += rule.muted;
    sums.termsCut += rule.termsCut;
    sums.sequencesDropped += rule.sequencesDropped;
    sums.countsDropped += rule.countsDropped;
    sums.processesCut += rule.processesCut;
  }
  return sums;
}

/** The sums are there from the beginning, so that the first alert counts as a change. */
function alertSamples(rules: readonly RuleReport[]): readonly Sample[] {
  const raised = rules.filter(({ alerts }) => alerts > 0);
  return [
    ...ruleSeverities.map((severity): Sample => [m.alerts, 0, severity]),
    ...raised.map(({ alerts, rule }): Sample => [m.alerts, alerts, rule.severity]),
    ...raised.map(
      ({ alerts, rule }): Sample => [m.ruleAlerts, alerts, rule.rule_id, rule.name, rule.severity],
    ),
  ];
}
