import { foldCase } from "@tallyman/ecs";
/**
 * Wildcard patterns: `*` for any run of characters, `?` for exactly one. They are matched by searching the pieces between the
 * stars from left to right, each at its first place after the one before. For `*` the first place is as good as any other, so
 * there is nothing to go back to: the time is at most the length of the text times that of the pattern, whatever the text.
 */
export interface WildcardPattern {
  /** The pieces between the stars; the first is bound to the start of the text and the last to its end. */
  readonly pieces: readonly WildcardPiece[];
}

/** A run of literal text with single-character holes: `a?c` is `["a", "c"]`. One element means no hole. */
export type WildcardPiece = readonly string[];

/** A pattern from its pieces of literal text, which stood between stars. */
export function patternFromLiterals(literals: readonly string[]): WildcardPattern {
  return { pieces: literals.map((literal) => [literal]) };
}

/**
 * Reads a pattern in which `*` and `?` are wildcards. With `escapes`, a backslash makes the character after it literal, as in
 * Elasticsearch's wildcard query; without, it is an ordinary character, as in EQL.
 */
export function parseWildcard(text: string, options: { readonly escapes: boolean }): WildcardPattern {
  const pieces: string[][] = [];
  let piece = [""];
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === "*") {
      pieces.push(piece);
      piece = [""];
    } else if (c === "?") piece.push("");
    else {
      const literal = options.escapes && c === "\\" && i + 1 < text.length ? (text[++i] as string) : c;
      piece[piece.length - 1] += literal;
    }
  }
  pieces.push(piece);
  return { pieces };
}

/** True when the pattern has no wildcard at all. */
export function isLiteral(pattern: WildcardPattern): boolean {
  return pattern.pieces.length === 1 && pattern.pieces[0]?.length === 1;
}

/** True when the pattern is nothing but stars. */
export function matchesEverything(pattern: WildcardPattern): boolean {
  return pattern.pieces.length > 1 && pattern.pieces.every((piece) => piece.length === 1 && piece[0] === "");
}

/** The pattern in lower case, to be matched against text in lower case. */
export function lowerPattern(pattern: WildcardPattern): WildcardPattern {
  return { pieces: pattern.pieces.map((piece) => piece.map((literal) => foldCase(literal))) };
}

/** The pattern as it would be written with `*` and `?` and backslash escapes. */
export function printPattern(pattern: WildcardPattern): string {
  return pattern.pieces
    .map((piece) => piece.map((literal) => literal.replace(/[\\*?]/g, "\\$&")).join("?"))
    .join("*");
}

/** Makes the test of whether the whole of a text matches the pattern. */
export function compileWildcard(pattern: WildcardPattern): (text: string) => boolean {
  const pieces = pattern.pieces.map(finderOf);
  const first = pieces[0] as Finder;
  const last = pieces.at(-1) as Finder;
  if (pieces.length === 1) return (text) => first.endOf(text, 0) === text.length;
  const middle = pieces.slice(1, -1).filter((piece) => !piece.isEmpty);
  if (first.isEmpty && last.isEmpty) {
    if (middle.length === 0) return () => true;
    const [only] = middle;
    if (middle.length === 1 && only !== undefined) return (text) => only.find(text, 0) >= 0;
  }
  return (text) => {
    let at = first.endOf(text, 0);
    if (at < 0) return false;
    for (const piece of middle) {
      at = piece.find(text, at);
      if (at < 0) return false;
    }
    return last.endsAt(text, at);
  };
}

interface Finder {
  readonly isEmpty: boolean;
  /** Where the piece ends when it starts at `at`, or -1. */
  endOf(text: string, at: number): number;
  /** Where the piece ends at its first place from `at` on, or -1. */
  find(text: string, at: number): number;
  /** True when the piece can end the text without starting before `at`. */
  endsAt(text: string, at: number): boolean;
}

function finderOf(piece: WildcardPiece): Finder {
  return piece.length === 1 ? literalFinder(piece[0] as string) : holedFinder(piece);
}

function literalFinder(literal: string): Finder {
  return {
    isEmpty: literal === "",
    endOf: (text, at) => (text.startsWith(literal, at) ? at + literal.length : -1),
    find(text, at) {
      const found = text.indexOf(literal, at);
      return found < 0 ? -1 : found + literal.length;
    },
    endsAt: (text, at) => text.length - literal.length >= at && text.endsWith(literal),
  };
}

function holedFinder(piece: WildcardPiece): Finder {
  const [head = "", ...rest] = piece;
  const endOf = (text: string, start: number): number => {
    if (!text.startsWith(head, start)) return -1;
    let at = start + head.length;
    for (const literal of rest) {
      if (at >= text.length) return -1;
      // A hole is one character: both halves of a surrogate pair.
      at += isPair(text, at) ? 2 : 1;
      if (!text.startsWith(literal, at)) return -1;
      at += literal.length;
    }
    return at;
  };
  return {
    isEmpty: false,
    endOf,
    find(text, from) {
      for (let start = from; ; start++) {
        start = text.indexOf(head, start);
        if (start < 0 || start >= text.length) return -1;
        if (isLowHalf(text, start)) continue;
        const end = endOf(text, start);
        if (end >= 0) return end;
      }
    },
    endsAt(text, from) {
      // Backwards from the end, since a hole may be one unit wide or two.
      let at = text.length;
      for (let i = piece.length - 1; i > 0; i--) {
        const literal = piece[i] as string;
        at -= literal.length;
        if (at < from || !text.startsWith(literal, at)) return false;
        at -= at >= 2 && isPair(text, at - 2) ? 2 : 1;
      }
      at -= head.length;
      return at >= from && text.startsWith(head, at);
    },
  };
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

/** True in the middle of a surrogate pair, where no character starts. */
function isLowHalf(text: string, at: number): boolean {
  return at > 0 && isPair(text, at - 1);
}
