import type { KqlLiteral } from "./ast.ts";

/** A literal that ends at `end`, or the place and reason why there is none. */
export type ScannedLiteral =
  | { readonly literal: KqlLiteral; readonly end: number }
  | { readonly literal: undefined; readonly at: number; readonly problem: string; readonly hint?: string };

/** True for the characters that separate: space, tab, line breaks and the no-break space. */
export function isSpace(c: string | undefined): boolean {
  return c === " " || c === "\t" || c === "\n" || c === "\r" || c === "\u00a0";
}

/** The first offset from `at` on that is not white space. */
export function skipSpace(text: string, at: number): number {
  let end = at;
  while (isSpace(text[end])) end += 1;
  return end;
}

/** Where the text goes on after `and`, `or` or `not` in any case and the white space that must follow; -1 when it is not there. */
export function skipKeyword(text: string, at: number, keyword: "and" | "or" | "not"): number {
  if (text.slice(at, at + keyword.length).toLowerCase() !== keyword) return -1;
  const end = skipSpace(text, at + keyword.length);
  return end > at + keyword.length ? end : -1;
}

/** Reads the literal that starts at `at`. */
export function scanLiteral(text: string, at: number): ScannedLiteral {
  return text[at] === '"' ? scanQuoted(text, at) : scanBare(text, at);
}

/** The characters that mean something in a bare literal unless a backslash stands before them. */
const special = '\\():<>"*{}';

function scanQuoted(text: string, start: number): ScannedLiteral {
  let value = "";
  for (let at = start + 1; at < text.length; ) {
    const c = text[at] as string;
    if (c === '"') {
      return {
        literal: { kind: "literal", isQuoted: true, parts: [value], span: { start, end: at + 1 } },
        end: at + 1,
      };
    }
    const escaped = c === "\\" ? scanEscape(text, at, '\\"') : undefined;
    // In quotes a backslash that begins no escape is itself.
    value += escaped?.value ?? c;
    at = escaped?.end ?? at + 1;
  }
  return { literal: undefined, at: start, problem: "The quotation mark is never closed" };
}

function scanBare(text: string, start: number): ScannedLiteral {
  const parts: string[] = [];
  let value = "";
  let at = start;
  // Of a run of white space only the first character is asked whether a keyword follows, or the run would be read anew for each.
  let spaceEnd = start;
  while (at < text.length) {
    const c = text[at] as string;
    if (c === "\\") {
      // `\not ` is the word and not a line break before `ot `, although `\notes` is one before `otes`.
      const isNot = skipKeyword(text, at + 1, "not") >= 0;
      const escaped = (isNot ? undefined : scanEscape(text, at, special)) ?? scanEscapedKeyword(text, at);
      if (escaped === undefined) {
        if (at === start) break;
        const next = text[at + 1] ?? "";
        const problem = `A backslash cannot stand before '${next}' outside quotes`;
        return { literal: undefined, at, problem, hint: "write two backslashes for one, or quote the value" };
      }
      value += escaped.value;
      at = escaped.end;
      continue;
    }
    if (c === "*") {
      parts.push(value);
      value = "";
    } else if (special.includes(c)) break;
    else if (isSpace(c)) {
      if (at >= spaceEnd) {
        spaceEnd = skipSpace(text, at);
        if (skipKeyword(text, spaceEnd, "and") >= 0 || skipKeyword(text, spaceEnd, "or") >= 0) break;
      }
      value += c;
    } else {
      // The language looks for `not ` anywhere, in the middle of a word too.
      if ((c === "n" || c === "N") && skipKeyword(text, at, "not") >= 0) break;
      value += c;
    }
    at += 1;
  }
  if (at === start) return { literal: undefined, at, problem: "A value or field name is missing" };
  parts.push(value);
  const trimmed = trimEnds(parts);
  return {
    literal: {
      kind: "literal",
      isQuoted: false,
      parts: trimmed,
      span: { start, end: endOfText(text, start, at) },
    },
    end: at,
  };
}

function trimEnds(parts: readonly string[]): readonly string[] {
  return parts.map((part, i) => {
    const head = i === 0 ? part.trimStart() : part;
    return i === parts.length - 1 ? head.trimEnd() : head;
  });
}

function endOfText(text: string, start: number, end: number): number {
  let last = end;
  while (last > start + 1 && isSpace(text[last - 1])) last -= 1;
  return last;
}

function scanEscape(text: string, at: number, literals: string): { value: string; end: number } | undefined {
  const c = text[at + 1];
  if (c === undefined) return undefined;
  if (c === "t") return { value: "\t", end: at + 2 };
  if (c === "r") return { value: "\r", end: at + 2 };
  if (c === "n") return { value: "\n", end: at + 2 };
  if (literals.includes(c)) return { value: c, end: at + 2 };
  if (c !== "u") return undefined;
  const digits = text.slice(at + 2, at + 6);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
  return { value: String.fromCharCode(Number.parseInt(digits, 16)), end: at + 6 };
}

function scanEscapedKeyword(text: string, at: number): { value: string; end: number } | undefined {
  for (const keyword of ["or", "and", "not"]) {
    const value = text.slice(at + 1, at + 1 + keyword.length);
    if (value.toLowerCase() === keyword) return { value, end: at + 1 + keyword.length };
  }
  return undefined;
}
