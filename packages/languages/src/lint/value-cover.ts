import { type FieldCatalogue, type FieldType, foldCase, isAnalysed } from "@tallyman/ecs";
import type { Leaf } from "../expression/expression.ts";
import {
  compileWildcard,
  isLiteral,
  lowerPattern,
  printPattern,
  type WildcardPattern,
} from "../values/wildcard.ts";

/** A condition on the values of one field, in the form in which conditions are compared. */
export type ValueSet =
  | { readonly kind: "any" }
  | { readonly kind: "value"; readonly text: string; readonly ignoresCase: boolean }
  | { readonly kind: "pattern"; readonly pattern: WildcardPattern; readonly ignoresCase: boolean }
  /** Something of which only the same is known to be the same. */
  | { readonly kind: "opaque"; readonly key: string };

/** The values that fulfil a leaf, by the type of its field. */
export function valueSetOf(leaf: Leaf, path: string, catalogue: FieldCatalogue): ValueSet {
  const field = catalogue.find(path);
  const folds = field?.lowercase === true;
  switch (leaf.kind) {
    case "exists":
      return { kind: "any" };
    case "equals": {
      if (!comparesWhole(field?.type)) return { kind: "opaque", key: `${leaf.tokens} ${leaf.value}` };
      return { kind: "value", text: String(leaf.value), ignoresCase: leaf.ignoreCase || folds };
    }
    case "matches": {
      const { ignoreCase, pattern } = leaf;
      if (!comparesWhole(field?.type) || (leaf.splitsOnSpace && field?.type !== "keyword"))
        return { kind: "opaque", key: `like ${printPattern(pattern)}` };
      const [literal] = pattern.pieces[0] ?? [];
      return isLiteral(pattern) && literal !== undefined
        ? { kind: "value", text: literal, ignoresCase: ignoreCase || folds }
        : { kind: "pattern", pattern, ignoresCase: ignoreCase || folds };
    }
    case "matches-regex":
      return { kind: "opaque", key: `regex ${leaf.regex.ignoreCase} ${leaf.regex.source}` };
    case "in-blocks":
      return { kind: "opaque", key: `blocks ${leaf.blocks.join()}` };
    case "range":
      return {
        kind: "opaque",
        key: `range ${leaf.bounds.map((bound) => bound.operator + bound.value).join()}`,
      };
  }
}

/** True where text compares as a whole; of what is cut into words, and of addresses and dates, equality says less. */
function comparesWhole(type: FieldType | undefined): boolean {
  return type === undefined || (!isAnalysed(type) && type !== "ip" && type !== "date");
}

/** Finds out what sets contain; made once for a set, since it is asked about many. */
export type Covers = (other: ValueSet) => boolean;

/** Whether every value of another set is one of this; false where that is not known. */
export function coverOf(set: ValueSet): Covers {
  switch (set.kind) {
    case "any":
      return () => true;
    case "opaque":
      return (other) => other.kind === "opaque" && other.key === set.key;
    case "value": {
      const text = set.ignoresCase ? foldCase(set.text) : set.text;
      return (other) =>
        other.kind === "value" &&
        (set.ignoresCase ? foldCase(other.text) === text : !other.ignoresCase && other.text === text);
    }
    case "pattern": {
      const matches = compileWildcard(set.ignoresCase ? lowerPattern(set.pattern) : set.pattern);
      const cased = (text: string): string => (set.ignoresCase ? foldCase(text) : text);
      const holes = set.pattern.pieces.reduce((sum, piece) => sum + piece.length - 1, 0);
      return (other) => {
        if (other.kind !== "value" && other.kind !== "pattern") return false;
        if (other.ignoresCase && !set.ignoresCase) return false;
        if (other.kind === "value") return matches(cased(other.text));
        // A star of the other pattern stands for any text: none, one character, and more than this pattern has holes for. The character
        // stands in no pattern, so that only a wildcard can have matched it.
        return [0, 1, holes + 1].every((length) =>
          matches(cased(filled(other.pattern, "\u{f8ff}".repeat(length)))),
        );
      };
    }
  }
}

function filled({ pieces }: WildcardPattern, star: string): string {
  return pieces.map((piece) => piece.join("\u{f8ff}")).join(star);
}

/** The set as people write it. */
export function describeSet(set: ValueSet): string {
  switch (set.kind) {
    case "any":
      return "every value";
    case "value":
      return `'${set.text}'`;
    case "pattern":
      return `'${printPattern(set.pattern)}'`;
    case "opaque":
      return "the same condition";
  }
}
