import type { FieldCatalogue } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";
import type { Expression, Leaf } from "../expression/expression.ts";
import { type Claim, ClaimIndex, describeGroup, keyOf, sharingWith } from "./claims.ts";
import { type ConditionTree, conditionTree } from "./condition-tree.ts";
import { coverOf, describeSet, valueSetOf } from "./value-cover.ts";

/**
 * Finds conditions that can never hold (`never-matches`), and those that others make needless or unreachable (`shadowed-condition`). `around` is
 * what holds as well, and about which nothing is reported. Only what is certain is told: a field may have several values, and of what
 * no type is known nothing is assumed.
 */
export function lintCondition(
  expression: Expression,
  catalogue: FieldCatalogue,
  around: ConditionFacts = noFacts,
): readonly Diagnostic[] {
  const linting = new ConditionLinting(catalogue);
  linting.visit(conditionTree(expression), around);
  return linting.diagnostics.sort((a, b) => a.span.start - b.span.start);
}

/** What is known where a condition holds. */
export function conditionFacts(expression: Expression, catalogue: FieldCatalogue): ConditionFacts {
  return new ConditionLinting(catalogue).factsOf(partsOf(conditionTree(expression)), noFacts);
}

/** What is known to hold. */
export interface ConditionFacts {
  /** Of each group one condition holds; all are about one field. */
  readonly groups: readonly (readonly Claim[])[];
  /** None of these holds. */
  readonly excluded: readonly Claim[];
}

const noFacts: ConditionFacts = { groups: [], excluded: [] };

class ConditionLinting {
  readonly diagnostics: Diagnostic[] = [];
  readonly #catalogue: FieldCatalogue;
  readonly #claims = new Map<Leaf, Claim | undefined>();
  readonly #told = new Set<string>();

  constructor(catalogue: FieldCatalogue) {
    this.#catalogue = catalogue;
  }

  visit(tree: ConditionTree, around: ConditionFacts): void {
    if (tree.kind === "other") {
      const inner = innerOf(tree.expression);
      if (inner !== undefined) this.visit(conditionTree(inner), noFacts);
      return;
    }
    const parts = partsOf(tree);
    const own = this.factsOf(parts, noFacts);
    this.#contradictions(own, around);
    this.#needless(own.excluded);
    const all = this.factsOf(parts, around);
    for (const part of parts) {
      if (part.kind === "or") this.#alternatives(part, all);
      else if (part.kind === "other") this.visit(part, all);
    }
  }

  factsOf(parts: readonly ConditionTree[], around: ConditionFacts): ConditionFacts {
    const groups: (readonly Claim[])[] = [...around.groups];
    const excluded: Claim[] = [...around.excluded];
    for (const part of parts) {
      if (part.kind === "leaf" && part.isNegated) excluded.push(...this.#claimsOf([part]));
      else {
        const group = this.#groupOf(part);
        if (group !== undefined) groups.push(group);
      }
    }
    return { groups, excluded };
  }

  /** What one condition of a tree is about, or several joined by `or` when all are about one field. */
  #groupOf(part: ConditionTree): readonly Claim[] | undefined {
    const leaves = part.kind === "leaf" ? [part] : part.kind === "or" ? part.operands : [];
    if (!leaves.every((leaf) => leaf.kind === "leaf" && !leaf.isNegated)) return undefined;
    const claims = this.#claimsOf(leaves);
    const [first] = claims;
    const isWhole = first !== undefined && claims.length === leaves.length;
    return isWhole && claims.every(({ path }) => path === first.path) ? claims : undefined;
  }

  #claimsOf(leaves: readonly ConditionTree[]): readonly Claim[] {
    return leaves.flatMap((tree) => (tree.kind === "leaf" ? (this.#claim(tree.leaf) ?? []) : []));
  }

  #claim(leaf: Leaf): Claim | undefined {
    if (this.#claims.has(leaf)) return this.#claims.get(leaf);
    let claim: Claim | undefined;
    // Whose fields are not the event's own, of them the same name says nothing.
    if (leaf.field.kind === "field" && leaf.field.of === undefined) {
      const { path } = leaf.field;
      const set = valueSetOf(leaf, path, this.#catalogue);
      claim = { path, set, covers: coverOf(set), span: leaf.span };
    }
    this.#claims.set(leaf, claim);
    return claim;
  }

  /** Reports which of a node's own conditions contradict each other, or those around. */
  #contradictions(own: ConditionFacts, around: ConditionFacts): void {
    if (own.groups.length > 0) {
      const excluded = new ClaimIndex([...around.excluded, ...own.excluded]);
      for (const group of own.groups) this.#excludedValues(group, excluded);
    }
    // Where the exclusion is the inner of the two, it is what is out of place.
    for (const group of around.groups) {
      for (const claim of own.excluded) {
        if (group.every((each) => each.path === claim.path && claim.covers(each.set)))
          this.#report(
            "never-matches",
            claim.span,
            `'${claim.path}' is ${describeGroup(group)}, so this can never hold`,
          );
      }
    }
    const earlier = new GroupsByPath();
    for (const group of around.groups) earlier.add(group);
    for (const group of own.groups) {
      this.#disjoint(group, earlier);
      earlier.add(group);
    }
  }

  #excludedValues(group: readonly Claim[], excluded: ClaimIndex): void {
    const [first] = group;
    const by = first && excluded.covering(first);
    if (
      first === undefined ||
      by === undefined ||
      !group.every((claim) => excluded.covering(claim) !== undefined)
    ) {
      this.#deadValues(group, excluded);
      return;
    }
    const message = `This can never hold: ${describeSet(by.set)} is excluded${keyOf(by) === keyOf(first) ? "" : `, which covers ${describeSet(first.set)}`}`;
    this.#report("never-matches", first.span, message);
  }

  /** Of several conditions, those that what is excluded leaves nothing of. */
  #deadValues(claims: readonly Claim[], excluded: ClaimIndex): void {
    for (const claim of claims) {
      const by = excluded.covering(claim);
      if (by === undefined) continue;
      const message = `${describeSet(claim.set)} can never be found here: ${describeSet(by.set)} is excluded`;
      this.#report("shadowed-condition", claim.span, message);
    }
  }

  #disjoint(group: readonly Claim[], earlier: GroupsByPath): void {
    const [first] = group;
    if (first === undefined || !this.#hasOneValue(first.path)) return;
    for (const { claims: other, isShared } of earlier.of(first.path)) {
      if (group.some(isShared)) continue;
      const message = `This can never hold: '${first.path}' is also ${describeGroup(other)}`;
      this.#report("never-matches", first.span, message);
      return;
    }
  }

  /** True for a field that ECS gives one value, of a type whose values are equal only when they are the same. */
  #hasOneValue(path: string): boolean {
    const field = this.#catalogue.find(path);
    if (field === undefined || field.isArray) return false;
    return ["keyword", "constant_keyword", "wildcard", "boolean", "long"].includes(field.type);
  }

  /** Looks at what `or` joins: each alternative by itself, and which are needless beside others. */
  #alternatives(part: ConditionTree & { readonly kind: "and" | "or" }, around: ConditionFacts): void {
    const isGroup = this.#groupOf(part) !== undefined;
    const leaves = part.operands.filter((each) => each.kind === "leaf" && !each.isNegated);
    this.#needless(this.#claimsOf(leaves));
    // A group was looked at as a whole.
    if (isGroup) return;
    if (around.excluded.length > 0) this.#deadValues(this.#claimsOf(leaves), new ClaimIndex(around.excluded));
    // What stands alone and negated comes from `not (a and b)`, where people repeat what holds anyway.
    for (const operand of part.operands) if (operand.kind !== "leaf") this.visit(operand, around);
  }

  /** Of conditions that do the same thing, those that another one does it for. */
  #needless(claims: readonly Claim[]): void {
    const seen = new Map<string, Claim>();
    const wide = claims.filter(({ set }) => set.kind === "pattern" || set.kind === "any").slice(0, widestMax);
    for (const claim of claims) {
      const key = keyOf(claim);
      const same = seen.get(key);
      if (same === undefined) seen.set(key, claim);
      const by =
        same ??
        wide.find((other) => other.path === claim.path && other.covers(claim.set) && keyOf(other) !== key);
      if (by === undefined) continue;
      const message =
        same === undefined
          ? `${describeSet(claim.set)} is needless: ${describeSet(by.set)} covers it as well`
          : `${claim.set.kind === "opaque" ? "This" : describeSet(claim.set)} stands here twice`;
      this.#report("shadowed-condition", claim.span, message);
    }
  }

  #report(code: "never-matches" | "shadowed-condition", span: Span, message: string): void {
    const key = `${code} ${span.start}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.diagnostics.push(diagnostic(code, span, message));
  }
}

/** So many patterns are compared with what stands beside them. */
const widestMax = 400;

/** Groups that are about the same field, of a few of which it is asked whether they share a value with another. */
class GroupsByPath {
  readonly #groups = new Map<
    string,
    { readonly claims: readonly Claim[]; readonly isShared: (claim: Claim) => boolean }[]
  >();

  add(claims: readonly Claim[]): void {
    const [first] = claims;
    if (first === undefined) return;
    const own = this.#groups.get(first.path) ?? [];
    if (own.length === comparedMax) return;
    own.push({ claims, isShared: sharingWith(claims) });
    this.#groups.set(first.path, own);
  }

  of(path: string) {
    return this.#groups.get(path) ?? [];
  }
}

/** So many conditions on one field are compared with those that follow. */
const comparedMax = 50;

/** The condition on other objects or events that stands in one on the event at hand. */
function innerOf(expression: Expression): Expression | undefined {
  switch (expression.kind) {
    case "nested":
      return expression.operand;
    case "any-element":
      return expression.elements.condition;
    case "related":
      return expression.filter;
    default:
      return undefined;
  }
}

function partsOf(tree: ConditionTree): readonly ConditionTree[] {
  return tree.kind === "and" ? tree.operands : [tree];
}
