import { isBlank } from "./raw-record.ts";

/**
 * How records stand in a text. `lines`: one a line. `documents`: anywhere, over any number of lines, one behind the other or as
 * the elements of an array.
 */
export type Layout = "lines" | "documents";

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const lineFeed = 0x0a;

/**
 * Tells the layout of a text from its beginning; undefined when more of it is needed. More text never changes the answer.
 *
 * An array of objects is `documents`, even when it stands in one line, since such a line can be as long as the file. Objects are
 * `lines` when the first one ends with its line, and `documents` when it goes on in the next line or another follows in the same.
 * A first line that is no JSON is broken; then the rest is taken for lines too.
 */
export function findLayout(text: Buffer, hasEnded: boolean): Layout | undefined {
  const start = skipBlanks(text, 0);
  const first = text[start];
  if (first === undefined) return hasEnded ? "lines" : undefined;
  if (first === openBrace) return layoutOfObject(text, start, hasEnded);
  if (first !== openBracket) return "lines";
  const second = text[skipBlanks(text, start + 1)];
  if (second === undefined) return hasEnded ? "documents" : undefined;
  // Anything else in brackets is rather a log line: `[2026-01-05 08:00:00] …`.
  return second === openBrace || second === openBracket || second === closeBracket ? "documents" : "lines";
}

function layoutOfObject(text: Buffer, start: number, hasEnded: boolean): Layout | undefined {
  const containers: number[] = [];
  let previous = 0;
  for (let at = start; at < text.length; at++) {
    const byte = text[at] as number;
    switch (byte) {
      case quote:
        at = endOfString(text, at);
        // No string goes over a line end: this line is cut off.
        if (text[at] === lineFeed) return "lines";
        break;
      case openBrace:
      case openBracket:
        containers.push(byte);
        break;
      case closeBrace:
      case closeBracket:
        containers.pop();
        if (containers.length === 0) return layoutBehind(text, at + 1, hasEnded);
        break;
      case lineFeed: {
        const next = text[skipBlanks(text, at)];
        if (next === undefined) return hasEnded ? "documents" : undefined;
        const isElement =
          containers.at(-1) === openBracket && (previous === comma || previous === openBracket);
        // An object that begins where the first one has no place for a value is the next record, and the first one cut off.
        return next === openBrace && previous !== colon && !isElement ? "lines" : "documents";
      }
    }
    if (!isBlank(byte)) previous = byte;
  }
  return hasEnded ? "lines" : undefined;
}

/** The layout of a text whose first object ends where `at` is. */
function layoutBehind(text: Buffer, at: number, hasEnded: boolean): Layout | undefined {
  let next = at;
  while (isBlank(text[next]) && text[next] !== lineFeed) next += 1;
  if (next === text.length) return hasEnded ? "lines" : undefined;
  const byte = text[next];
  return byte === openBrace || byte === openBracket || byte === comma ? "documents" : "lines";
}

/** The index of the closing quote or of a line feed before it, or the text's length. */
function endOfString(text: Buffer, openQuote: number): number {
  let at = openQuote + 1;
  while (at < text.length && text[at] !== quote && text[at] !== lineFeed) {
    at += text[at] === backslash && text[at + 1] !== lineFeed ? 2 : 1;
  }
  return at;
}

function skipBlanks(text: Buffer, from: number): number {
  let at = from;
  while (isBlank(text[at])) at += 1;
  return at;
}
