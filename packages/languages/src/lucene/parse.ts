import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import { readRegex } from "../regex/regex.ts";
import type { LuceneClause, LuceneField, LuceneQuery, LuceneValue } from "./ast.ts";
import { editsOf, slopOf } from "./fuzziness.ts";
import { type LuceneToken, luceneTokens } from "./tokens.ts";

/** Brackets may stand in each other this deep. */
export const luceneDepthMax = 100;

/** Queries may be this long, in UTF-16 units. */
export const luceneLengthMax = 1_000_000;

/** What similar values are looked for may be this long: each character costs some states. */
const fuzzyLengthMax = 256;

export type ParsedLucene =
  /** The diagnostics are warnings of what has no effect. */
  | { readonly query: LuceneQuery; readonly diagnostics: readonly Diagnostic[] }
  | { readonly query: undefined; readonly diagnostics: readonly [Diagnostic] };

/** Reads a query in Lucene's syntax. Ends at the first error: `syntax-error`, `bad-pattern`, `too-deep` or `too-long`. */
export function parseLucene(text: string): ParsedLucene {
  if (text.length > luceneLengthMax) {
    const span = { start: luceneLengthMax, end: text.length };
    return refuse(diagnostic("too-long", span, `The query is longer than ${luceneLengthMax} characters`));
  }
  const { problem, tokens } = luceneTokens(text);
  if (tokens === undefined) return refuse(problem);
  const parser = new Parser(tokens);
  const query = parser.parse();
  return query === undefined ? refuse(parser.problem) : { query, diagnostics: parser.notes };
}

function refuse(problem: Diagnostic): ParsedLucene {
  return { query: undefined, diagnostics: [problem] };
}

type TokenKind = LuceneToken["kind"];
type TildeToken = Extract<LuceneToken, { kind: "~" }>;

/** What may not stand behind a word that continues a run of words. */
const noRunBefore: ReadonlySet<TokenKind> = new Set([":", "*", "~", "^", "AND", "OR"]);

/** One method a rule of the grammar (see README.md). Methods return undefined after they have set `problem`. */
class Parser {
  readonly #tokens: readonly LuceneToken[];
  #at = 0;
  #depth = 0;
  readonly notes: Diagnostic[] = [];
  problem: Diagnostic = diagnostic("syntax-error", { start: 0, end: 0 }, "The query cannot be read");

  constructor(tokens: readonly LuceneToken[]) {
    this.#tokens = tokens;
  }

  parse(): LuceneQuery | undefined {
    const first = this.#token;
    if (first.kind === "end") return { kind: "match-all", span: { start: 0, end: first.span.end } };
    const query = this.#query();
    if (query === undefined) return undefined;
    return this.#token.kind === "end" ? query : this.#unexpected();
  }

  get #token(): LuceneToken {
    return this.#ahead(0);
  }

  #ahead(count: number): LuceneToken {
    return (this.#tokens[this.#at + count] ?? this.#tokens.at(-1)) as LuceneToken;
  }

  #query(): LuceneQuery | undefined {
    const clauses: LuceneClause[] = [];
    for (
      let { kind } = this.#token;
      clauses.length === 0 || (kind !== "end" && kind !== ")");
      { kind } = this.#token
    ) {
      const clause = this.#isRunOfWords() ? this.#runOfWords() : this.#clause(clauses.length === 0);
      if (clause === undefined) return undefined;
      clauses.push(clause);
    }
    const [only] = clauses;
    if (clauses.length === 1 && only?.modifier === undefined) return only?.query;
    const start = only?.query.span.start ?? 0;
    return { kind: "clauses", clauses, span: { start, end: clauses.at(-1)?.query.span.end ?? start } };
  }

  /** A word behind which another one stands that nothing else makes use of. */
  #isRunOfWords(): boolean {
    return this.#token.kind === "term" && this.#continuesRun(1);
  }

  #continuesRun(count: number): boolean {
    return this.#ahead(count).kind === "term" && !noRunBefore.has(this.#ahead(count + 1).kind);
  }

  #runOfWords(): LuceneClause {
    const words: string[] = [];
    const { start } = this.#token.span;
    let end = start;
    do {
      const token = this.#token;
      if (token.kind === "term") words.push(token.text);
      end = token.span.end;
      this.#at += 1;
    } while (this.#continuesRun(0));
    const span = { start, end };
    const value: LuceneValue = { kind: "words", words, span };
    const query: LuceneQuery = { kind: "value", field: undefined, value, boost: undefined, span };
    return { conjunction: undefined, modifier: undefined, query };
  }

  #clause(isFirst: boolean): LuceneClause | undefined {
    const conjunction = isFirst ? undefined : this.#accept("AND", "OR");
    const modifier = this.#accept("+", "-", "NOT");
    const { start } = this.#token.span;
    const field = this.#fieldName();
    const query = this.#token.kind === "(" ? this.#group(field, start) : this.#value(field, start);
    return query && { conjunction, modifier, query };
  }

  #accept<K extends TokenKind>(...kinds: readonly K[]): K | undefined {
    const { kind } = this.#token;
    if (!(kinds as readonly TokenKind[]).includes(kind)) return undefined;
    this.#at += 1;
    return kind as K;
  }

  #fieldName(): LuceneField | undefined {
    const token = this.#token;
    const name = token.kind === "term" ? token.text : token.kind === "*" ? "*" : undefined;
    if (name === undefined || this.#ahead(1).kind !== ":") return undefined;
    this.#at += 2;
    return { name, span: token.span };
  }

  #group(field: LuceneField | undefined, start: number): LuceneQuery | undefined {
    const open = this.#token.span;
    if (this.#depth >= luceneDepthMax) {
      const message = `Brackets stand in each other deeper than ${luceneDepthMax} levels`;
      this.problem = diagnostic("too-deep", open, message);
      return undefined;
    }
    this.#depth += 1;
    this.#at += 1;
    const query = this.#query();
    if (query === undefined) return undefined;
    const { end } = this.#token.span;
    if (this.#accept(")") === undefined) {
      if (this.#token.kind !== "end") return this.#unexpected();
      return this.#fail(open, "The bracket is never closed", "add the missing ')'");
    }
    this.#depth -= 1;
    const boost = this.#boost();
    return { kind: "group", field, query, boost, span: { start, end } };
  }

  #value(field: LuceneField | undefined, start: number): LuceneQuery | undefined {
    const token = this.#token;
    this.#at += 1;
    // The two may come in any order.
    const early = this.#boost();
    const tilde = this.#tilde(token);
    const boost = early ?? this.#boost();
    const value = this.#valueOf(token, tilde);
    if (value === undefined) return undefined;
    return { kind: "value", field, value, boost, span: { start, end: value.span.end } };
  }

  /** The tilde behind a token, where that may have one. */
  #tilde({ kind }: LuceneToken): TildeToken | undefined {
    const token = this.#token;
    if (token.kind !== "~" || kind === "range") return undefined;
    this.#at += 1;
    if (kind === "*" || kind === "pattern" || kind === "regex")
      this.notes.push(diagnostic("without-effect", token.span, "'~' has no effect behind a pattern"));
    return token;
  }

  #boost(): string | undefined {
    const token = this.#token;
    if (token.kind !== "^") return undefined;
    this.#at += 1;
    const message = "A boost has no effect: rules have no use for how well an event matches";
    this.notes.push(diagnostic("without-effect", token.span, message));
    return token.text;
  }

  #valueOf(token: LuceneToken, tilde: TildeToken | undefined): LuceneValue | undefined {
    const { span } = token;
    switch (token.kind) {
      case "term":
        return tilde === undefined
          ? { kind: "words", words: [token.text], span }
          : this.#fuzzy(token.text, span, tilde);
      case "sign":
        return tilde === undefined
          ? { kind: "sign", text: token.text, span }
          : this.#fuzzy(token.text, span, tilde);
      case "phrase": {
        const slop = slopOf(tilde?.text ?? "");
        if (slop === undefined)
          return this.#fail(tilde?.span ?? span, "'~' needs a whole number behind a phrase");
        return {
          kind: "phrase",
          text: token.text,
          slop,
          span: { start: span.start, end: tilde?.span.end ?? span.end },
        };
      }
      case "*":
        return { kind: "any", span };
      case "pattern":
        return { kind: "pattern", pattern: token.pattern, span };
      case "range":
        return { kind: "range", low: token.low, high: token.high, span };
      case "regex": {
        const { problem, regex } = readRegex(token.source, { ignoreCase: false });
        if (regex !== undefined) return { kind: "regex", regex, span };
        this.problem = diagnostic("bad-pattern", span, problem);
        return undefined;
      }
      default:
        return this.#missingValue(token);
    }
  }

  #fuzzy(text: string, { start }: Span, tilde: TildeToken): LuceneValue | undefined {
    if (text.length > fuzzyLengthMax)
      return this.#fail(tilde.span, `'~' stands behind words of at most ${fuzzyLengthMax} characters`);
    const edits = editsOf(tilde.text, text);
    if (edits !== undefined) return { kind: "fuzzy", text, edits, span: { start, end: tilde.span.end } };
    const hint = "write ~ alone, ~0, ~1 or ~2";
    return this.#fail(tilde.span, "'~' needs the number of edits behind it, two at most", hint);
  }

  #missingValue({ kind, span }: LuceneToken): undefined {
    if (kind === "end") return this.#fail(span, "The query ends where a value should follow");
    if (kind === "+" || kind === "-" || kind === "NOT")
      return this.#fail(span, `'${kind}' cannot stand behind another modifier`, "put it in brackets");
    if (kind === "AND" || kind === "OR")
      return this.#fail(
        span,
        `'${kind}' joins two conditions, and one is missing`,
        "put the word in quotes to look for it",
      );
    return this.#fail(span, `'${kind}' stands where a value or field name should`, hintAt(kind));
  }

  /** What stands at the cursor continues nothing. */
  #unexpected(): undefined {
    const { kind, span } = this.#token;
    return this.#fail(span, `'${kind}' stands where the end should`, hintAt(kind));
  }

  #fail(span: Span, message: string, hint?: string): undefined {
    this.problem = diagnostic("syntax-error", span, message, hint);
    return undefined;
  }
}

/** What to do about a sign that begins no value. */
function hintAt(kind: TokenKind): string | undefined {
  switch (kind) {
    case ":":
      return "a colon in a value needs a backslash before it, or quotes around the value";
    case ")":
      return "there may be one too many, or a condition missing before it";
    case "~":
    case "^":
      return "it belongs right behind a word or phrase; in a value it needs a backslash before it";
    default:
      return undefined;
  }
}
