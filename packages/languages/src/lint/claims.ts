import { foldCase } from "@tallyman/ecs";
import type { Span } from "../diagnostics/span.ts";
import { type Covers, describeSet, type ValueSet } from "./value-cover.ts";

/** A condition on a field's values, with its place. */
export interface Claim {
  readonly path: string;
  readonly set: ValueSet;
  readonly covers: Covers;
  readonly span: Span;
}

/** So many patterns of a field are compared with each condition; of more than these nothing is told. */
const patternsMax = 400;

/** Finds among claims the one that covers another. Values are looked up, so that lists of thousands cost little. */
export class ClaimIndex {
  readonly #byPath = new Map<string, PathClaims>();

  constructor(claims: readonly Claim[]) {
    for (const claim of claims) {
      const own = this.#byPath.get(claim.path) ?? new PathClaims();
      this.#byPath.set(claim.path, own);
      own.add(claim);
    }
  }

  /** The first one that every value of a claim fulfils. */
  covering({ path, set }: Pick<Claim, "path" | "set">): Claim | undefined {
    return this.#byPath.get(path)?.covering(set);
  }
}

/** The claims on one field. */
class PathClaims {
  readonly #claims: Claim[] = [];
  readonly #exact = new Map<string, number>();
  readonly #folded = new Map<string, number>();
  readonly #opaque = new Map<string, number>();
  readonly #wide: number[] = [];

  add(claim: Claim): void {
    const { set } = claim;
    const number = this.#claims.push(claim) - 1;
    const put = (numbers: Map<string, number>, key: string): void => {
      if (!numbers.has(key)) numbers.set(key, number);
    };
    if (set.kind === "opaque") put(this.#opaque, set.key);
    else if (set.kind !== "value") {
      if (this.#wide.length < patternsMax) this.#wide.push(number);
    } else if (set.ignoresCase) put(this.#folded, foldCase(set.text));
    else put(this.#exact, set.text);
  }

  covering(set: ValueSet): Claim | undefined {
    const [first = Number.POSITIVE_INFINITY] = [this.#same(set), this.#wider(set)]
      .filter((number) => number !== undefined)
      .sort((a, b) => a - b);
    return this.#claims[first];
  }

  #same(set: ValueSet): number | undefined {
    if (set.kind === "opaque") return this.#opaque.get(set.key);
    if (set.kind !== "value") return undefined;
    const folded = this.#folded.get(foldCase(set.text));
    const exact = set.ignoresCase ? undefined : this.#exact.get(set.text);
    return exact === undefined || folded === undefined ? (exact ?? folded) : Math.min(exact, folded);
  }

  #wider(set: ValueSet): number | undefined {
    return this.#wide.find((number) => this.#claims[number]?.covers(set));
  }
}

/** Tells of claims whether a value may fulfil both them and one of a group. */
export function sharingWith(group: readonly Claim[]): (claim: Claim) => boolean {
  const exact = new Set<string>();
  const folded = new Set<string>();
  const foldedAll = new Set<string>();
  const others: Claim[] = [];
  for (const claim of group) {
    const { set } = claim;
    if (set.kind !== "value") others.push(claim);
    else {
      foldedAll.add(foldCase(set.text));
      if (set.ignoresCase) folded.add(foldCase(set.text));
      else exact.add(set.text);
    }
  }
  if (others.length > patternsMax) return () => true;
  return (claim) => {
    const { set } = claim;
    if (set.kind !== "value") return group.some((each) => mayShare(claim, each));
    const text = foldCase(set.text);
    const isOne = set.ignoresCase ? foldedAll.has(text) : exact.has(set.text) || folded.has(text);
    return isOne || others.some((each) => mayShare(claim, each));
  };
}

/** False when no value is in both. */
function mayShare(a: Claim, b: Claim): boolean {
  const [first, second] = [a.set, b.set];
  if (first.kind === "value" && second.kind === "value") return a.covers(second) || b.covers(first);
  if (first.kind === "pattern" && second.kind === "value")
    return a.covers({ ...second, ignoresCase: first.ignoresCase }) || second.ignoresCase;
  if (first.kind === "value" && second.kind === "pattern")
    return b.covers({ ...first, ignoresCase: second.ignoresCase }) || first.ignoresCase;
  return true;
}

/** The same for claims that say the same of the same field. */
export function keyOf({ path, set }: Claim): string {
  const { kind } = set;
  if (kind === "value" || kind === "pattern") return `${path} ${kind} ${set.ignoresCase} ${describeSet(set)}`;
  return kind === "opaque" ? `${path} ${kind} ${set.key}` : `${path} ${kind}`;
}

/** So many values of a group are named. */
const namedMax = 3;

/** What one of a group's claims holds of, as people write it. */
export function describeGroup(group: readonly Claim[]): string {
  const named = group.slice(0, namedMax).map(({ set }) => describeSet(set));
  return group.length > namedMax ? `one of ${named.join(", ")}, …` : named.join(" or ");
}
