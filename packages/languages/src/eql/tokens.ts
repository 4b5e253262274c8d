import { scanComment } from "./scan-comment.ts";
import { scanString } from "./scan-string.ts";

/** The smallest parts of a query. White space and comments are between them and nowhere in them. */
export type Token =
  /** A word that may name a field, category or function. */
  | { readonly kind: "name"; readonly text: string; readonly start: number; readonly end: number }
  /** A name with `~` after it, which may only name a function. */
  | { readonly kind: "tilde-name"; readonly text: string; readonly start: number; readonly end: number }
  /** A name in backquotes, which may only name a field. */
  | { readonly kind: "quoted-name"; readonly text: string; readonly start: number; readonly end: number }
  /** `$name`, only in the endpoint dialect. */
  | { readonly kind: "variable"; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: "string"; readonly text: string; readonly start: number; readonly end: number }
  | {
      readonly kind: "number";
      readonly text: string;
      readonly isFractional: boolean;
      readonly start: number;
      readonly end: number;
    }
  /** A reserved word or an operator, as `text` has it. */
  | { readonly kind: "fixed"; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: "end"; readonly text: ""; readonly start: number; readonly end: number }
  /** What begins no token, and why. */
  | {
      readonly kind: "bad";
      readonly text: string;
      readonly start: number;
      readonly end: number;
      readonly problem: string;
      readonly hint: string | undefined;
    };

/** Words that name nothing unless they stand in backquotes; they are reserved in lower case only. */
const reservedWords: ReadonlySet<string> = new Set([
  "and",
  "any",
  "by",
  "false",
  "in",
  "join",
  "like",
  "maxspan",
  "not",
  "null",
  "of",
  "or",
  "regex",
  "sample",
  "sequence",
  "true",
  "until",
  "where",
  "with",
]);

/** Reserved words that a `~` makes another operator of. */
const caselessWords: ReadonlySet<string> = new Set(["in", "like", "regex"]);

/** Longer ones first, so that each is found whole. */
const operators = ["![", "==", "!=", "<=", ">=", ..."=<>:+-*/%.,[]()|?"] as const;

/** True for a name that needs no backquotes. */
export function isPlainName(text: string): boolean {
  return /^[A-Za-z_@][A-Za-z0-9_]*$/.test(text) && !reservedWords.has(text);
}

/** Cuts a query into tokens, the last of which is `end`. What begins no token ends the list too. Linear in the length of the text. */
export function tokenizeEql(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const space = skipSpace(text, at);
    const token = "kind" in space ? space : readToken(text, space.at);
    tokens.push(token);
    if (token.kind === "end" || token.kind === "bad") return tokens;
    at = token.end;
  }
}

function skipSpace(text: string, from: number): { readonly at: number } | Token {
  let at = from;
  for (;;) {
    const c = text[at];
    if (c === " " || c === "\n" || c === "\r" || c === "\t") at += 1;
    else if (c === "/" && (text[at + 1] === "/" || text[at + 1] === "*")) {
      const end = scanComment(text, at);
      if (end === undefined)
        return bad(text, at, at + 2, "The comment is never closed", "add the missing */");
      at = end;
    } else return { at };
  }
}

function readToken(text: string, start: number): Token {
  const c = text[start];
  if (c === undefined) return { kind: "end", text: "", start, end: start };
  if (isNameStart(c)) return readName(text, start);
  if (isDigit(c) || (c === "." && isDigit(text[start + 1]))) return readNumber(text, start);
  if (c === '"') return readString(text, start);
  if (c === "`") return readQuotedName(text, start);
  if (c === "$" && isNameStart(text[start + 1])) {
    const end = endOfName(text, start + 1);
    return { kind: "variable", text: text.slice(start + 1, end), start, end };
  }
  return readOperator(text, start);
}

function readName(text: string, start: number): Token {
  const end = endOfName(text, start);
  const name = text.slice(start, end);
  const hasTilde = text[end] === "~";
  if (hasTilde && caselessWords.has(name)) return { kind: "fixed", text: `${name}~`, start, end: end + 1 };
  if (reservedWords.has(name)) return { kind: "fixed", text: name, start, end };
  return hasTilde
    ? { kind: "tilde-name", text: name, start, end: end + 1 }
    : { kind: "name", text: name, start, end };
}

function readNumber(text: string, start: number): Token {
  let end = endOfDigits(text, start);
  let isFractional = false;
  if (text[end] === ".") {
    isFractional = true;
    end = endOfDigits(text, end + 1);
  }
  if (text[end] === "e" || text[end] === "E") {
    const sign = text[end + 1] === "+" || text[end + 1] === "-" ? 2 : 1;
    if (isDigit(text[end + sign])) {
      isFractional = true;
      end = endOfDigits(text, end + sign);
    }
  }
  return { kind: "number", text: text.slice(start, end), isFractional, start, end };
}

function readString(text: string, start: number): Token {
  const scanned = scanString(text, start);
  if (scanned.problem !== undefined) return bad(text, scanned.at, scanned.end, scanned.problem, scanned.hint);
  return { kind: "string", text: scanned.value, start, end: scanned.end };
}

function readQuotedName(text: string, start: number): Token {
  let name = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf("`", at);
    if (quote < 0)
      return bad(text, start, start + 1, "The backquote is never closed", "add the missing backquote");
    name += text.slice(at, quote);
    if (text[quote + 1] !== "`") return { kind: "quoted-name", text: name, start, end: quote + 1 };
    // Two backquotes stand for one.
    name += "`";
    at = quote + 2;
  }
}

function readOperator(text: string, start: number): Token {
  const c = text[start] as string;
  if (c === "'" || (c === "?" && (text[start + 1] === '"' || text[start + 1] === "'"))) {
    return bad(
      text,
      start,
      start + 1,
      "Text stands in double quotes",
      'write "…", or """…""" where backslashes are meant as they stand',
    );
  }
  if (c === "!" && text[start + 1] === ":") {
    return bad(text, start, start + 2, "'!:' is no operator", 'write not field : "…"');
  }
  const operator = operators.find((candidate) => text.startsWith(candidate, start));
  if (operator !== undefined) return { kind: "fixed", text: operator, start, end: start + operator.length };
  const end = start + ((text.codePointAt(start) as number) > 0xffff ? 2 : 1);
  const hint =
    c === "&" ? "write and" : c === "!" ? "write not" : c === "#" ? "comments begin with //" : undefined;
  return bad(text, start, end, `'${text.slice(start, end)}' has no meaning here`, hint);
}

function bad(text: string, start: number, end: number, problem: string, hint: string | undefined): Token {
  return { kind: "bad", text: text.slice(start, end), start, end, problem, hint };
}

function isDigit(c: string | undefined): boolean {
  return c !== undefined && c >= "0" && c <= "9";
}

function isNameStart(c: string | undefined): boolean {
  return c !== undefined && ((c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_" || c === "@");
}

function endOfName(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && (isDigit(text[end]) || (text[end] !== "@" && isNameStart(text[end])))) end += 1;
  return end;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (isDigit(text[end])) end += 1;
  return end;
}
