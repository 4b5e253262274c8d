import type { FieldCatalogue } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { check } from "../expression/check.ts";
import { type CheckScope, findField } from "../expression/check-scope.ts";
import type { CheckedExpression } from "../expression/checked-expression.ts";
import { fold } from "../expression/fold.ts";
import { scalarReading } from "../expression/scalar-reading.ts";
import type { EqlDialect, EqlDuration, EqlField, EqlFilter, EqlItem, EqlQuery } from "./ast.ts";
import type { CheckedEql, CheckedStage, JoinKeyField } from "./checked-eql.ts";
import { lowerFilter } from "./lower.ts";
import type { LoweringScope } from "./lowering-scope.ts";
import { parseEql } from "./parse.ts";

export interface EqlOptions {
  /** The field that holds an event's category, `event.category` when left out. */
  readonly eventCategoryField?: string;
  /** Elasticsearch's when left out. */
  readonly dialect?: EqlDialect;
}

/** A query that has been understood, or the reasons why not; warnings may stand beside a query. */
export interface CheckedEqlQuery {
  /** Undefined when a diagnostic is an error. */
  readonly query: CheckedEql | undefined;
  /** In the order of the query; at most 100. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reported diagnostics of one query end here: a hostile query does not fill the screen. */
const diagnosticsMax = 100;

/** Text to checked conditions: parse, lower, check, fold. */
export function checkEql(text: string, catalogue: FieldCatalogue, options: EqlOptions = {}): CheckedEqlQuery {
  const { query, diagnostics } = parseEql(text, options.dialect);
  if (query === undefined) return { query, diagnostics };
  const checker = new QueryChecker(catalogue, options);
  const checked = checker.check(query);
  const found = checker.diagnostics.sort((a, b) => a.span.start - b.span.start).slice(0, diagnosticsMax);
  return {
    query: found.some(({ severity }) => severity === "error") ? undefined : checked,
    diagnostics: found,
  };
}

class QueryChecker {
  readonly #catalogue: FieldCatalogue;
  readonly #dialect: EqlDialect;
  readonly #categoryField: string;
  readonly #scope: CheckScope;
  readonly #seen = new Set<string>();
  readonly diagnostics: Diagnostic[] = [];

  constructor(catalogue: FieldCatalogue, options: EqlOptions) {
    this.#catalogue = catalogue;
    this.#dialect = options.dialect ?? "elasticsearch";
    this.#categoryField = options.eventCategoryField ?? "event.category";
    const report = (found: Diagnostic): void => this.#report(found);
    this.#scope = { catalogue, fieldValues: "exact", report, nestedPath: undefined };
  }

  check(query: EqlQuery): CheckedEql | undefined {
    switch (query.kind) {
      case "event":
        return { kind: "event", condition: this.#condition(query.filter, new Set()), pipes: query.pipes };
      case "sequence": {
        const { until, maxSpan, pipes } = query;
        return {
          kind: "sequence",
          stages: this.#stages(query.items, query.by),
          maxSpanMs: maxSpan && milliseconds(maxSpan),
          until: until && {
            condition: this.#condition(until.filter, new Set()),
            keys: this.#keys([...query.by, ...until.by]),
          },
          pipes,
        };
      }
      case "sample":
        return { kind: "sample", stages: this.#stages(query.items, query.by), pipes: query.pipes };
      case "join": {
        const hint = "write a sequence, or a sample if the order of the events does not matter";
        this.#report(diagnostic("bad-sequence", query.span, "Joins can be read but not run", hint));
        return undefined;
      }
    }
  }

  #stages(items: readonly EqlItem[], by: readonly EqlField[]): readonly CheckedStage[] {
    const aliases = new Set<string>();
    return items.map(({ filter, isMissing, runs, alias, by: own }) => {
      const condition = this.#condition(filter, aliases);
      if (alias !== undefined) aliases.add(alias.name);
      return { condition, keys: this.#keys([...by, ...own]), isMissing, runs, alias: alias?.name };
    });
  }

  #condition(filter: EqlFilter, aliases: ReadonlySet<string>): CheckedExpression {
    const scope: LoweringScope = {
      dialect: this.#dialect,
      categoryField: this.#categoryField,
      report: (found) => this.#report(found),
      aliases: new Set(aliases),
      variables: new Map(),
      constants: this.#scope,
    };
    const checked = check(lowerFilter(filter, scope), this.#catalogue, "exact");
    for (const found of checked.diagnostics) this.#report(found);
    return fold(checked.expression);
  }

  #keys(fields: readonly EqlField[]): readonly JoinKeyField[] {
    return fields.flatMap(({ path, isOptional, span }): readonly JoinKeyField[] => {
      const found = findField({ kind: "field", path, isOptional, span }, this.#scope);
      if (found === undefined) return [];
      return [{ path, valuePath: found.valuePath, reading: scalarReading(found.field), isOptional, span }];
    });
  }

  /** Join keys of the whole sequence are looked up for every stage, and constants more than once: each finding counts once. */
  #report(found: Diagnostic): void {
    const key = `${found.code} ${found.span.start} ${found.span.end} ${found.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.diagnostics.push(found);
  }
}

const unitMs: Readonly<Record<EqlDuration["unit"], number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function milliseconds({ count, unit }: EqlDuration): number {
  return count * unitMs[unit];
}
