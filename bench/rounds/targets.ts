import type { Figures, ModeName } from "./modes.ts";

/** Figures of the modes of one round. */
export type Round = Readonly<Partial<Record<ModeName, Figures>>>;

/** Something that is to hold, with how it is found out. Sources: the issues that set the targets; measured against `JSON.parse` (JP). */
export interface Target {
  readonly id: `T${number}`;
  readonly what: string;
  readonly unit: "×" | "%" | "ms" | "s" | "ns" | "bytes" | "MB";
  /** The most that it may be, and what it should be at most. */
  readonly required: number;
  readonly aimed: number;
  /** The modes that it takes; none where there is nothing to measure yet, and then why. */
  readonly needs: readonly ModeName[] | string;
  readonly valueOf: (round: Round) => number;
  /** Measured for each type of event too, beside the mix. */
  readonly byType?: boolean;
  /** More about the result. */
  readonly noteOf?: (round: Round) => string;
}

export const targets: readonly Target[] = [
  {
    ...target("T1", "read an event and 20 of its fields ÷ JP", "×", 0.55, 0.4),
    ...ratio("cpuUs", "read-fields", "json-parse"),
    byType: true,
  },
  {
    ...target("T2", "evaluate all rules ÷ JP: what it adds to reading", "×", 1.2, 0.6),
    needs: ["json-parse", "find-fields", "stateless"],
    valueOf: (round) =>
      (figure(round, "stateless", "cpuUs") - figure(round, "find-fields", "cpuUs")) /
      figure(round, "json-parse", "cpuUs"),
    byType: true,
  },
  {
    ...target("T3", "read, route and evaluate all rules, one thread ÷ JP", "×", 1.8, 1.2),
    ...ratio("cpuUs", "stateless", "json-parse"),
    byType: true,
  },
  {
    ...target("T4", "`tallyman scan` on two threads without its start, wall ÷ JP", "×", 1, 0.7),
    ...ratio("wallUs", "two-workers", "json-parse"),
  },
  {
    ...target("T5", "with state and alerts written ÷ T3", "×", 1.25, 1.1),
    ...ratio("cpuUs", "whole", "stateless"),
    byType: true,
    noteOf: (round) =>
      `${figure(round, "whole", "alerts")} alerts in ${figure(round, "whole", "events")} events`,
  },
  {
    ...target("T6", "conditions evaluated for an event ÷ all, mean", "%", 1.5, 0.5),
    ...plain("evaluated", "meanPercent"),
    byType: true,
    noteOf: (round) => `of ${figure(round, "evaluated", "conditions")} conditions`,
  },
  {
    ...target("T6", "the same, 95 % of events", "%", 5, 2),
    ...plain("evaluated", "p95Percent"),
    byType: true,
  },
  {
    ...target("T7", "all rules ÷ a tenth of them, as T3", "×", 2.7, 1.6),
    ...ratio("cpuUs", "stateless", "stateless-tenth"),
  },
  { ...target("T8", "T3 ÷ jq with one rule by hand", "×", 0.6, 0.4), ...ratio("cpuUs", "stateless", "jq") },
  {
    ...target("T9", "first-seen terms, memory for each", "bytes", 24, 20),
    ...plain("first-seen", "bytesPerTerm"),
  },
  {
    ...target("T9", "time of an upsert, the larger of new and known", "ns", 600, 400),
    ...plain("first-seen", "upsertNs"),
  },
  { ...target("T10", "saving them", "s", 1, 0.5), ...plain("first-seen", "saveMs", 1000) },
  { ...target("T10", "restoring them", "s", 1, 0.6), ...plain("first-seen", "restoreMs", 1000) },
  {
    ...target("T10", "the longest pause while saving", "ms", 10, 2),
    ...plain("first-seen", "longestPieceMs"),
  },
  { ...target("T11", "event store, append ÷ JP", "×", 1, 0.65), ...missing("there is no event store yet") },
  {
    ...target("T12", "event store, a hunt by a literal ÷ JP", "×", 0.45, 0.3),
    ...missing("there is no event store yet"),
  },
  {
    ...target("T13", "an event on its whole way, in process: half of them ÷ JP", "×", 2, 1.5),
    needs: ["latency", "json-parse"],
    valueOf: (round) => figure(round, "latency", "p50Us") / figure(round, "json-parse", "wallUs"),
  },
  { ...target("T13", "the same, 99.9 % of events", "ms", 0.5, 0.3), ...plain("latency", "p999Ms") },
  { ...target("T13", "the same, the slowest", "ms", 20, 5), ...plain("latency", "maxMs") },
  {
    ...target("T14", "`tallyman scan` on nothing, start to end", "s", 1.5, 0.7),
    ...plain("start", "wallMs", 1000),
    noteOf: (round) =>
      `${(figure(round, "start", "cpuMs") / 1000).toFixed(2)} s of processor time, all threads`,
  },
  { ...target("T14", "the same, resident memory at its peak", "MB", 400, 250), ...plain("start", "rssMb") },
  {
    ...target("T15", "the slowest condition on the worst text of 64 KB", "ms", 5, 1),
    ...plain("hostile-text", "ms"),
    noteOf: (round) => `${text(round, "hostile-text", "rule")} on ${text(round, "hostile-text", "text")}`,
  },
];

function target(id: Target["id"], what: string, unit: Target["unit"], required: number, aimed: number) {
  return { id, what, unit, required, aimed };
}

type Measuring = Pick<Target, "needs" | "valueOf">;

function ratio(name: string, mode: ModeName, base: ModeName): Measuring {
  return { needs: [mode, base], valueOf: (round) => figure(round, mode, name) / figure(round, base, name) };
}

function plain(mode: ModeName, name: string, divisor = 1): Measuring {
  return { needs: [mode], valueOf: (round) => figure(round, mode, name) / divisor };
}

function missing(why: string): Measuring {
  return { needs: why, valueOf: () => Number.NaN };
}

function figure(round: Round, mode: ModeName, name: string): number {
  const value = round[mode]?.[name];
  if (typeof value !== "number") throw new Error(`The mode ${mode} measured no ${name}`);
  return value;
}

function text(round: Round, mode: ModeName, name: string): string {
  return String(round[mode]?.[name] ?? "");
}
