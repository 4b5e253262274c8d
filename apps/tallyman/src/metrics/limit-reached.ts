import { counter, type Place } from "./metric.ts";

/** Everything that grows has a limit. One metric for all, so that one alerting rule knows those too that are added later. */
export const limitReached = counter(
  "tallyman_limit_reached_total",
  "What was given up, cut or not taken in, since a limit was reached.",
  "limit",
);

/** The limits, and what is counted when one is reached. */
export const limits = {
  containers: "containers forgotten, whose files are then read again",
  exited_processes: "processes that ended, forgotten by the process table before their time",
  first_seen_terms: "terms dropped from a full history of new_terms rules: they count as new again",
  indicators: "indicators given up, or too long",
  max_signals: "alerts over the max_signals of their rules",
  open_sequences: "open sequences of EQL rules given up",
  process_lineage: "gaps in what rules know of ancestors: descendants may go unnoticed",
  process_text: "running processes of which the process table keeps only name and paths",
  processes: "running processes forgotten by the process table: less is known of them",
  rules_over_alerts: "alerts that rules over alerts were not shown, since one event raised too many",
  suppression_groups: "alerts in which others were counted that ended early",
  terms_per_event: "combinations of values over what one event may bring",
  threshold_groups: "groups of threshold rules given up",
} as const;

export function atLimit(limit: keyof typeof limits): Place {
  return [limitReached, limit];
}
