import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import type { RangeOperator } from "../expression/expression.ts";
import type { KqlLiteral, KqlQuery, KqlValues } from "./ast.ts";
import { isSpace, scanLiteral, skipKeyword, skipSpace } from "./scan-literal.ts";

/** Brackets and braces may stand in each other this deep. */
export const kqlDepthMax = 100;

/** Queries may be this long, in UTF-16 units; the longest public rule has 10,000. */
export const kqlLengthMax = 1_000_000;

export type ParsedKql =
  | { readonly query: KqlQuery; readonly diagnostics: readonly [] }
  | { readonly query: undefined; readonly diagnostics: readonly [Diagnostic] };

/** Reads a KQL query. Ends at the first error: `syntax-error`, `too-deep` or `too-long`. */
export function parseKql(text: string): ParsedKql {
  if (text.length > kqlLengthMax) {
    const span = { start: kqlLengthMax, end: text.length };
    return refuse(diagnostic("too-long", span, `The query is longer than ${kqlLengthMax} characters`));
  }
  const parser = new Parser(text);
  const query = parser.parse();
  return query === undefined ? refuse(parser.problem) : { query, diagnostics: [] };
}

function refuse(problem: Diagnostic): ParsedKql {
  return { query: undefined, diagnostics: [problem] };
}

type Node = KqlQuery | KqlValues;

/**
 * One method a rule of the grammar (see README.md). White space separates keywords and is also part of bare literals, so there is no
 * token stream: each rule reads characters. Methods return undefined after they have set `problem`.
 */
class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  problem: Diagnostic = diagnostic("syntax-error", { start: 0, end: 0 }, "The query cannot be read");

  constructor(text: string) {
    this.#text = text;
  }

  parse(): KqlQuery | undefined {
    this.#at = skipSpace(this.#text, 0);
    if (this.#at === this.#text.length)
      return { kind: "match-all", span: { start: 0, end: this.#text.length } };
    const query = this.#junctions(() => this.#subQuery());
    if (query === undefined) return undefined;
    this.#at = skipSpace(this.#text, this.#at);
    return this.#at === this.#text.length ? query : this.#unexpected();
  }

  /** `not` binds tightest, then `and`, then `or`; queries and lists of values are joined alike. */
  #junctions<N extends Node>(operand: () => N | undefined): N | undefined {
    return this.#junction("or", () => this.#junction("and", () => this.#negation(operand)));
  }

  #junction<N extends Node>(kind: "and" | "or", operand: () => N | undefined): N | undefined {
    const first = operand();
    if (first === undefined) return undefined;
    const operands = [first];
    for (let next = this.#afterKeyword(kind); next >= 0; next = this.#afterKeyword(kind)) {
      this.#at = next;
      const another = operand();
      if (another === undefined) return undefined;
      operands.push(another);
    }
    if (operands.length === 1) return first;
    const span = { start: first.span.start, end: (operands.at(-1) as N).span.end };
    return { kind, operands, span } as unknown as N;
  }

  /** Where the text goes on after white space, a keyword and white space; -1 when they are not there. */
  #afterKeyword(keyword: "and" | "or"): number {
    const start = skipSpace(this.#text, this.#at);
    return start > this.#at ? skipKeyword(this.#text, start, keyword) : -1;
  }

  #negation<N extends Node>(operand: () => N | undefined): N | undefined {
    const start = this.#at;
    const next = skipKeyword(this.#text, start, "not");
    if (next < 0) return operand();
    this.#at = next;
    if (skipKeyword(this.#text, next, "not") >= 0) {
      return this.#fail(next, "'not' cannot follow 'not'", "put the second one in brackets: not (not …)", 3);
    }
    const negated = operand();
    return (
      negated && ({ kind: "not", operand: negated, span: { start, end: negated.span.end } } as unknown as N)
    );
  }

  #subQuery(): KqlQuery | undefined {
    if (this.#text[this.#at] === "(")
      return this.#bracketed(")", () => this.#junctions(() => this.#subQuery()));
    const first = this.#literal();
    if (first === undefined) return undefined;
    const afterFirst = this.#at;
    const { start } = first.span;
    this.#at = skipSpace(this.#text, this.#at);
    const operator = this.#rangeOperator();
    if (operator !== undefined) {
      this.#at = skipSpace(this.#text, this.#at + operator.length);
      const value = this.#literal();
      return (
        value && { kind: "field-range", field: first, operator, value, span: { start, end: value.span.end } }
      );
    }
    if (this.#text[this.#at] !== ":") {
      this.#at = afterFirst;
      return { kind: "free-text", value: first, span: first.span };
    }
    this.#at = skipSpace(this.#text, this.#at + 1);
    if (this.#text[this.#at] === "{") {
      const query = this.#bracketed("}", () => this.#junctions(() => this.#subQuery()));
      return query && { kind: "nested", field: first, query, span: { start, end: this.#at } };
    }
    const values = this.#values();
    return values && { kind: "field-values", field: first, values, span: { start, end: this.#at } };
  }

  #values(): KqlValues | undefined {
    if (this.#text[this.#at] !== "(") return this.#literal();
    return this.#bracketed(")", () => this.#junctions<KqlValues>(() => this.#values()));
  }

  #bracketed<N extends Node>(close: ")" | "}", content: () => N | undefined): N | undefined {
    const open = this.#at;
    if (this.#depth >= kqlDepthMax) {
      const message = `Brackets stand in each other deeper than ${kqlDepthMax} levels`;
      this.problem = diagnostic("too-deep", { start: open, end: open + 1 }, message);
      return undefined;
    }
    this.#depth += 1;
    this.#at = skipSpace(this.#text, open + 1);
    const inner = content();
    if (inner === undefined) return undefined;
    this.#at = skipSpace(this.#text, this.#at);
    if (this.#text[this.#at] !== close) {
      if (this.#at < this.#text.length) return this.#unexpected();
      return this.#fail(open, `The bracket is never closed`, `add the missing '${close}'`);
    }
    this.#at += 1;
    this.#depth -= 1;
    return inner;
  }

  #rangeOperator(): RangeOperator | undefined {
    const c = this.#text[this.#at];
    if (c !== "<" && c !== ">") return undefined;
    return this.#text[this.#at + 1] === "=" ? `${c}=` : c;
  }

  #literal(): KqlLiteral | undefined {
    const scanned = scanLiteral(this.#text, this.#at);
    if (scanned.literal !== undefined) {
      this.#at = scanned.end;
      return scanned.literal;
    }
    if (scanned.at === this.#text.length)
      return this.#fail(scanned.at, "The query ends where a value should follow");
    const c = this.#text[scanned.at] as string;
    if (scanned.hint !== undefined || c === '"') return this.#fail(scanned.at, scanned.problem, scanned.hint);
    if (skipKeyword(this.#text, scanned.at, "not") >= 0) {
      const hint = "put 'not' before the field name, or the values in brackets";
      return this.#fail(scanned.at, "'not' cannot stand here", hint, 3);
    }
    return this.#fail(scanned.at, `'${c}' stands where a value or field name should`, this.#hintAt(c));
  }

  /** What stands at the cursor continues nothing. */
  #unexpected(): undefined {
    const at = this.#at;
    const text = this.#text;
    const c = text[at] as string;
    if (skipKeyword(text, at, "not") >= 0 && at > 0 && !isSpace(text[at - 1])) {
      const message = "'not' followed by a space is read as the keyword, also at the end of a word";
      return this.#fail(at, message, "put the value in quotes", 3);
    }
    for (const keyword of ["and", "or"] as const) {
      if (text.slice(at, at + keyword.length).toLowerCase() === keyword) {
        const message = `'${keyword}' needs white space on both sides`;
        return this.#fail(at, message, undefined, keyword.length);
      }
    }
    return this.#fail(at, `'${c}' stands where 'and', 'or' or the end should`, hintAfterValue(c));
  }

  /** What to do about a character that begins no value. */
  #hintAt(c: string): string | undefined {
    switch (c) {
      case ":":
        return "a colon in a value needs a backslash before it, or quotes around the value";
      case ")":
      case "}":
        return this.#depth > 0 ? "a value or condition is missing before it" : "there may be one too many";
      case "\\":
        return "write two backslashes for one, or quote the value";
      default:
        return undefined;
    }
  }

  #fail(at: number, message: string, hint?: string, length = 1): undefined {
    const span: Span = { start: at, end: Math.min(this.#text.length, at + length) };
    this.problem = diagnostic("syntax-error", span, message, hint);
    return undefined;
  }
}

/** What to do about a character that continues nothing. */
function hintAfterValue(c: string): string | undefined {
  const joined = "conditions and values are joined by 'and' or 'or'";
  switch (c) {
    case ":":
      return `${joined}; a colon in a value needs a backslash before it, or quotes around the value`;
    case '"':
      return `${joined}; a quotation mark in a value needs a backslash before it`;
    case "(":
      return joined;
    case ")":
    case "}":
      return "there may be one too many";
    default:
      return undefined;
  }
}
