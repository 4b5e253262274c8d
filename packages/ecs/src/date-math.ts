import { msMax, parseTimestamp } from "./timestamp.ts";

/**
 * A point in time as rules and range queries write it: `now-9m`, `now-7d/d`, `2024-05-01||+1M/M`, or a date that may leave
 * parts off. Source: Elasticsearch reference, date math. Everything is UTC.
 */
export interface DateMath {
  /** As it was written. */
  readonly text: string;
  /** True when it counts from the present moment. */
  readonly isRelative: boolean;
  /**
   * The instant in epoch milliseconds. What is left off or rounded away covers a stretch of time; `end` picks its last
   * millisecond in place of its first, which is how Elasticsearch reads the bounds `>` and `<=`.
   */
  resolve(nowMs: number, edge: "start" | "end"): number;
  /**
   * How far before now it always is, in milliseconds; undefined when that depends on the calendar (months, years, rounding)
   * or it does not count from now.
   */
  readonly fixedOffsetMs: number | undefined;
}

type Unit = "y" | "M" | "w" | "d" | "h" | "H" | "m" | "s";

interface Step {
  readonly kind: "add" | "round";
  readonly count: number;
  readonly unit: Unit;
}

const unitMs: Partial<Record<Unit, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  H: 3_600_000,
  m: 60_000,
  s: 1000,
};

/** Reads date math; undefined when the text is not that, or means a time that no date can be. */
export function parseDateMath(text: string): DateMath | undefined {
  let anchor: { readonly start: number; readonly end: number } | undefined;
  let at: number;
  if (text.startsWith("now")) {
    at = 3;
  } else {
    const bars = text.indexOf("||");
    const date = parsePartialDate(bars < 0 ? text : text.slice(0, bars));
    if (date === undefined) return undefined;
    // A date that math may follow is its first millisecond.
    anchor = bars < 0 ? date : { start: date.start, end: date.start };
    at = bars < 0 ? text.length : bars + 2;
  }
  const steps = parseSteps(text, at);
  if (steps === undefined) return undefined;
  const resolve: DateMath["resolve"] = (nowMs, edge) =>
    steps.reduce((ms, step) => apply(step, ms, edge), anchor === undefined ? nowMs : anchor[edge]);
  // Whether it stays within what a date can be hardly depends on when now is. Not a number is beyond, too.
  if (!(Math.abs(resolve(0, "end")) <= msMax)) return undefined;
  return {
    text,
    isRelative: anchor === undefined,
    fixedOffsetMs: anchor === undefined ? fixedOffset(steps) : undefined,
    resolve,
  };
}

/** Reads a duration such as `5m`, `1h` or `90s` as milliseconds; undefined when the text is not one. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|[smhdw])$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === "ms" ? 1 : (unitMs[match[2] as Unit] as number));
}

function parseSteps(text: string, start: number): readonly Step[] | undefined {
  const steps: Step[] = [];
  const step = /([+-])(\d{0,9})([yMwdhHms])|\/1?([yMwdhHms])/y;
  for (step.lastIndex = start; step.lastIndex < text.length; ) {
    const match = step.exec(text);
    // No count of steps that means anything comes near this.
    if (match === null || steps.length >= 16) return undefined;
    const count = match[2] === "" ? 1 : Number(match[2]);
    steps.push(
      match[4] === undefined
        ? { kind: "add", count: match[1] === "-" ? -count : count, unit: match[3] as Unit }
        : { kind: "round", count: 0, unit: match[4] as Unit },
    );
  }
  return steps;
}

function fixedOffset(steps: readonly Step[]): number | undefined {
  let offset = 0;
  for (const { kind, count, unit } of steps) {
    const ms = unitMs[unit];
    if (kind === "round" || ms === undefined) return undefined;
    offset -= count * ms;
  }
  return offset;
}

function apply({ kind, count, unit }: Step, ms: number, edge: "start" | "end"): number {
  if (kind === "add") {
    const fixed = unitMs[unit];
    return fixed === undefined ? addMonths(ms, unit === "y" ? count * 12 : count) : ms + count * fixed;
  }
  const start = floor(ms, unit);
  if (edge === "start") return start;
  const fixed = unitMs[unit];
  return (fixed === undefined ? addMonths(start, unit === "y" ? 12 : 1) : start + fixed) - 1;
}

function floor(ms: number, unit: Unit): number {
  const date = new Date(ms);
  switch (unit) {
    case "y":
      date.setUTCHours(0, 0, 0, 0);
      return date.setUTCMonth(0, 1);
    case "M":
      date.setUTCHours(0, 0, 0, 0);
      return date.setUTCDate(1);
    case "w":
      // Weeks begin on Monday.
      date.setUTCHours(0, 0, 0, 0);
      return date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    case "d":
    case "h":
    case "H":
    case "m":
    case "s": {
      const size = unitMs[unit] as number;
      return Math.floor(ms / size) * size;
    }
  }
}

/** Keeps the day of the month, or takes the last one where the month is shorter. */
function addMonths(ms: number, count: number): number {
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count);
  const last = new Date(Date.UTC(2000, 0, 1));
  last.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
  return date.setUTCDate(Math.min(day, last.getUTCDate()));
}

/** The first and the last millisecond of a date that may leave parts off: `2024`, `2024-05`, `2024-05-01T10`. */
function parsePartialDate(text: string): { start: number; end: number } | undefined {
  const match =
    /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})([.,]\d+)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/i.exec(
      text,
    );
  if (match === null) {
    const exact = parseTimestamp(text);
    return exact === undefined ? undefined : { start: exact.ms, end: exact.ms };
  }
  const [
    ,
    year,
    month = "01",
    day = "01",
    hour = "00",
    minute = "00",
    second = "00",
    fraction = "",
    offset = "Z",
  ] = match;
  const start = parseTimestamp(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${offset}`)?.ms;
  if (start === undefined) return undefined;
  const part = [match[2], match[3], match[4], match[5], match[6], match[7]].indexOf(undefined);
  const unit = (["y", "M", "d", "h", "m", "s"] as const)[part];
  if (unit === undefined) return { start, end: start };
  return {
    start,
    end:
      (unitMs[unit] === undefined
        ? addMonths(start, unit === "y" ? 12 : 1)
        : start + (unitMs[unit] as number)) - 1,
  };
}
