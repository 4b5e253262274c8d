import type { FieldCatalogue } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { check } from "../expression/check.ts";
import { type CheckScope, findField } from "../expression/check-scope.ts";
import type { CheckedExpression } from "../expression/checked-expression.ts";
import { fold } from "../expression/fold.ts";
import { asksStages, relationsOf } from "../expression/parts-of.ts";
import { possibly } from "../expression/possibly.ts";
import { scalarReading } from "../expression/scalar-reading.ts";
import type { EqlDialect, EqlDuration, EqlField, EqlFilter, EqlItem, EqlQuery } from "./ast.ts";
import type {
  CheckedEql,
  CheckedSample,
  CheckedSequence,
  CheckedStage,
  JoinKeyField,
} from "./checked-eql.ts";
import { lowerCondition, lowerFilter } from "./lower.ts";
import { type LoweringScope, noStages, type StageNames } from "./lowering-scope.ts";
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
    const fieldValues = this.#dialect === "endpoint" ? "unmapped" : "exact";
    this.#scope = { catalogue, fieldValues, report, nestedPath: undefined };
  }

  check(query: EqlQuery): CheckedEql | undefined {
    switch (query.kind) {
      case "event": {
        const condition = this.#condition(query.filter, noStages);
        return { kind: "event", condition, relations: relationsOf([condition]), pipes: query.pipes };
      }
      case "sequence":
        return this.#sequence(query);
      case "sample":
        return this.#sample(query);
      case "join": {
        const hint = "write a sequence, or a sample if the order of the events does not matter";
        this.#report(diagnostic("bad-sequence", query.span, "Joins can be read but not run", hint));
        return undefined;
      }
    }
  }

  #sequence({ by, items, maxSpan, pipes, until }: Extract<EqlQuery, { kind: "sequence" }>): CheckedSequence {
    const aliases = this.#aliases(items);
    const stages = items.flatMap((item, i) => this.#sequenceStages(item, by, stageNames(aliases, i)));
    const end = until && this.#until(until, by, aliases);
    const all = end === undefined ? stages : [...stages, end];
    return {
      kind: "sequence",
      stages,
      maxSpanMs: maxSpan && milliseconds(maxSpan),
      until: end,
      relations: relationsOf(all.flatMap(({ condition, link }) => (link ? [condition, link] : [condition]))),
      pipes,
    };
  }

  #sample({ by, items, pipes }: Extract<EqlQuery, { kind: "sample" }>): CheckedSample {
    for (const { alias } of items) {
      if (alias === undefined) continue;
      const message = "The events of a sample have no order, so none of them can refer to another";
      this.#report(diagnostic("bad-sequence", alias.span, message, `leave out as ${alias.name}`));
    }
    const stages = items.map((item) => this.#stage(item, by, noStages));
    return {
      kind: "sample",
      stages,
      relations: relationsOf(stages.map(({ condition }) => condition)),
      pipes,
    };
  }

  /** The names of the stages that have one, with the number of the stage. */
  #aliases(items: readonly EqlItem[]): ReadonlyMap<string, number> {
    const aliases = new Map<string, number>();
    for (const [stage, { alias, isMissing }] of items.entries()) {
      if (alias === undefined) continue;
      const isTaken = aliases.has(alias.name);
      if (isMissing) {
        this.#report(diagnostic("bad-sequence", alias.span, "An event that is missing has no name"));
      } else if (isTaken || this.#beginsFields(alias.name)) {
        const problem = isTaken
          ? `Two events are called '${alias.name}'`
          : `'${alias.name}' is what names of fields begin with`;
        this.#report(
          diagnostic("bad-sequence", alias.span, problem, `write another name, as in event${stage}`),
        );
      }
      aliases.set(alias.name, stage);
    }
    return aliases;
  }

  #beginsFields(name: string): boolean {
    return this.#catalogue.names().some((field) => field === name || field.startsWith(`${name}.`));
  }

  /** A stage as one or, where it refers to others and has runs, as so many: each of its events is looked at for itself. */
  #sequenceStages(item: EqlItem, by: readonly EqlField[], names: StageNames): readonly CheckedStage[] {
    const { alias, isMissing, runs } = item;
    const stage = { ...this.#stage(item, by, names), isMissing };
    const name = alias?.name;
    if (stage.link === undefined || runs === 1) return [{ ...stage, runs, alias: name }];
    return Array.from({ length: runs }, (_, i) => ({
      ...stage,
      runs: 1,
      alias: i === runs - 1 ? name : undefined,
    }));
  }

  #until(until: EqlItem, by: readonly EqlField[], aliases: ReadonlyMap<string, number>) {
    if (until.alias !== undefined) {
      const message = "The event of 'until' is no part of the sequence and has no name";
      this.#report(diagnostic("bad-sequence", until.alias.span, message));
    }
    return this.#stage(until, by, stageNames(aliases, Number.POSITIVE_INFINITY));
  }

  #stage({ filter, by: own }: EqlItem, by: readonly EqlField[], names: StageNames) {
    const whole = this.#condition(filter, names);
    const keys = this.#keys([...by, ...own], names);
    const parts = whole.kind === "and" ? whole.operands : [whole];
    const linked = parts.filter(asksStages);
    if (linked.length === 0) return { condition: whole, link: undefined, keys };
    return {
      condition: fold(possibly(whole, asksStages)),
      link: fold({ kind: "and", operands: linked }),
      keys,
    };
  }

  #condition(filter: EqlFilter, stages: StageNames): CheckedExpression {
    const scope: LoweringScope = {
      dialect: this.#dialect,
      categoryField: this.#categoryField,
      report: (found) => this.#report(found),
      stages,
      variables: new Map(),
      constants: this.#scope,
      lowerCondition,
    };
    const checked = check(lowerFilter(filter, scope), this.#catalogue, this.#scope.fieldValues);
    for (const found of checked.diagnostics) this.#report(found);
    return fold(checked.expression);
  }

  #keys(fields: readonly EqlField[], names: StageNames): readonly JoinKeyField[] {
    return fields.flatMap(({ path, isOptional, span }): readonly JoinKeyField[] => {
      const [first = ""] = path.split(".", 1);
      if (names.known.has(first) || names.unknown.has(first)) {
        const message = `'${first}' is another event, and events are joined by fields of their own`;
        const hint = `name the field without ${first}, or write a condition in place of the key`;
        this.#report(diagnostic("bad-sequence", span, message, hint));
        return [];
      }
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

/** The names that a stage knows: those of the stages before it. */
function stageNames(aliases: ReadonlyMap<string, number>, stage: number): StageNames {
  const known = new Set<string>();
  const unknown = new Map<string, string>();
  for (const [name, at] of aliases) {
    if (at < stage) known.add(name);
    else unknown.set(name, `'${name}' is not known yet: only stages behind it may refer to its event`);
  }
  return { known, unknown };
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
