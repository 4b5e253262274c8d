import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { compareText } from "@tallyman/languages";

/** One value of a join key. Null stands for the missing value of an optional `by ?field`. */
export type JoinKeyValue = string | number | boolean | null;

/** The values by which events belong together, one for each `by` field; empty for a sequence without keys. */
export type JoinKey = readonly JoinKeyValue[];

/** Longer values are held as a digest, so that no event decides how much memory a key takes. */
export const keyValueLengthMax = 512;

/** A text that two keys share only when their values and the types of these are the same. */
export function joinKeyText(key: JoinKey): string {
  let text = "";
  for (const value of key) text += valueText(value);
  return text;
}

/** Keys with their texts, each key once: a value that stands twice in an array is no second key. */
export function distinctKeys(keys: readonly JoinKey[]): readonly (readonly [text: string, key: JoinKey])[] {
  const withTexts = keys.map((key) => [joinKeyText(key), key] as const);
  return keys.length < 2 ? withTexts : [...new Map(withTexts)];
}

/** Orders keys value by value: null, then booleans, numbers, and texts by code point, as Elasticsearch orders samples. */
export function compareJoinKeys(a: JoinKey, b: JoinKey): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = compareValues(a[i] as JoinKeyValue, b[i] as JoinKeyValue);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

// Each form ends by itself, through its length or its last character, so that values cannot run into each other.
function valueText(value: JoinKeyValue): string {
  switch (typeof value) {
    case "string":
      return value.length <= keyValueLengthMax ? `s${value.length}:${value}` : `d${digestOfUnits(value)}`;
    case "number":
      return `n${value};`;
    case "boolean":
      return value ? "t" : "f";
    default:
      return "0";
  }
}

/** SHA-256 of the UTF-16 units: UTF-8 would make one of all texts that differ in a lone surrogate only. */
function digestOfUnits(text: string): string {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[2 * i] = unit >> 8;
    bytes[2 * i + 1] = unit & 0xff;
  }
  return bytesToHex(sha256(bytes));
}

function compareValues(a: JoinKeyValue, b: JoinKeyValue): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return rank(a) - rank(b);
}

function rank(value: JoinKeyValue): number {
  if (value === null) return 0;
  if (typeof value === "boolean") return value ? 2 : 1;
  return typeof value === "number" ? 3 : 4;
}
