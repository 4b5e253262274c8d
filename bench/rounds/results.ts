import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { RuleSet } from "../rules/rule-set.ts";
import { type Mode, modes } from "./modes.ts";
import type { Round, Target } from "./targets.ts";

/** What came of measuring targets. */
export interface Results {
  readonly measured: string;
  readonly machine: string;
  readonly rules: string;
  readonly settings: string;
  readonly rows: readonly ResultRow[];
}

/** What came of a target for one kind of event. */
export interface ResultRow {
  readonly id: string;
  readonly what: string;
  /** The type of the events, or `mixed`. */
  readonly events: string;
  readonly unit: Target["unit"];
  readonly required: number;
  readonly aimed: number;
  readonly result: Measured | { readonly notMeasured: string };
}

/** Of all rounds. */
export interface Measured {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly note?: string;
}

/** Why a target cannot be measured here; undefined when it can. */
export function reasonAgainst({ needs }: Target): string | undefined {
  if (typeof needs === "string") return needs;
  for (const name of needs) {
    const reason = (modes[name] as Mode).unavailable?.();
    if (reason !== undefined) return reason;
  }
  return undefined;
}

export function resultRow(target: Target, events: string, rounds: readonly Round[] | string): ResultRow {
  const { aimed, id, required, unit, what } = target;
  const row = { id, what, events, unit, required, aimed };
  if (typeof rounds === "string") return { ...row, result: { notMeasured: rounds } };
  const values = rounds.map(target.valueOf).sort((a, b) => a - b);
  const [lowest = Number.NaN] = values;
  const note = rounds[0] === undefined ? undefined : target.noteOf?.(rounds[0]);
  return {
    ...row,
    result: {
      median: medianOf(values),
      lowest,
      highest: values.at(-1) ?? Number.NaN,
      ...(note === undefined ? {} : { note }),
    },
  };
}

export function describeMachine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
}

export function describeRules({ origin, rules }: RuleSet): string {
  const counts = new Map<string, number>();
  for (const { type } of rules) counts.set(type, (counts.get(type) ?? 0) + 1);
  return `${origin}: ${[...counts].map(([type, count]) => `${count} ${type}`).join(", ")}`;
}

export function readResults(path: string | URL): Results | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Results;
  } catch {
    return undefined;
  }
}

/** Writes results; rows of an earlier run that were not measured this time stay, while what is said about the run is that of the last. */
export function writeResults(path: string, results: Results): void {
  const isNew = (row: ResultRow) => !results.rows.some((own) => keyOf(own) === keyOf(row));
  const kept = readResults(path)?.rows.filter(isNew) ?? [];
  const rows = [...kept, ...results.rows].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  writeFileSync(path, `${JSON.stringify({ ...results, rows }, null, 2)}\n`);
}

/** Of values in order. */
function medianOf(values: readonly number[]): number {
  const middle = values.length >> 1;
  const upper = values[middle] ?? Number.NaN;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? Number.NaN) + upper) / 2;
}

function keyOf({ events, id, what }: ResultRow): string {
  return `${id} ${what} ${events}`;
}
