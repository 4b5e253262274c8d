import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import type { WildcardPattern } from "../values/wildcard.ts";
import type { LuceneBound } from "./ast.ts";

/** A piece of a query; `span` is where it stands. */
export type LuceneToken = { readonly span: Span } & (
  | { readonly kind: "AND" | "OR" | "NOT" | "+" | "-" | "(" | ")" | ":" | "*" | "end" }
  /** Escapes resolved. */
  | { readonly kind: "term" | "phrase"; readonly text: string }
  /** A plus, minus or exclamation mark with white space behind it. */
  | { readonly kind: "sign"; readonly text: string }
  | { readonly kind: "pattern"; readonly pattern: WildcardPattern }
  /** As it stands between the slashes. */
  | { readonly kind: "regex"; readonly source: string }
  | { readonly kind: "range"; readonly low: LuceneBound; readonly high: LuceneBound }
  /** What stands behind the tilde; empty when nothing does. */
  | { readonly kind: "~"; readonly text: string }
  /** The number behind it. */
  | { readonly kind: "^"; readonly text: string }
);

export type LuceneTokens =
  | { readonly tokens: readonly LuceneToken[]; readonly problem: undefined }
  | { readonly tokens: undefined; readonly problem: Diagnostic };

/** Cuts a query into tokens, of which the last is `end`. */
export function luceneTokens(text: string): LuceneTokens {
  const scanner = new Scanner(text);
  const tokens: LuceneToken[] = [];
  for (;;) {
    const token = scanner.next();
    if (token === undefined) return { tokens: undefined, problem: scanner.problem };
    tokens.push(token);
    if (token.kind === "end") return { tokens, problem: undefined };
  }
}

/** True for white space as Lucene's grammar has it. */
function isSpace(c: string | undefined): boolean {
  return c === " " || c === "\t" || c === "\n" || c === "\r" || c === "\u3000";
}

/** What ends a word, unless a backslash stands before it; `+` and `-` only begin no word. */
const special = '!():^[]"{}~/';

const wordOperators: Readonly<Record<string, "AND" | "OR" | "NOT">> = {
  AND: "AND",
  "&&": "AND",
  OR: "OR",
  "||": "OR",
  NOT: "NOT",
};

class Scanner {
  readonly #text: string;
  #at = 0;
  problem: Diagnostic = diagnostic("syntax-error", { start: 0, end: 0 }, "The query cannot be read");

  constructor(text: string) {
    this.#text = text;
  }

  next(): LuceneToken | undefined {
    this.#skipSpace();
    const start = this.#at;
    const c = this.#text[start];
    switch (c) {
      case undefined:
        return { kind: "end", span: { start, end: start } };
      case "(":
      case ")":
      case ":":
        return this.#sign(c);
      case "+":
      case "-":
      case "!":
        return this.#modifier(c);
      case '"':
        return this.#phrase();
      case "/":
        return this.#regex();
      case "^":
        return this.#boost();
      case "~":
        return this.#tilde();
      case "[":
      case "{":
        return this.#range();
      case "]":
      case "}":
        return this.#fail(
          start,
          `'${c}' ends no range`,
          "a bracket in a value needs a backslash before it, or quotes around the value",
        );
      default:
        return this.#word();
    }
  }

  #sign(kind: "(" | ")" | ":" | "+" | "-"): LuceneToken {
    this.#at += 1;
    return { kind, span: { start: this.#at - 1, end: this.#at } };
  }

  #modifier(c: "+" | "-" | "!"): LuceneToken {
    if (isSpace(this.#text[this.#at + 1])) {
      this.#at += 1;
      return { kind: "sign", text: c, span: { start: this.#at - 1, end: this.#at } };
    }
    if (c !== "!") return this.#sign(c);
    this.#at += 1;
    return { kind: "NOT", span: { start: this.#at - 1, end: this.#at } };
  }

  #phrase(): LuceneToken | undefined {
    const start = this.#at;
    this.#at += 1;
    let value = "";
    for (let c = this.#text[this.#at]; c !== undefined; c = this.#text[this.#at]) {
      if (c === '"') {
        this.#at += 1;
        return { kind: "phrase", text: value, span: { start, end: this.#at } };
      }
      const read = this.#character(c);
      if (read === undefined) return undefined;
      value += read;
    }
    return this.#fail(start, "The quotation mark is never closed");
  }

  #regex(): LuceneToken | undefined {
    const start = this.#at;
    const rest = /\/((?:[^/\\]|\\.)*)\//sy;
    rest.lastIndex = start;
    const match = rest.exec(this.#text);
    if (match === null) {
      const hint =
        "a slash begins a regular expression: in a value it needs a backslash before it, or quotes around the value";
      return this.#fail(start, "The regular expression is never closed", hint);
    }
    this.#at = rest.lastIndex;
    return { kind: "regex", source: match[1] as string, span: { start, end: this.#at } };
  }

  #boost(): LuceneToken | undefined {
    const start = this.#at;
    const number = /\^\d+(?:\.\d+)?/y;
    number.lastIndex = start;
    if (!number.test(this.#text)) return this.#fail(start, "'^' needs a number right behind it");
    this.#at = number.lastIndex;
    const text = this.#text.slice(start + 1, this.#at);
    return { kind: "^", text, span: { start, end: this.#at } };
  }

  #tilde(): LuceneToken | undefined {
    const start = this.#at;
    this.#at += 1;
    const word = this.#run();
    return word && { kind: "~", text: word.pieces.flat().join(""), span: { start, end: this.#at } };
  }

  #word(): LuceneToken | undefined {
    const start = this.#at;
    const raw = this.#run({ hasWildcards: true });
    if (raw === undefined) return undefined;
    const span = { start, end: this.#at };
    const written = this.#text.slice(start, this.#at);
    if (written === "*") return { kind: "*", span };
    const [only] = raw.pieces;
    if (raw.pieces.length > 1 || only === undefined || only.length > 1)
      return { kind: "pattern", pattern: raw, span };
    const operator = wordOperators[written];
    return operator === undefined
      ? { kind: "term", text: only[0] as string, span }
      : { kind: operator, span };
  }

  /** A run of characters that belong to a word. */
  #run({ hasWildcards = false } = {}): WildcardPattern | undefined {
    const pieces: string[][] = [[""]];
    for (let c = this.#text[this.#at]; c !== undefined; c = this.#text[this.#at]) {
      if (isSpace(c) || special.includes(c)) break;
      if (c === "*" || c === "?") {
        if (!hasWildcards) break;
        if (c === "*") pieces.push([""]);
        else pieces.at(-1)?.push("");
        this.#at += 1;
        continue;
      }
      const read = this.#character(c);
      if (read === undefined) return undefined;
      const piece = pieces.at(-1) as string[];
      piece[piece.length - 1] += read;
    }
    return { pieces };
  }

  /** The character at the cursor, where a backslash makes the one behind it ordinary, and `\uXXXX` is the character of that number. */
  #character(c: string): string | undefined {
    if (c !== "\\") {
      this.#at += 1;
      return c;
    }
    const start = this.#at;
    const escaped = this.#text[start + 1];
    if (escaped === undefined)
      return this.#fail(start, "A backslash ends the query", "write two backslashes for one");
    if (escaped !== "u") {
      this.#at += 2;
      return escaped;
    }
    const digits = this.#text.slice(start + 2, start + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
      const hint = "write two backslashes for one";
      return this.#fail(start, "'\\u' needs four hexadecimal digits behind it", hint, 2);
    }
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #range(): LuceneToken | undefined {
    const start = this.#at;
    const isLowInclusive = this.#text[start] === "[";
    this.#at += 1;
    const low = this.#bound(start);
    if (low === undefined) return undefined;
    this.#skipSpace();
    const to = this.#at;
    if (this.#text.slice(to, to + 2) !== "TO" || !isSpace(this.#text[to + 2]))
      return this.#fail(to, "A range needs 'TO' between its ends", "write [low TO high]", 2);
    this.#at += 2;
    const high = this.#bound(start);
    if (high === undefined) return undefined;
    this.#skipSpace();
    const end = this.#text[this.#at];
    if (end !== "]" && end !== "}")
      return this.#fail(start, "The range is never closed", "add the missing ']'");
    this.#at += 1;
    return {
      kind: "range",
      low: { ...low, isInclusive: isLowInclusive },
      high: { ...high, isInclusive: end === "]" },
      span: { start, end: this.#at },
    };
  }

  /** An end of a range: a quoted text, or what stands there up to white space or the closing bracket. */
  #bound(rangeStart: number): Omit<LuceneBound, "isInclusive"> | undefined {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text[start] === '"') {
      const phrase = this.#phrase();
      return phrase?.kind === "phrase" ? boundOf(phrase.text, phrase.span) : undefined;
    }
    let value = "";
    for (let c = this.#text[this.#at]; c !== undefined && !isSpace(c); c = this.#text[this.#at]) {
      if (c === "]" || c === "}") break;
      const read = this.#character(c);
      if (read === undefined) return undefined;
      value += read;
    }
    if (this.#at > start) return boundOf(value, { start, end: this.#at });
    if (this.#at === this.#text.length)
      return this.#fail(rangeStart, "The range is never closed", "add the missing ']'");
    return this.#fail(start, "An end of the range is missing", "write * for an open end");
  }

  #skipSpace(): void {
    while (isSpace(this.#text[this.#at])) this.#at += 1;
  }

  #fail(at: number, message: string, hint?: string, length = 1): undefined {
    const span: Span = { start: at, end: Math.min(this.#text.length, at + length) };
    this.problem = diagnostic("syntax-error", span, message, hint);
    return undefined;
  }
}

/** A star is an open end, in quotes too. */
function boundOf(text: string, span: Span): Omit<LuceneBound, "isInclusive"> {
  return { text: text === "*" ? undefined : text, span };
}
