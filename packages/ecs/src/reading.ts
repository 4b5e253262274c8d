import type { Analyzer } from "./field-catalogue.ts";
import { foldCase } from "./fold-case.ts";
import { type IpKey, parseIp } from "./ip.ts";
import { parseTimestamp } from "./timestamp.ts";
import { tokenize } from "./tokens.ts";

/** A scalar of a document. Null is not among them: to Elasticsearch a null value is an absent one. */
export type Scalar = string | number | boolean;

/**
 * The ways in which a program can read a field's values. A value that the type of the field cannot hold reads as absent,
 * as on a cluster that ignores malformed values.
 */
export interface Readings {
  /** The values as they stand, for fields of unknown type. */
  readonly scalar: Scalar;
  /** Text, as a keyword field indexes it: numbers and booleans in their JSON form. */
  readonly keyword: string;
  /** The same in lower case. */
  readonly caseless: string;
  readonly number: number;
  readonly boolean: boolean;
  /** Epoch milliseconds. */
  readonly date: number;
  readonly ip: IpKey;
  /** The tokens of each value, in order. */
  readonly tokens: readonly string[];
  /** The same for the analyser of PowerShell script blocks. */
  readonly powershellTokens: readonly string[];
}

export type Reading = keyof Readings;

/** Reads one scalar; undefined when the reading's type cannot hold it. */
export const readScalar: { readonly [R in Reading]: (value: Scalar) => Readings[R] | undefined } = {
  scalar: (value) => value,
  keyword: (value) => (typeof value === "string" ? value : String(value)),
  // Numbers have letters too: 1e400 reads as Infinity.
  caseless: (value) => foldCase(String(value)),
  number: (value) =>
    typeof value === "number" ? value : typeof value === "string" ? parseNumber(value) : undefined,
  boolean: (value) =>
    typeof value === "boolean"
      ? value
      : value === "true"
        ? true
        : value === "false" || value === ""
          ? false
          : undefined,
  date: (value) => (typeof value === "boolean" ? undefined : parseTimestamp(value)?.ms),
  ip: (value) => (typeof value === "string" ? parseIp(value) : undefined),
  tokens: (value) => tokenize(String(value), "standard"),
  powershellTokens: (value) => tokenize(String(value), "powershell"),
};

/** The token reading of an analyser. */
export function tokenReading(analyzer: Analyzer): "tokens" | "powershellTokens" {
  return analyzer === "powershell" ? "powershellTokens" : "tokens";
}

/** The number that a text spells in JSON's or Java's decimal form; undefined for anything else, blanks included. */
export function parseNumber(text: string): number | undefined {
  if (text.length > 64 || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
