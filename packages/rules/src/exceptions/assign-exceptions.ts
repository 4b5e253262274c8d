import { diagnostic, didYouMean, type ExceptionText, type LocatedDiagnostic } from "@tallyman/languages";
import type { Rule } from "../rule.ts";
import { quoted } from "../schema/spot.ts";
import {
  type ExceptionItem,
  type ExceptionList,
  endpointListId,
  type LoadedExceptions,
} from "./exception.ts";

/** Which exceptions apply to which rules. */
export interface AssignedExceptions {
  /** In the order of the files; none for a rule that has no exceptions. */
  readonly itemsOf: (rule: Rule) => readonly ExceptionItem[];
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/**
 * Gives each rule the exceptions that name it, those of the lists that name it, and those of the lists that its `exceptions_list` refers to.
 * Reports `unknown-rule`, `unused-exception`, and `missing-list` for a list that a rule refers to and nobody gave; Elastic Defend's own list is
 * no loss, since Elastic applies it on the endpoint.
 */
export function assignExceptions(
  rules: readonly Rule[],
  { items, lists }: Pick<LoadedExceptions, "items" | "lists">,
): AssignedExceptions {
  const diagnostics: LocatedDiagnostic[] = [];
  const assigned = new Map<Rule, Set<ExceptionItem>>();
  const assign = (rule: Rule, own: readonly ExceptionItem[]): void => {
    const set = assigned.get(rule) ?? new Set();
    for (const item of own) set.add(item);
    assigned.set(rule, set);
  };
  const itemsOfList = new Map<string, ExceptionItem[]>();
  for (const item of items) {
    if (item.listId === undefined) continue;
    const own = itemsOfList.get(item.listId);
    if (own === undefined) itemsOfList.set(item.listId, [item]);
    else own.push(item);
  }
  const names = new RuleNames(rules);
  const used = new Set<string>();
  const byName = (owner: ExceptionItem | ExceptionList, own: readonly ExceptionItem[]): void => {
    for (const named of owner.rules) {
      const found = names.find(named.value);
      if (found.length === 0) diagnostics.push(unknownRule(named, owner, names));
      for (const rule of found) assign(rule, own);
    }
  };
  for (const item of items) byName(item, [item]);
  for (const list of lists) {
    byName(list, itemsOfList.get(list.listId) ?? []);
    if (list.rules.length > 0) used.add(list.listId);
  }
  const given = new Set([...lists.map(({ listId }) => listId), ...itemsOfList.keys()]);
  for (const rule of rules) {
    for (const [index, reference] of rule.exceptions_list.entries()) {
      const listId = reference["list_id"];
      if (typeof listId !== "string") continue;
      used.add(listId);
      if (given.has(listId)) assign(rule, itemsOfList.get(listId) ?? []);
      else if (listId !== endpointListId) diagnostics.push(missingList(rule, index, listId));
    }
  }
  diagnostics.push(...unusedExceptions(items, used));
  return { itemsOf: (rule) => [...(assigned.get(rule) ?? [])], diagnostics };
}

/** Finds rules as people name them. */
class RuleNames {
  readonly #rules: readonly Rule[];
  readonly #byName = new Map<string, Rule[]>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    for (const rule of rules) {
      for (const name of [rule.rule_id, rule.name]) {
        const own = this.#byName.get(name);
        if (own === undefined) this.#byName.set(name, [rule]);
        else own.push(rule);
      }
    }
  }

  /** The rules of that id or name; all for `*`. */
  find(name: string): readonly Rule[] {
    return name === "*" ? this.#rules : (this.#byName.get(name) ?? []);
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }
}

function unknownRule(
  { span, value }: ExceptionText,
  { source }: ExceptionItem | ExceptionList,
  names: RuleNames,
): LocatedDiagnostic {
  const message = `There is no rule with the id or name ${quoted(value)}`;
  return { ...diagnostic("unknown-rule", span, message, didYouMean(value, names.names())), source };
}

function missingList(rule: Rule, index: number, listId: string): LocatedDiagnostic {
  const span = rule.source.spanOf(["exceptions_list", index]);
  const message = `'${rule.name}' has exceptions in the list ${quoted(listId)}, which is not there: it alerts on what they take out`;
  const hint = "export the list from Kibana and give it with --exceptions";
  return { ...diagnostic("missing-list", span, message, hint), source: rule.source.text };
}

/** Once for each list that no rule refers to, at its first exception. */
function unusedExceptions(
  items: readonly ExceptionItem[],
  used: ReadonlySet<string>,
): readonly LocatedDiagnostic[] {
  const told = new Set<string>();
  return items.flatMap(({ listId, rules, source, span }): readonly LocatedDiagnostic[] => {
    if (listId === undefined || rules.length > 0 || used.has(listId) || told.has(listId)) return [];
    told.add(listId);
    const message = `No rule refers to the list ${quoted(listId)}, so its exceptions apply to nothing`;
    const hint = `a [[list]] with this list_id can name rules`;
    return [{ ...diagnostic("unused-exception", span, message, hint), source }];
  });
}
