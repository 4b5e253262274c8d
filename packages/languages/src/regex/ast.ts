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
