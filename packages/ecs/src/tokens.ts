import type { Analyzer } from "./field-catalogue.ts";
import { foldCase } from "./fold-case.ts";

/**
 * Cuts text into the tokens that Elasticsearch would index: in order, in lower case, none for text without a word in it.
 * Takes time in proportion to the text.
 */
export function tokenize(text: string, analyzer: Analyzer): readonly string[] {
  return analyzer === "powershell" ? scriptTokens(text) : standardTokens(text);
}

/** Lucene's limit, in UTF-16 units: a longer word becomes several tokens. Source: `StandardAnalyzer`'s maximum token length. */
const tokenLengthMax = 255;

// How a character takes part in a word: the Word_Break property of Unicode Standard Annex 29 (UAX #29), with the
// scripts that have no such rules kept apart as Lucene keeps them.
const other = 0;
const letter = 1;
const hebrew = 2;
const digit = 3;
const katakana = 4;
/** Underscores and their like, which join whatever stands beside them. */
const joiner = 5;
/** Joins letters only: the colon, the middle dot. */
const midLetter = 6;
/** Joins digits only: the comma, the semicolon. */
const midNumber = 7;
/** Joins letters or digits: the full stop, the apostrophe. */
const midBoth = 8;
const singleQuote = 9;
const doubleQuote = 10;
/** Combining marks and invisible characters: part of whatever they follow. */
const mark = 11;
/** Ideographs and hiragana, each a token of its own. */
const single = 12;
/** Scripts of South East Asia, written without spaces: a run is one token. */
const complex = 13;

/**
 * Lucene's standard tokenizer and lower-case filter. The tokenizer implements the word boundaries of UAX #29 and keeps the
 * segments that hold a letter or a digit; emoji, which it keeps too, are left out here.
 */
function standardTokens(text: string): readonly string[] {
  const tokens: string[] = [];
  const lowered = foldCase(text);
  const { length } = text;
  let at = 0;
  while (at < length) {
    const kind = kindAt(text, at);
    let end: number;
    switch (kind) {
      case letter:
      case hebrew:
      case digit:
      case katakana:
        end = wordEnd(text, at);
        break;
      case joiner: {
        // Joiners alone are no word; at the front of one, as many belong to it as the longest token has room for.
        const word = runEnd(text, at, length, joiner);
        if (word === length || !startsWord(kindAt(text, word))) {
          at = word;
          continue;
        }
        at = Math.max(at, word + unitsAt(text, word) - tokenLengthMax);
        end = wordEnd(text, at);
        break;
      }
      case single:
        end = runEnd(text, at + unitsAt(text, at), at + tokenLengthMax, mark);
        break;
      case complex:
        end = runEnd(text, at, at + tokenLengthMax, complex);
        break;
      default:
        at += unitsAt(text, at);
        continue;
    }
    tokens.push(lowered.slice(at, end));
    at = end;
  }
  return tokens;
}

/** Where the word that starts at `start` ends. What it looks at beyond that end is bounded by the longest token. */
function wordEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + tokenLengthMax);
  // The kind of the last character of the word that is no mark, and of a mid character after it that waits for its other side.
  let last = other;
  let waiting = other;
  let end = start;
  for (let at = start; at < limit; ) {
    const kind = kindAt(text, at);
    const next = at + unitsAt(text, at);
    if (next > limit) break;
    const isJoined = end === at;
    at = next;
    if (kind === mark) {
      if (isJoined) end = at;
      continue;
    }
    if (waiting !== other) {
      if (!joins(last, waiting, kind)) break;
      waiting = other;
    } else if (last !== other && !continues(last, kind)) {
      if (!mayJoin(last, kind)) break;
      waiting = kind;
      // An apostrophe that ends a Hebrew word belongs to it.
      if (last === hebrew && kind === singleQuote) end = at;
      continue;
    }
    last = kind;
    end = at;
  }
  return end;
}

function startsWord(kind: number): boolean {
  return kind === letter || kind === hebrew || kind === digit || kind === katakana;
}

/** True when `next` belongs to the word that ends in `last`. Source: UAX #29, rules WB5, WB8 to WB10, WB13 to WB13b. */
function continues(last: number, next: number): boolean {
  if (next === joiner) return true;
  if (last === joiner) return startsWord(next);
  if (last === katakana || next === katakana) return last === next;
  return next === letter || next === hebrew || next === digit;
}

/** True when a mid character after `last` joins it to the right next one. Source: UAX #29, rules WB6, WB7a to WB7c, WB12. */
function mayJoin(last: number, mid: number): boolean {
  switch (mid) {
    case midLetter:
      return last === letter || last === hebrew;
    case midNumber:
      return last === digit;
    case midBoth:
    case singleQuote:
      return last === letter || last === hebrew || last === digit;
    case doubleQuote:
      return last === hebrew;
    default:
      return false;
  }
}

/** True when `next` is what a mid character after `last` waits for. Source: UAX #29, rules WB7, WB7c, WB11. */
function joins(last: number, mid: number, next: number): boolean {
  if (last === digit) return next === digit;
  return next === hebrew || (next === letter && mid !== doubleQuote);
}

/** The end of a run of one kind and the marks in it. */
function runEnd(text: string, start: number, limit: number, kind: number): number {
  let at = start;
  while (at < text.length) {
    const found = kindAt(text, at);
    const next = at + unitsAt(text, at);
    if ((found !== kind && found !== mark) || next > limit) break;
    at = next;
  }
  return at;
}

/** The pattern analyser that script blocks are mapped with: runs of ASCII word characters and hyphens. */
function scriptTokens(text: string): readonly string[] {
  const tokens: string[] = [];
  const lowered = foldCase(text);
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    if (isScriptWord[text.charCodeAt(at)] === 1) {
      if (start < 0) start = at;
    } else if (start >= 0) {
      tokens.push(lowered.slice(start, at));
      start = -1;
    }
  }
  if (start >= 0) tokens.push(lowered.slice(start));
  return tokens;
}

const asciiKinds = new Uint8Array(128);
const isScriptWord = new Uint8Array(128);
for (let unit = 0; unit < 128; unit++) {
  const character = String.fromCharCode(unit);
  asciiKinds[unit] = /[A-Za-z]/.test(character) ? letter : /[0-9]/.test(character) ? digit : other;
  isScriptWord[unit] = /[\w-]/.test(character) ? 1 : 0;
}
for (const [characters, kind] of [
  ["_", joiner],
  [":", midLetter],
  [",;", midNumber],
  [".", midBoth],
  ["'", singleQuote],
  ['"', doubleQuote],
] as const) {
  for (const character of characters) asciiKinds[character.charCodeAt(0)] = kind;
}

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 128 ? (asciiKinds[unit] as number) : wideKind(text.codePointAt(at) as number);
}

/** 2 for a character outside of the basic plane, which takes two UTF-16 units. */
function unitsAt(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff && (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
}

/** Kinds of the first four planes, each plus one, filled in as characters are met. The others hold no words. */
let wideKinds: Uint8Array | undefined;

function wideKind(codePoint: number): number {
  if (codePoint >= 0x40000) return classify(codePoint);
  wideKinds ??= new Uint8Array(0x40000);
  let known = wideKinds[codePoint] as number;
  if (known === 0) {
    known = classify(codePoint) + 1;
    wideKinds[codePoint] = known;
  }
  return known - 1;
}

// Word_Break is no property that regular expressions can ask for, so it is put together from those that define it.
// Source: UAX #29, table 3 (default word break property values).
const singles = /[\p{Ideographic}\p{sc=Han}\p{sc=Hiragana}]/u;
const complexScripts =
  /(?=[\p{Alphabetic}\p{M}])[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tai_Le}\p{sc=New_Tai_Lue}\p{sc=Tai_Tham}\p{sc=Tai_Viet}\p{sc=Ahom}]/u;
const digits = /[\p{Nd}\u0600-\u0605\u066b\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
const marks = /[\p{Grapheme_Extend}\p{Mc}\p{Emoji_Modifier}\u200d]|(?=\p{Cf})[^\u070f\u200b]/u;
const katakanas = /[\p{sc=Katakana}\u3031-\u3035\u309b\u309c\u30a0\u30fc\uff70]/u;
const joiners = /[\p{Pc}\u202f]/u;
const hebrews = /(?=\p{L})\p{sc=Hebrew}/u;
const midLetters = /[·\u0387\u055f\u05f4\u2027\ufe13\ufe55\uff1a]/;
const midNumbers = /[\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b]/;
const midBoths = /[\u2018\u2019\u2024\ufe52\uff07\uff0e]/;
const letters =
  /[\p{Alphabetic}\u02c2-\u02c5\u02d2-\u02d7\u02de\u02df\u02e5-\u02eb\u02ed\u02ef-\u02ff\u055a-\u055c\u055e\u058a\u05f3\u070f\ua708-\ua716\ua720\ua721\ua789\ua78a\uab5b]/u;

/** Tried from the top: a character is of the first kind whose set it is in. */
const kindsOfSets = [
  [complexScripts, complex],
  [digits, digit],
  [marks, mark],
  [katakanas, katakana],
  [singles, single],
  [joiners, joiner],
  [hebrews, hebrew],
  [midLetters, midLetter],
  [midNumbers, midNumber],
  [midBoths, midBoth],
  [letters, letter],
] as const;

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  return kindsOfSets.find(([set]) => set.test(character))?.[1] ?? other;
}
