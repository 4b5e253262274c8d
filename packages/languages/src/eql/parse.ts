import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { Span } from "../diagnostics/span.ts";
import {
  childrenOf,
  type EqlDialect,
  type EqlDuration,
  type EqlExpression,
  type EqlField,
  type EqlFilter,
  type EqlItem,
  type EqlPipe,
  type EqlQuery,
  type EqlTimeUnit,
} from "./ast.ts";
import { eqlDepthMax, eqlLengthMax, eqlRunsMax } from "./limits.ts";
import { ExpressionParser } from "./parse-expression.ts";

export type ParsedEql =
  | { readonly query: EqlQuery; readonly diagnostics: readonly [] }
  | { readonly query: undefined; readonly diagnostics: readonly [Diagnostic] };

/** Reads an EQL query. Ends at the first error: `syntax-error`, `bad-sequence`, `endpoint-only`, `too-deep` or `too-long`. */
export function parseEql(text: string, dialect: EqlDialect = "elasticsearch"): ParsedEql {
  const read = readWhole(text, dialect, (parser) => parser.query());
  if (read.tree === undefined) return { query: undefined, diagnostics: [read.problem] };
  for (const { condition } of filtersOf(read.tree)) {
    const problem = tooDeep(condition);
    if (problem !== undefined) return { query: undefined, diagnostics: [problem] };
  }
  return { query: read.tree, diagnostics: [] };
}

export type ParsedEqlExpression =
  | { readonly expression: EqlExpression; readonly diagnostics: readonly [] }
  | { readonly expression: undefined; readonly diagnostics: readonly [Diagnostic] };

/** Reads a condition or other expression on its own, with the same errors. */
export function parseEqlExpression(text: string, dialect: EqlDialect = "elasticsearch"): ParsedEqlExpression {
  const read = readWhole(text, dialect, (parser) => parser.expression());
  if (read.tree === undefined) return { expression: undefined, diagnostics: [read.problem] };
  const problem = tooDeep(read.tree);
  if (problem !== undefined) return { expression: undefined, diagnostics: [problem] };
  return { expression: read.tree, diagnostics: [] };
}

function readWhole<T>(
  text: string,
  dialect: EqlDialect,
  rule: (parser: QueryParser) => T | undefined,
): { readonly tree: T } | { readonly tree: undefined; readonly problem: Diagnostic } {
  if (text.length > eqlLengthMax) {
    const span = { start: eqlLengthMax, end: text.length };
    const message = `The query is longer than ${eqlLengthMax} characters`;
    return { tree: undefined, problem: diagnostic("too-long", span, message) };
  }
  const parser = new QueryParser(text, dialect);
  const tree = rule(parser);
  return tree === undefined || !parser.end() ? { tree: undefined, problem: parser.problem } : { tree };
}

/** The filters of a query's items and of its `until`. */
function filtersOf(query: EqlQuery): readonly EqlFilter[] {
  if (query.kind === "event") return [query.filter];
  const until = query.kind !== "sample" && query.until !== undefined ? [query.until] : [];
  return [...query.items, ...until].map(({ filter }) => filter);
}

/** A chain of operators makes a deep tree without a bracket, so the tree is measured, and without recursion. */
function tooDeep(condition: EqlExpression): Diagnostic | undefined {
  let level: readonly EqlExpression[] = [condition];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > 2 * eqlDepthMax) {
      const { span } = level[0] as EqlExpression;
      return diagnostic(
        "too-deep",
        span,
        `The condition has more than ${2 * eqlDepthMax} operators in each other`,
      );
    }
    level = level.flatMap(childrenOf);
  }
  return undefined;
}

const timeUnits: readonly EqlTimeUnit[] = ["ms", "s", "m", "h", "d"];

/** Pipes of other EQL engines, which Elasticsearch never had. */
const otherPipes: readonly string[] = ["count", "filter", "sort", "unique", "unique_count"];

/** One method a rule of the grammar (see README.md). Methods return undefined after they have set `problem`. */
class QueryParser extends ExpressionParser {
  query(): EqlQuery | undefined {
    const query = this.isNext("sequence")
      ? this.#sequence()
      : this.isNext("sample") || this.isNext("join")
        ? this.#unordered()
        : this.#eventQuery();
    if (query === undefined) return undefined;
    const pipes: EqlPipe[] = [];
    while (this.skip("|")) {
      const pipe = this.#pipe();
      if (pipe === undefined) return undefined;
      pipes.push(pipe);
    }
    return { ...query, pipes, span: this.spanFrom(query.span.start) };
  }

  #eventQuery(): EqlQuery | undefined {
    const filter = this.filter();
    return filter && { kind: "event", filter, pipes: [], span: filter.span };
  }

  #sequence(): EqlQuery | undefined {
    const start = this.next.start;
    this.advance();
    const by = this.#keys();
    if (by === undefined) return undefined;
    let maxSpan: EqlDuration | undefined;
    if (this.skip("with")) {
      maxSpan = this.#maxSpan();
      if (maxSpan === undefined) return undefined;
      if (this.isNext("by"))
        return this.fail("'by' stands before 'with'", "write sequence by … with maxspan=…");
    }
    const items = this.#items(by.length);
    if (items === undefined) return undefined;
    const until = this.#until(by.length, items);
    if (until === "failed") return undefined;
    const span = this.spanFrom(start);
    return this.#checkSequence({ kind: "sequence", by, maxSpan, items, until, pipes: [], span });
  }

  #checkSequence(query: Extract<EqlQuery, { kind: "sequence" }>): EqlQuery | undefined {
    const { items, maxSpan, span } = query;
    const missing = items.find(({ isMissing }) => isMissing);
    const total = items.reduce((sum, { runs }) => sum + runs, 0);
    if (total < 2) {
      const hint = "write it as an event query, or add with runs=2";
      return this.refuse(diagnostic("bad-sequence", span, "A sequence needs at least two events", hint));
    }
    if (items.every(({ isMissing }) => isMissing)) {
      const message = "A sequence needs at least one event that is not missing";
      return this.refuse(diagnostic("bad-sequence", span, message));
    }
    if (missing !== undefined && maxSpan === undefined) {
      const hint = "write sequence with maxspan=1m, after 'by' if there is one";
      const message = "A sequence with a missing event needs a maxspan";
      return this.refuse(diagnostic("bad-sequence", missing.span, message, hint));
    }
    return query;
  }

  #unordered(): EqlQuery | undefined {
    const { start, text } = this.next;
    this.advance();
    const kind = text === "sample" ? "sample" : "join";
    const by = this.#keys();
    if (by === undefined) return undefined;
    if (this.isNext("with")) return this.fail(`A ${kind} has no maxspan`);
    const items = this.#items(by.length);
    if (items === undefined) return undefined;
    const special = items.find(({ isMissing, runs }) => isMissing || runs > 1);
    if (special !== undefined) {
      const message = `A ${kind} has no missing events and no runs`;
      return this.refuse(diagnostic("bad-sequence", special.span, message));
    }
    if (items.length < 2) {
      const message = `A ${kind} needs at least two events`;
      return this.refuse(diagnostic("bad-sequence", this.spanFrom(start), message));
    }
    if (kind === "sample") {
      if (by.length === 0 && items[0]?.by.length === 0) {
        const message = "A sample needs a field to join its events by";
        return this.refuse(
          diagnostic("bad-sequence", this.spanFrom(start), message, "write sample by host.id […] […]"),
        );
      }
      if (this.isNext("until")) return this.fail("A sample has no 'until'");
      return { kind, by, items, pipes: [], span: this.spanFrom(start) };
    }
    const until = this.#until(by.length, items);
    if (until === "failed") return undefined;
    return { kind, by, items, until, pipes: [], span: this.spanFrom(start) };
  }

  #items(globalKeyCount: number): readonly EqlItem[] | undefined {
    const items: EqlItem[] = [];
    while (this.isNext("[") || this.isNext("![")) {
      const item = this.#item();
      if (item === undefined) return undefined;
      if (!this.#hasAsManyKeys(item, items[0], globalKeyCount)) return undefined;
      items.push(item);
    }
    return items.length === 0 ? this.unexpected("'['") : items;
  }

  #hasAsManyKeys(item: EqlItem, first: EqlItem | undefined, globalKeyCount: number): boolean {
    if (first === undefined || item.by.length === first.by.length) return true;
    const expected = first.by.length + globalKeyCount;
    const found = item.by.length + globalKeyCount;
    const message = `The events have different numbers of join keys, ${expected} and ${found}`;
    this.refuse(diagnostic("bad-sequence", item.span, message));
    return false;
  }

  #item(): EqlItem | undefined {
    const start = this.next.start;
    const isMissing = this.isNext("![");
    const filter = this.bracketedFilter();
    if (filter === undefined) return undefined;
    const before = this.#alias();
    if (before === "failed") return undefined;
    if (this.isName("fork")) return this.fail("'fork' is not supported");
    const by = this.#keys();
    if (by === undefined) return undefined;
    const alias = before ?? this.#alias();
    if (alias === "failed") return undefined;
    let runs = 1;
    if (this.skip("with")) {
      const found = this.#runs();
      if (found === undefined) return undefined;
      runs = found;
    }
    return { filter, isMissing, by, runs, alias, span: this.spanFrom(start) };
  }

  /** `as name`, which stands before the keys or after them. */
  #alias(): EqlItem["alias"] | "failed" {
    if (!this.isName("as")) return undefined;
    if (this.dialect !== "endpoint") {
      this.endpointOnly("A name for an event ('as')", "join events by their fields: by …");
      return "failed";
    }
    this.advance();
    const { kind, text, start } = this.next;
    if (kind !== "name") {
      this.unexpected("a name for the event");
      return "failed";
    }
    this.advance();
    return { name: text, span: this.spanFrom(start) };
  }

  #until(globalKeyCount: number, items: readonly EqlItem[]): EqlItem | undefined | "failed" {
    if (!this.skip("until")) return undefined;
    if (this.isNext("![")) {
      this.fail("'until' takes an event that comes, not a missing one");
      return "failed";
    }
    if (!this.isNext("[")) {
      this.unexpected("'['");
      return "failed";
    }
    const until = this.#item();
    if (until === undefined || !this.#hasAsManyKeys(until, items[0], globalKeyCount)) return "failed";
    if (until.runs > 1) {
      this.refuse(diagnostic("bad-sequence", until.span, "'until' takes no runs"));
      return "failed";
    }
    return until;
  }

  #keys(): readonly EqlField[] | undefined {
    if (!this.skip("by")) return [];
    const keys: EqlField[] = [];
    do {
      const { start } = this.next;
      const key = this.expression();
      if (key === undefined) return undefined;
      if (key.kind !== "field") {
        const span = this.spanFrom(start);
        return this.refuse(
          diagnostic("bad-sequence", span, "Events are joined by fields, not by computed values"),
        );
      }
      keys.push(key);
    } while (this.skip(","));
    return keys;
  }

  #maxSpan(): EqlDuration | undefined {
    if (!this.isNext("maxspan")) return this.unexpected("'maxspan'");
    this.advance();
    if (!this.#assignment()) return undefined;
    const { start } = this.next;
    const count = this.#wholeNumber("maxspan", 1);
    if (count === undefined) return undefined;
    const unit = timeUnits.find((candidate) => this.isName(candidate));
    if (unit === undefined) {
      return this.fail(
        "The maxspan has no unit of time",
        `write ms, s, m, h or d after the number, as in ${count}s`,
      );
    }
    this.advance();
    return { count, unit, span: this.spanFrom(start) };
  }

  #runs(): number | undefined {
    if (!this.isName("runs")) {
      const hint = this.isNext("maxspan") ? "maxspan stands after 'sequence' and its keys" : undefined;
      return this.unexpected("'runs'", hint);
    }
    this.advance();
    return this.#assignment() ? this.#wholeNumber("number of runs", 1, eqlRunsMax) : undefined;
  }

  #assignment(): boolean {
    if (this.skip("=")) return true;
    this.unexpected("'='");
    return false;
  }

  #wholeNumber(what: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const token = this.next;
    const value = Number(token.text);
    if (token.kind !== "number" || token.isFractional || value < min || value > max) {
      const range = max < Number.MAX_SAFE_INTEGER ? ` from ${min} to ${max}` : ` of at least ${min}`;
      return this.fail(`The ${what} must be a whole number${range}`);
    }
    this.advance();
    return value;
  }

  #pipe(): EqlPipe | undefined {
    const { kind, text, start } = this.next;
    if (kind !== "name") return this.unexpected("'head' or 'tail'");
    if (text !== "head" && text !== "tail") {
      const known = otherPipes.includes(text);
      const hint = known ? "Elasticsearch has only head and tail" : didYouMean(text, ["head", "tail"]);
      return this.fail(known ? `The pipe '${text}' is not supported` : `There is no pipe '${text}'`, hint);
    }
    this.advance();
    const count = this.#wholeNumber(`number of '${text}'`, 0);
    return count === undefined ? undefined : { kind: text, count, span: this.spanFrom(start) };
  }

  spanFrom(start: number): Span {
    return { start, end: this.lastEnd };
  }
}
