import { foldCase, parseCidr, parseNumber } from "@tallyman/ecs";
import type { CheckedExpression, CheckedTest } from "@tallyman/languages";

/** Something easily looked up that an event must have to fulfil a condition. Text is in lower case, and so are the values it is looked for in. */
export type Anchor =
  /** A value of the field is this text. */
  | { readonly kind: "value"; readonly path: string; readonly value: string }
  /** A value of the field is this number. */
  | { readonly kind: "number"; readonly path: string; readonly value: number }
  /** A value of the field holds this text. */
  | { readonly kind: "text"; readonly path: string; readonly text: string };

/** Anchors of which an event must have at least one, and how many events in a thousand are thought to have one. */
export interface AnchorSet {
  readonly anchors: readonly Anchor[];
  readonly rate: number;
}

/** Shorter texts are in too many values. */
const textLengthMin = 3;
/** Of longer texts the end is looked for, which says more: many paths begin alike. */
const textLengthMax = 24;

/** The rarest anchors of a condition; undefined when it can be fulfilled without any. */
export function anchorsOf(expression: CheckedExpression): AnchorSet | undefined {
  switch (expression.kind) {
    case "constant":
      return expression.value ? undefined : { anchors: [], rate: 0 };
    case "and":
      return rarest(expression.operands.map(anchorsOf));
    case "or":
      return united(expression.operands.map(anchorsOf));
    case "test":
      return anchorsOfTest(expression);
    case "not":
    case "nested":
    case "exists":
    case "script":
    case "any-field":
      return undefined;
  }
}

function rarest(sets: readonly (AnchorSet | undefined)[]): AnchorSet | undefined {
  let best: AnchorSet | undefined;
  for (const set of sets) if (set !== undefined && (best === undefined || set.rate < best.rate)) best = set;
  return best;
}

function united(sets: readonly (AnchorSet | undefined)[]): AnchorSet | undefined {
  const anchors: Anchor[] = [];
  let rate = 0;
  for (const set of sets) {
    if (set === undefined) return undefined;
    anchors.push(...set.anchors);
    rate += set.rate;
  }
  return { anchors, rate };
}

function anchorsOfTest({ path, test }: CheckedTest): AnchorSet | undefined {
  switch (test.kind) {
    case "text-in":
      return valuesOf(path, test.values);
    case "number-in":
      return {
        anchors: test.values.map((value) => ({ kind: "number", path, value })),
        rate: test.values.length * rates.value,
      };
    case "untyped-equals": {
      // Addresses in a block equal it without looking like it.
      if (parseCidr(test.text) !== undefined) return undefined;
      const number = parseNumber(test.text);
      return valuesOf(path, number === undefined ? [test.text] : [test.text, String(number)]);
    }
    case "text-matches":
    case "untyped-matches":
      return textOf(path, test.pattern.pieces.flat());
    case "has-tokens":
      // Tokens are pieces of the text in lower case.
      return test.mode === "phrase"
        ? textOf(path, test.tokens)
        : united(test.tokens.map((token) => textOf(path, [token])));
    case "token-matches":
      return textOf(path, test.pattern.pieces.flat());
    default:
      return undefined;
  }
}

function valuesOf(path: string, values: readonly string[]): AnchorSet {
  return {
    anchors: values.map((value) => ({ kind: "value", path, value: foldCase(value) })),
    rate: values.length * rates.value,
  };
}

/** The longest of texts that must all occur. */
function textOf(path: string, texts: readonly string[]): AnchorSet | undefined {
  const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), "");
  if (longest.length < textLengthMin) return undefined;
  const text = foldCase(longest).slice(-textLengthMax);
  return { anchors: [{ kind: "text", path, text }], rate: rates.text(text.length) };
}

/** Rough guesses: they only decide which of a condition's anchors is looked for. */
const rates = {
  value: 4,
  text: (length: number): number => (length < 4 ? 40 : length < 6 ? 15 : length < 9 ? 6 : 4),
};
