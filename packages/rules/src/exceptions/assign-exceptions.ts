import type { JsonObject } from "@tallyman/ecs";
import { diagnostic, didYouMean, type ExceptionText, type LocatedDiagnostic } from "@tallyman/languages";
import { diagnosticsPerFileMax } from "../limits.ts";
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
  /** Those that are for every rule, in the order of the files. */
  readonly everywhere: readonly ExceptionItem[];
  /** Those that are for this rule and not for every one; none for a rule that has no exceptions. */
  readonly itemsOf: (rule: Rule) => readonly ExceptionItem[];
  /** The rules that an exception is for. */
  readonly rulesOf: (item: ExceptionItem) => readonly Rule[];
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
  const everywhere = new Set<ExceptionItem>();
  const itemsOf = new Map<Rule, Set<ExceptionItem>>();
  const rulesOf = new Map<ExceptionItem, Set<Rule>>();
  const assign = (rule: Rule, own: readonly ExceptionItem[]): void => {
    for (const item of own) {
      if (everywhere.has(item)) continue;
      addTo(itemsOf, rule, item);
      addTo(rulesOf, item, rule);
    }
  };
  const itemsOfList = new Map<string, ExceptionItem[]>();
  for (const item of items) {
    if (item.listId === undefined) continue;
    const own = itemsOfList.get(item.listId);
    if (own === undefined) itemsOfList.set(item.listId, [item]);
    else own.push(item);
  }
  // First of all, so that no rule has them a second time.
  for (const owner of [...items, ...lists]) {
    if (!owner.rules.some(({ value }) => value === everyRule)) continue;
    const own = "entries" in owner ? [owner] : (itemsOfList.get(owner.listId) ?? []);
    for (const item of own) everywhere.add(item);
  }
  const names = new RuleNames(rules);
  const used = new ListNames();
  const byName = (owner: ExceptionItem | ExceptionList, own: readonly ExceptionItem[]): void => {
    for (const named of owner.rules) {
      if (named.value === everyRule) continue;
      const found = names.find(named.value);
      if (found.length === 0) {
        const guesses = diagnostics.length < diagnosticsPerFileMax ? names.names() : [];
        diagnostics.push(unknownRule(named, owner, guesses));
      }
      for (const rule of found) assign(rule, own);
    }
  };
  for (const item of items) byName(item, [item]);
  for (const list of lists) {
    byName(list, itemsOfList.get(list.listId) ?? []);
    if (list.rules.length > 0) used.add(list.listId, list.namespace);
  }
  const given = new ListNames();
  for (const { listId, namespace } of lists) given.add(listId, namespace);
  for (const { listId, namespace } of items) if (listId !== undefined) given.add(listId, namespace);
  for (const rule of rules) {
    for (const [index, reference] of rule.exceptions_list.entries()) {
      const listId = reference["list_id"];
      if (typeof listId !== "string") continue;
      const namespace = namespaceOf(reference);
      used.add(listId, namespace);
      const own = (itemsOfList.get(listId) ?? []).filter((item) => areOne(item.namespace, namespace));
      if (given.has(listId, namespace)) assign(rule, own);
      else if (listId !== endpointListId) diagnostics.push(missingList(rule, index, listId));
    }
  }
  diagnostics.push(...unusedExceptions(items, used));
  return {
    everywhere: [...everywhere],
    itemsOf: (rule) => [...(itemsOf.get(rule) ?? [])],
    rulesOf: (item) => (everywhere.has(item) ? rules : [...(rulesOf.get(item) ?? [])]),
    diagnostics,
  };
}

/** Stands for all rules. */
const everyRule = "*";

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

/** Ids of exception lists, each with the namespaces in which it is one. */
class ListNames {
  readonly #namespaces = new Map<string, Set<string | undefined>>();

  add(listId: string, namespace: string | undefined): void {
    addTo(this.#namespaces, listId, namespace);
  }

  has(listId: string, namespace: string | undefined): boolean {
    return [...(this.#namespaces.get(listId) ?? [])].some((own) => areOne(own, namespace));
  }
}

/** False for two lists of one id in different namespaces; what says nothing of namespaces is in all. */
function areOne(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

function namespaceOf(reference: JsonObject): string | undefined {
  const namespace = reference["namespace_type"];
  return typeof namespace === "string" ? namespace : undefined;
}

/** Finds rules as people name them. */
class RuleNames {
  readonly #byName = new Map<string, Rule[]>();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      for (const name of [rule.rule_id, rule.name]) {
        const own = this.#byName.get(name);
        if (own === undefined) this.#byName.set(name, [rule]);
        else own.push(rule);
      }
    }
  }

  /** The rules of that id or name. */
  find(name: string): readonly Rule[] {
    return this.#byName.get(name) ?? [];
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }
}

function unknownRule(
  { span, value }: ExceptionText,
  { source }: ExceptionItem | ExceptionList,
  names: Iterable<string>,
): LocatedDiagnostic {
  const message = `There is no rule with the id or name ${quoted(value)}`;
  return { ...diagnostic("unknown-rule", span, message, didYouMean(value, names)), source };
}

function missingList(rule: Rule, index: number, listId: string): LocatedDiagnostic {
  const span = rule.source.spanOf(["exceptions_list", index]);
  const message = `'${rule.name}' has exceptions in the list ${quoted(listId)}, which is not there: it alerts on what they take out`;
  const hint = "export the list from Kibana and give it with --exceptions";
  return { ...diagnostic("missing-list", span, message, hint), source: rule.source.text };
}

/** Once for each list that no rule refers to, at its first exception. */
function unusedExceptions(items: readonly ExceptionItem[], used: ListNames): readonly LocatedDiagnostic[] {
  const told = new ListNames();
  return items.flatMap(({ listId, namespace, rules, source, span }): readonly LocatedDiagnostic[] => {
    if (listId === undefined || rules.length > 0) return [];
    if (used.has(listId, namespace) || told.has(listId, namespace)) return [];
    told.add(listId, namespace);
    const message = `No rule refers to the list ${quoted(listId)}, so its exceptions apply to nothing`;
    const hint = `a [[list]] with this list_id can name rules`;
    return [{ ...diagnostic("unused-exception", span, message, hint), source }];
  });
}
