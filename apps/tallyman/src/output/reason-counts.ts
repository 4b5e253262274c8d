import { fit } from "./fit.ts";
import { counted, formatCount } from "./quantity.ts";
import type { Terminal } from "./terminal.ts";

/** A reason, and how often it was given. */
export interface ReasonCount {
  /** A few words, of which names may be untrusted text. */
  readonly reason: string;
  readonly count: number;
}

/** Counts equal reasons, the most frequent first; absent ones do not count. */
export function countReasons(reasons: Iterable<string | undefined>): readonly ReasonCount[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) {
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return Array.from(counts, ([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

/** More reasons than this are summed up. */
const reasonsMax = 6;

/** A line for each reason, its count before it, and one for the rest. None when there are none. */
export function reasonLines(
  reasons: readonly ReasonCount[],
  terminal: Terminal,
  indent: string,
): readonly string[] {
  if (reasons.length === 0) return [];
  const shown = reasons.slice(0, reasons.length === reasonsMax + 1 ? reasons.length : reasonsMax);
  const others = reasons.slice(shown.length);
  const rest = others.reduce((sum, { count }) => sum + count, 0);
  const columns = Math.max(
    ...[...shown.map(({ count }) => count), rest].map((count) => formatCount(count).length),
  );
  const line = ({ reason, count }: ReasonCount) => {
    const lead = `${indent}${formatCount(count).padStart(columns)}  `;
    return lead + fit(reason, terminal.width - lead.length, terminal);
  };
  const last = { reason: `for ${counted(others.length, "other reason")}`, count: rest };
  return [...shown, ...(others.length > 0 ? [last] : [])].map(line);
}
