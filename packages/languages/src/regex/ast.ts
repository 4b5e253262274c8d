import { foldCase } from "@tallyman/ecs";
import type { CharSet } from "./char-set.ts";

/** A regular expression in Lucene's dialect. */
export type RegexNode =
  /** Nothing, the empty text. */
  | { readonly kind: "empty" }
  /** No text at all, not even the empty one: `#`. */
  | { readonly kind: "never" }
  | { readonly kind: "char"; readonly set: CharSet }
  | { readonly kind: "concatenation"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "union"; readonly options: readonly RegexNode[] }
  | { readonly kind: "intersection"; readonly operands: readonly RegexNode[] }
  | { readonly kind: "complement"; readonly operand: RegexNode }
  | {
      readonly kind: "repeat";
      readonly operand: RegexNode;
      readonly min: number;
      /** Undefined when there is no limit. */
      readonly max: number | undefined;
    };

/** The one text that the expression matches, if it is a plain one. */
export function literalOf(node: RegexNode): string | undefined {
  switch (node.kind) {
    case "empty":
      return "";
    case "char": {
      const [only] = node.set;
      return node.set.length === 1 && only !== undefined && only.from === only.to
        ? String.fromCodePoint(only.from)
        : undefined;
    }
    case "concatenation": {
      let text = "";
      for (const part of node.parts) {
        const piece = literalOf(part);
        if (piece === undefined) return undefined;
        text += piece;
      }
      return text;
    }
    default:
      return undefined;
  }
}

/** Longer texts say nothing more. */
const requiredLengthMax = 64;

/** The longest text in lower case that is found to be in whatever the expression matches, once that is in lower case too; mostly a part of the real one. */
export function requiredTextOf(node: RegexNode): string {
  const runs: string[] = [];
  let run = "";
  const end = (): void => {
    runs.push(run);
    run = "";
  };
  const visit = (part: RegexNode): void => {
    switch (part.kind) {
      case "char": {
        const letter = letterOf(part.set);
        if (letter === undefined) end();
        else run += letter;
        return;
      }
      case "concatenation":
        part.parts.forEach(visit);
        return;
      case "repeat":
        if (part.min === 0) end();
        else {
          for (let i = 0; i < part.min && run.length < requiredLengthMax; i++) visit(part.operand);
          if (part.max !== part.min) end();
        }
        return;
      case "empty":
        return;
      default:
        end();
    }
  };
  visit(node);
  end();
  return runs.reduce((a, b) => (b.length > a.length ? b : a), "").slice(0, requiredLengthMax);
}

/** The one letter in lower case that all characters of a set become. */
function letterOf(set: CharSet): string | undefined {
  const size = set.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (size === 0 || size > 3) return undefined;
  const letters = new Set<string>();
  for (const { from, to } of set)
    for (let c = from; c <= to; c++) letters.add(foldCase(String.fromCodePoint(c)));
  const [only] = letters;
  return letters.size === 1 ? only : undefined;
}
