import { type FieldCatalogue, FieldSlots, type JsonObject, ParsedEvent, readFirst } from "@tallyman/ecs";
import { eventTimeOf } from "@tallyman/engine";
import {
  type CheckedExpression,
  check,
  checkEql,
  checkKql,
  checkLucene,
  compile,
  lowerFilter,
  type Program,
} from "@tallyman/languages";
import { compileIndexPatterns, type Rule } from "@tallyman/rules";
import { IndexNames } from "../../packages/engine/src/routing/data-stream.ts";

/** A condition of one rule of `singleConditions`. */
export interface PlainCondition {
  readonly rule: Rule;
  readonly expression: CheckedExpression;
  readonly program: Program;
  readonly selects: (index: string) => boolean;
}

/**
 * The simple way to evaluate rules, against which faster ones are checked: an event is parsed whole, and every program of every rule whose index
 * patterns select it is run. Nothing is shared with the engine but what an index name is, and what a query means.
 */
export class PlainEvaluation {
  readonly conditions: readonly PlainCondition[];
  readonly slots = new FieldSlots();
  readonly #indexNames = new IndexNames(this.slots);
  readonly #selected = new Map<string, readonly PlainCondition[]>();

  /** Takes rules as `singleConditions` makes them; those whose query cannot run are left out. */
  constructor(rules: readonly Rule[], catalogue: FieldCatalogue) {
    this.conditions = rules.flatMap((rule) => {
      const expression = expressionOf(rule, catalogue);
      if (expression === undefined) return [];
      const program = compile(expression, this.slots);
      return [{ rule, expression, program, selects: compileIndexPatterns(rule.index ?? ["*"]) }];
    });
  }

  /** The conditions that the event fulfils, in their order. `storedIn` is the index that it was stored in, where that is known. */
  matching(document: JsonObject, storedIn?: string): readonly PlainCondition[] {
    const timestampMs = eventTimeOf(document)?.ms;
    const view = new ParsedEvent(document, this.slots);
    return this.#selectedOf(view, storedIn).filter(
      ({ program, rule }) => hasTime(rule, document, timestampMs) && program.matches(view, timestampMs ?? 0),
    );
  }

  /** The conditions whose index patterns select the event. */
  #selectedOf(view: ParsedEvent, storedIn: string | undefined): readonly PlainCondition[] {
    const index = this.#indexNames.nameOf(view, storedIn, undefined);
    if (index === undefined) return [];
    let selected = this.#selected.get(index);
    if (selected === undefined) {
      selected = this.conditions.filter(({ selects }) => selects(index));
      this.#selected.set(index, selected);
    }
    return selected;
  }
}

/** A rule is only asked about events that it can place in time. */
function hasTime(rule: Rule, document: JsonObject, timestampMs: number | undefined): boolean {
  const { timestamp_override: override } = rule;
  if (timestampMs !== undefined && !rule.timestamp_override_fallback_disabled) return true;
  if (override === undefined || override === "@timestamp") return timestampMs !== undefined;
  return readFirst(document, override, "date") !== undefined;
}

/** The query of a rule and its filters; undefined when one of them cannot be understood. */
function expressionOf(rule: Rule, catalogue: FieldCatalogue): CheckedExpression | undefined {
  const query = queryOf(rule, catalogue);
  if (query === undefined) return undefined;
  const operands = [query];
  for (const { span, value } of rule.filters) {
    const { expression } = lowerFilter(value, span);
    if (expression === undefined) return undefined;
    operands.push(check(expression, catalogue).expression);
  }
  return operands.length === 1 ? query : { kind: "and", operands };
}

function queryOf(rule: Rule, catalogue: FieldCatalogue): CheckedExpression | undefined {
  if (rule.type === "query") {
    const { language, text } = rule.query;
    return (language === "lucene" ? checkLucene : checkKql)(text, catalogue).expression;
  }
  if (rule.type !== "eql") return undefined;
  const { event_category_override: eventCategoryField } = rule;
  const { query } = checkEql(
    rule.query.text,
    catalogue,
    eventCategoryField === undefined ? {} : { eventCategoryField },
  );
  return query?.kind === "event" ? query.condition : undefined;
}
