import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type {
  EqlArithmetic,
  EqlCall,
  EqlComparison,
  EqlDialect,
  EqlExpression,
  EqlField,
  EqlFilter,
  EqlLiteral,
  EqlMatchOperator,
} from "./ast.ts";
import { endpointOnly } from "./endpoint-only.ts";
import { eqlDepthMax } from "./limits.ts";
import { type Token, tokenizeEql } from "./tokens.ts";

/** How tightly operators between two expressions bind; `not` binds like 3 and a minus sign like 7. */
const strengths: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  "==": 4,
  "!=": 4,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};
const notStrength = 3;
const comparisonStrength = 4;
const minusStrength = 7;

const matchOperators: readonly EqlMatchOperator[] = [":", "like", "like~", "regex", "regex~"];

/**
 * Reads conditions and other expressions by Pratt's method: an expression is what stands at the cursor, and then every operator that
 * binds tighter than the one before it takes what was read as its left side. `in`, `:` and their relatives belong to the value right
 * before them and bind tightest of all, as in Elasticsearch's grammar: `a + b : 1` is `a + (b : 1)`.
 */
export class ExpressionParser {
  readonly dialect: EqlDialect;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  problem: Diagnostic = diagnostic("syntax-error", { start: 0, end: 0 }, "The query cannot be read");

  constructor(text: string, dialect: EqlDialect) {
    this.#text = text;
    this.dialect = dialect;
    this.#tokens = tokenizeEql(text);
  }

  /** The token at the cursor; the last one stays there. */
  get next(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  /** Where the token before the cursor ends. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  advance(): void {
    this.#at += 1;
  }

  /** True when the reserved word or operator is next. */
  isNext(text: string): boolean {
    return this.next.kind === "fixed" && this.next.text === text;
  }

  isName(text: string): boolean {
    return this.next.kind === "name" && this.next.text === text;
  }

  skip(text: string): boolean {
    if (!this.isNext(text)) return false;
    this.advance();
    return true;
  }

  /** True at the end of the query. */
  end(): boolean {
    if (this.next.kind === "end") return true;
    this.unexpected("the end of the query");
    return false;
  }

  filter(): EqlFilter | undefined {
    const { kind, text, start, end } = this.next;
    let category: EqlFilter["category"];
    if (kind === "name" || kind === "string") category = { name: text, span: { start, end } };
    else if (!this.isNext("any")) {
      const hint =
        kind === "quoted-name"
          ? "categories with odd characters stand in double quotes"
          : "write any where … for events of every category";
      return this.unexpected("an event category", hint);
    }
    this.advance();
    if (!this.skip("where")) return this.unexpected("'where'");
    const condition = this.expression();
    return condition && { category, condition, span: { start, end: condition.span.end } };
  }

  bracketedFilter(): EqlFilter | undefined {
    return this.#nested("]", () => this.filter());
  }

  expression(): EqlExpression | undefined {
    return this.#operators(0);
  }

  #operators(minStrength: number): EqlExpression | undefined {
    let left = this.#operand(minStrength);
    while (left !== undefined) {
      const operator = this.next.kind === "fixed" ? this.next.text : "";
      const strength = strengths[operator] ?? 0;
      if (strength <= minStrength) return left;
      left =
        strength <= 2
          ? this.#junction(operator as "and" | "or", left)
          : this.#binary(operator, strength, left);
    }
    return undefined;
  }

  /** All operands of `and` or `or` in a row are operands of one node. */
  #junction(kind: "and" | "or", first: EqlExpression): EqlExpression | undefined {
    const operands = [first];
    while (this.skip(kind)) {
      const operand = this.#operators(strengths[kind] as number);
      if (operand === undefined) return undefined;
      operands.push(operand);
    }
    return {
      kind,
      operands,
      span: { start: first.span.start, end: (operands.at(-1) as EqlExpression).span.end },
    };
  }

  #binary(operator: string, strength: number, left: EqlExpression): EqlExpression | undefined {
    this.advance();
    const right = this.#operators(strength);
    if (right === undefined) return undefined;
    const span = { start: left.span.start, end: right.span.end };
    if (strength > comparisonStrength) {
      return { kind: "arithmetic", operator: operator as EqlArithmetic, left, right, span };
    }
    if (this.next.kind === "fixed" && strengths[this.next.text] === comparisonStrength) {
      return this.fail("Comparisons cannot be chained", "write a < b and b < c");
    }
    return { kind: "compare", operator: operator as EqlComparison, left, right, span };
  }

  #operand(minStrength: number): EqlExpression | undefined {
    const { start } = this.next;
    if (this.isNext("not")) {
      if (minStrength > notStrength)
        return this.fail("'not' cannot stand here", "put it and its condition in brackets");
      return this.#deeper(() => {
        this.advance();
        const operand = this.#operators(notStrength);
        return operand && { kind: "not", operand, span: { start, end: operand.span.end } };
      });
    }
    if (this.isNext("-") || this.isNext("+")) {
      const isMinus = this.isNext("-");
      return this.#deeper(() => {
        this.advance();
        const operand = this.#operators(minusStrength);
        return (
          operand && (isMinus ? { kind: "minus", operand, span: { start, end: operand.span.end } } : operand)
        );
      });
    }
    const primary = this.#primary();
    return primary && this.#predicate(primary);
  }

  /** What may follow a value and belongs to it: a list to be in, or texts to be like. */
  #predicate(operand: EqlExpression): EqlExpression | undefined {
    const token = this.next;
    if (token.kind !== "fixed") return operand;
    const following = this.#tokens[this.#at + 1];
    const isNegated = token.text === "not" && following?.kind === "fixed";
    const operator = isNegated ? following.text : token.text;
    if (operator === "in" || operator === "in~") {
      if (isNegated) this.advance();
      this.advance();
      const values = this.#list(() => this.expression());
      const span = { start: operand.span.start, end: this.lastEnd };
      return values && { kind: "in", operand, values, isNegated, ignoreCase: operator === "in~", span };
    }
    const match = matchOperators.find((candidate) => candidate === operator);
    if (match === undefined) return operand;
    if (isNegated) return this.fail(`'not' cannot stand before '${match}'`, `write not field ${match} "…"`);
    this.advance();
    const values = this.isNext("(") ? this.#list(() => this.#literal(match)) : this.#single(match);
    const span = { start: operand.span.start, end: this.lastEnd };
    return values && { kind: "match", operator: match, operand, values, span };
  }

  #single(operator: string): readonly EqlLiteral[] | undefined {
    const value = this.#literal(operator);
    return value && [value];
  }

  #literal(operator: string): EqlLiteral | undefined {
    const literal = this.#constant();
    if (literal === undefined)
      return this.unexpected("a value", `the right side of '${operator}' is a value or a list of values`);
    return literal === "bad" ? undefined : literal;
  }

  #list<T>(element: () => T | undefined): readonly T[] | undefined {
    if (!this.isNext("(")) return this.unexpected("'(' and a list of values");
    return this.#nested(")", () => {
      const elements: T[] = [];
      do {
        const next = element();
        if (next === undefined) return undefined;
        elements.push(next);
      } while (this.skip(","));
      return elements;
    });
  }

  #primary(): EqlExpression | undefined {
    const constant = this.#constant();
    if (constant !== undefined) return constant === "bad" ? undefined : constant;
    if (this.isNext("(")) return this.#nested(")", () => this.expression());
    const token = this.next;
    const following = this.#tokens[this.#at + 1];
    const isCall = following?.kind === "fixed" && following.text === "(";
    if (token.kind === "tilde-name" || (token.kind === "name" && isCall)) return this.#call();
    if (token.kind === "name" && following?.kind === "fixed" && following.text === "of")
      return this.#relation();
    if (token.kind === "name" || token.kind === "quoted-name" || this.isNext("?")) return this.#field();
    if (token.kind === "variable") return this.#variable();
    if (token.kind === "fixed" && /^[a-z]/.test(token.text)) {
      return this.unexpected("a value", `write \`${token.text}\` in backquotes if it is the name of a field`);
    }
    return this.unexpected("a value");
  }

  /** A literal, undefined when none is next, `bad` after a problem. */
  #constant(): EqlLiteral | undefined | "bad" {
    const token = this.next;
    const span = { start: token.start, end: token.end };
    const literal = (value: EqlLiteral["value"], isFractional = false): EqlLiteral => {
      this.advance();
      return { kind: "literal", value, isFractional, span };
    };
    if (token.kind === "string") return literal(token.text);
    if (this.isNext("true")) return literal(true);
    if (this.isNext("false")) return literal(false);
    if (this.isNext("null")) return literal(null);
    if (token.kind !== "number") return undefined;
    const value = Number(token.text);
    if (!Number.isFinite(value)) {
      this.fail("The number is too large");
      return "bad";
    }
    // Whole numbers of more than 64 bits are taken for fractional ones, as in Elasticsearch.
    return literal(value, token.isFractional || value >= 2 ** 63);
  }

  #call(): EqlCall | undefined {
    const { kind, text, start, end } = this.next;
    this.advance();
    if (!this.isNext("(")) return this.unexpected("'('", "a name with ~ is that of a function");
    const values = this.#nested(")", () => (this.isNext(")") ? [] : this.#arguments()));
    return (
      values && {
        kind: "call",
        name: text,
        ignoreCase: kind === "tilde-name",
        arguments: values,
        nameSpan: { start, end },
        span: { start, end: this.lastEnd },
      }
    );
  }

  #arguments(): readonly EqlExpression[] | undefined {
    const values: EqlExpression[] = [];
    do {
      const value = this.expression();
      if (value === undefined) return undefined;
      values.push(value);
    } while (this.skip(","));
    return values;
  }

  #field(): EqlField | undefined {
    const { start } = this.next;
    const isOptional = this.skip("?");
    const path = this.#path();
    return path === undefined
      ? undefined
      : { kind: "field", path, isOptional, span: { start, end: this.lastEnd } };
  }

  /** Names with dots between them. */
  #path(): string | undefined {
    let path = "";
    for (;;) {
      const token = this.next;
      if (token.kind !== "name" && token.kind !== "quoted-name") {
        const hint =
          token.kind === "fixed" && /^[a-z]/.test(token.text)
            ? `'${token.text}' is a reserved word: write \`${token.text}\` in backquotes`
            : "parts of a name with odd characters stand in backquotes";
        return this.unexpected("the name of a field", hint);
      }
      path += token.text;
      this.advance();
      if (this.isNext("[") && this.#tokens[this.#at + 1]?.kind === "number") {
        const hint = "leave the brackets out: any element matches";
        return this.fail("Elements of arrays cannot be picked by number", hint);
      }
      const { kind, text, start } = this.next;
      if (kind === "number" && text.startsWith(".") && start === this.lastEnd) {
        const rest = /^[\w.]*/.exec(this.#text.slice(start, start + 200))?.[0] ?? "";
        return this.fail(
          "A part of a name that begins with a digit stands in backquotes",
          `write \`${path}${rest}\``,
        );
      }
      if (!this.skip(".")) return path;
      path += ".";
    }
  }

  #variable(): EqlExpression | undefined {
    const { text, start } = this.next;
    if (this.dialect !== "endpoint") return this.endpointOnly(`'$${text}', an element of an array,`);
    this.advance();
    const path = this.skip(".") ? this.#path() : "";
    return path === undefined
      ? undefined
      : { kind: "variable", name: text, path, span: { start, end: this.lastEnd } };
  }

  #relation(): EqlExpression | undefined {
    const { text, start } = this.next;
    if (text !== "descendant" && text !== "child" && text !== "event")
      return this.fail(`There is no relation '${text} of'`, "there are descendant of, child of and event of");
    if (this.dialect !== "endpoint")
      return this.endpointOnly(`'${text} of'`, "a sequence joins several events");
    this.advance();
    this.advance();
    if (!this.isNext("[")) return this.unexpected("'['");
    const filter = this.bracketedFilter();
    return filter && { kind: "relation", relation: text, filter, span: { start, end: this.lastEnd } };
  }

  #nested<T>(close: ")" | "]", content: () => T | undefined): T | undefined {
    const open = this.next;
    return this.#deeper(() => {
      this.advance();
      const inner = content();
      if (inner === undefined || this.skip(close)) return inner;
      if (this.next.kind !== "end") return this.unexpected(`'${close}'`);
      const span = { start: open.start, end: open.end };
      return this.refuse(
        diagnostic("syntax-error", span, "The bracket is never closed", `add the missing '${close}'`),
      );
    });
  }

  #deeper<T>(content: () => T | undefined): T | undefined {
    if (this.#depth >= eqlDepthMax) {
      const { start, end } = this.next;
      const message = `Brackets and operators stand in each other deeper than ${eqlDepthMax} levels`;
      return this.refuse(diagnostic("too-deep", { start, end }, message));
    }
    this.#depth += 1;
    const inner = content();
    this.#depth -= 1;
    return inner;
  }

  /** What is next is not what should be. */
  unexpected(expected: string, hint?: string): undefined {
    const { kind, text, start, end } = this.next;
    if (this.next.kind === "bad") {
      const { problem, hint: own } = this.next;
      return this.refuse(diagnostic("syntax-error", { start, end }, problem, own));
    }
    if (kind === "end") return this.fail(`The query ends where ${expected} should follow`, hint);
    const found = this.#text.slice(start, Math.min(end, start + 40));
    return this.fail(`'${found}' stands where ${expected} should`, hint ?? hintFor(text, kind));
  }

  /** The token at the cursor begins what only the other dialect has. */
  endpointOnly(construct: string, instead?: string): undefined {
    const { start, end } = this.next;
    return this.refuse(endpointOnly(construct, { start, end }, instead));
  }

  /** The token at the cursor is the problem. */
  fail(message: string, hint?: string): undefined {
    const { start, end } = this.next;
    return this.refuse(diagnostic("syntax-error", { start, end: Math.max(end, start) }, message, hint));
  }

  refuse(problem: Diagnostic): undefined {
    this.problem = problem;
    return undefined;
  }
}

function hintFor(text: string, kind: Token["kind"]): string | undefined {
  if (kind === "fixed" && text === "=") return "write == to compare";
  if (kind === "name" && /^(?:and|or|not|in|like|regex|where|by|with|until)$/i.test(text)) {
    return `operators are written in lower case: ${text.toLowerCase()}`;
  }
  return undefined;
}
