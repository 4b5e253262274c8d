import type { Json } from "./json.ts";

/**
 * A point in time: whole milliseconds since 1970-01-01T00:00Z, and the nanoseconds below the millisecond (0 to 999,999).
 * Comparisons against rules use the milliseconds, as Elasticsearch's `date` type does; the nanoseconds only order
 * events that share a millisecond.
 */
export interface Timestamp {
  readonly ms: number;
  readonly nanos: number;
}

/** The outermost instants that a `Date` can hold, before and after 1970, in milliseconds. */
export const msMax = 8.64e15;

/** The farthest offset that Java takes. */
const offsetMinutesMax = 18 * 60;

/**
 * Reads an event's time. Text is ISO 8601: a year, a month, a day or a time of day with any offset (none means UTC) and
 * fractional digits, of which nine count; a blank may stand for the T. Numbers, and text of more or fewer than four digits, are
 * epoch milliseconds, except that a number from 1e8 up to 1e11 is taken for epoch seconds (1973 to 5138), the form that
 * many shippers write. Returns undefined for anything else. Source: Elasticsearch reference, `strict_date_optional_time`.
 */
export function parseTimestamp(value: Json | undefined): Timestamp | undefined {
  if (typeof value === "number") return fromNumber(value);
  if (typeof value !== "string") return undefined;
  if (value !== lastText) {
    lastTimestamp = parseIso(value) ?? (isDecimal(value) ? fromNumber(Number(value)) : undefined);
    lastText = value;
  }
  return lastTimestamp;
}

/** Many ask for the time of one event, one after the other. */
let lastText: string | undefined;
let lastTimestamp: Timestamp | undefined;

/** Negative when `a` is earlier than `b`, positive when it is later, 0 when they are equal to the nanosecond. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.ms - b.ms || a.nanos - b.nanos;
}

/** The ISO 8601 form with milliseconds, in UTC. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function fromNumber(value: number): Timestamp | undefined {
  if (!Number.isFinite(value)) return undefined;
  const seconds = Math.abs(value) >= 1e8 && Math.abs(value) < 1e11;
  const exact = seconds ? value * 1000 : value;
  const ms = Math.floor(exact);
  if (Math.abs(ms) > msMax) return undefined;
  // A double holds about a microsecond of an epoch in seconds: digits beyond that would be noise.
  return { ms, nanos: Math.min(999_000, Math.round((exact - ms) * 1000) * 1000) };
}

function isDecimal(text: string): boolean {
  if (text.length === 0 || text.length > 24) return false;
  let point = false;
  for (let i = text[0] === "-" ? 1 : 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 46 && !point && i > 0) point = true;
    else if (c < 48 || c > 57) return false;
  }
  return text !== "-";
}

// Written out by hand rather than left to Date.parse: that accepts a great deal more than Elasticsearch does, drops what is
// below the millisecond, and takes a date without offset for local time.
function parseIso(text: string): Timestamp | undefined {
  const n = text.length;
  const year = digits(text, 0, 4);
  if (year < 0) return undefined;
  let month = 1;
  let day = 1;
  let hour = 0;
  let minute = 0;
  let second = 0;
  let ms = 0;
  let nanos = 0;
  let offset: number | undefined = 0;
  if (n > 4) {
    month = text[4] === "-" ? digits(text, 5, 2) : -1;
    if (n > 7) day = text[7] === "-" ? digits(text, 8, 2) : -1;
    if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  }
  if (n > 10) {
    if (text[10] !== "T" && text[10] !== "t" && text[10] !== " ") return undefined;
    hour = digits(text, 11, 2);
    let at = 13;
    if (text[at] === ":") {
      minute = digits(text, at + 1, 2);
      at += 3;
      if (text[at] === ":") {
        second = digits(text, at + 1, 2);
        at += 3;
        if (text[at] === "." || text[at] === ",") {
          let value = 0;
          let count = 0;
          for (at += 1; at < n; at++) {
            const c = text.charCodeAt(at) - 48;
            if (c < 0 || c > 9) break;
            if (count < 9) value = value * 10 + c;
            count += 1;
          }
          if (count === 0) return undefined;
          for (; count < 9; count++) value *= 10;
          ms = Math.floor(value / 1e6);
          nanos = value % 1e6;
        }
      }
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;
    offset = parseOffset(text, at);
  }
  if (offset === undefined) return undefined;
  const base = Date.UTC(2000, month - 1, day, hour, minute, second);
  // Date.UTC reads the years 0 to 99 as 1900 to 1999, so the year is set on its own.
  const epoch =
    year >= 100 ? Date.UTC(year, month - 1, day, hour, minute, second) : new Date(base).setUTCFullYear(year);
  return { ms: epoch + ms - offset * 60_000, nanos };
}

/** Minutes east of UTC of the offset that ends the text at `at`; undefined when something else stands there. */
function parseOffset(text: string, at: number): number | undefined {
  const rest = text.length - at;
  if (rest === 0) return 0;
  const sign = text[at];
  if (sign === "Z" || sign === "z") return rest === 1 ? 0 : undefined;
  if (sign !== "+" && sign !== "-") return undefined;
  const hours = digits(text, at + 1, 2);
  let minutes = 0;
  if (rest === 6 && text[at + 3] === ":") minutes = digits(text, at + 4, 2);
  else if (rest === 5) minutes = digits(text, at + 3, 2);
  else if (rest !== 3) return undefined;
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > offsetMinutesMax) return undefined;
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes);
}

/** The number that `count` digits at `at` spell, or -1. */
function digits(text: string, at: number, count: number): number {
  if (at + count > text.length) return -1;
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const c = text.charCodeAt(i) - 48;
    if (c < 0 || c > 9) return -1;
    value = value * 10 + c;
  }
  return value;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
