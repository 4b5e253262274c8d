import { parseTimestamp, type Timestamp } from "@tallyman/ecs";

const timestampKey = '"@timestamp"';
const sourceKey = '"_source"';
/** A glance goes no further than this; a longer record is rare and can as well be parsed. */
const glanceBytesMax = 64 * 1024;
/** How most shippers begin an event. */
const usualBeginning = `{${timestampKey}:"`;

/** What a glance at an event shows. */
export interface Glance {
  readonly timestamp: Timestamp;
  /** True when the event stands in the `_source` of a search hit. */
  readonly isHit: boolean;
}

/**
 * The time that an event's JSON text says it has, found without parsing it: the text under `@timestamp` in the object, or in the
 * `_source` of a search hit. Undefined when there is none to be found so easily. Objects further within do not count: what they are
 * called is often up to whoever caused the event. Of an object that names its time twice the first counts here, and the last once it is parsed.
 */
export function glanceTimestamp(bytes: Buffer): Glance | undefined {
  // All that is looked for is ASCII, and so is nothing in what this makes of other characters.
  const beginning = bytes.toString("latin1", 0, usualBeginning.length + 40);
  return beginning.startsWith(usualBeginning)
    ? glanceAt(beginning, usualBeginning.length - 1, false)
    : findTimestamp(bytes.toString("latin1", 0, glanceBytesMax));
}

function findTimestamp(text: string): Glance | undefined {
  let depth = 0;
  let keyDepth = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        if (depth === keyDepth && text.startsWith(timestampKey, at)) {
          const value = valueBehind(text, at + timestampKey.length);
          if (value !== undefined) return glanceAt(text, value, keyDepth === 2);
        }
        if (depth === 1 && text.startsWith(sourceKey, at)) {
          const value = valueBehind(text, at + sourceKey.length);
          if (value !== undefined && text[value] === "{") keyDepth = 2;
        }
        at = endOfString(text, at);
        break;
      }
      case "{":
      case "[":
        depth += 1;
        break;
      case "}":
      case "]":
        depth -= 1;
        if (depth < keyDepth) return undefined;
        break;
    }
  }
  return undefined;
}

/** The time that the string with its quote at `openQuote` spells. */
function glanceAt(text: string, openQuote: number, isHit: boolean): Glance | undefined {
  if (text[openQuote] !== '"') return undefined;
  const timestamp = parseTimestamp(text.slice(openQuote + 1, endOfString(text, openQuote)));
  return timestamp && { timestamp, isHit };
}

/** Where the value of a key begins that ends at `at`; undefined when that was no key. */
function valueBehind(text: string, at: number): number | undefined {
  const colon = skipBlanks(text, at);
  return text[colon] === ":" ? skipBlanks(text, colon + 1) : undefined;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return at;
}

/** The index of the quote that ends a string, or the text's length. */
function endOfString(text: string, openQuote: number): number {
  for (let at = text.indexOf('"', openQuote + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}
