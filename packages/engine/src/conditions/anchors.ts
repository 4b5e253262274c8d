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

/** Clauses whose anchors more events in a thousand are thought to have are rather evaluated at once. */
const rateMax = 4000;

/** False where a clause is rather evaluated for each event of its kinds. */
export function isWorthLookingFor(anchors: AnchorSet | undefined): anchors is AnchorSet {
  return anchors !== undefined && anchors.rate <= rateMax;
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
    case "any-element":
    case "related":
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
        rate: test.values.length * rateOfValue(path, ""),
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
    case "text-matches-regex":
    case "token-matches-regex":
    case "untyped-matches-regex":
      return textOf(path, [test.regex.requiredText]);
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
  const folded = values.map(foldCase);
  return {
    anchors: folded.map((value) => ({ kind: "value", path, value })),
    rate: folded.reduce((sum, value) => sum + rateOfValue(path, value), 0),
  };
}

/** The longest of texts that must all occur. */
function textOf(path: string, texts: readonly string[]): AnchorSet | undefined {
  const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), "");
  const text = foldCase(longest).slice(-textLengthMax);
  const isForeign = /[^ -~]/.test(text);
  if (text.length < (isForeign ? 1 : textLengthMin)) return undefined;
  return { anchors: [{ kind: "text", path, text }], rate: rateOfText(path, text) };
}

// Rough guesses of how many events in a thousand have a value. They only decide which of a condition's anchors is looked for.

/** Fields that nearly every event of a kind has, with few values. */
const commonFields =
  /^(agent|cloud|data_stream|ecs|event|host|network|observer)\.|^type$|(^|\.)(user|group)\.id$|\.capabilities\.|\.token\.|\.entry_meta\.type$/;
/** Fields with some values that most events have, and many that few have. */
const halfCommonFields = /(^|\.)(user|group)\.(name|domain)$|code_signature\./;

/** What runs on every host all the time, and where. */
const commonValues = new Set(
  "bash sh dash ash zsh csh tcsh ksh fish sudo systemd sshd cron python python3 perl node java curl cat grep sed awk ls cmd.exe powershell.exe conhost.exe svchost.exe rundll32.exe explorer.exe msiexec.exe chrome.exe msedge.exe /bin/sh /bin/bash /usr/bin/bash /usr/bin/sh -c -e -i /c true false 0 443 80 system root".split(
    " ",
  ),
);
const commonTexts =
  /^(\.?exe|[a-z]?:?\\(windows\\)?(system32\\)?|\/?(usr\/)?(local\/)?(s?bin|lib|etc|var|tmp|home|opt|dev)?\/)$/;

function rateOfValue(path: string, value: string): number {
  if (commonFields.test(path)) return 200;
  if (halfCommonFields.test(path)) return 15;
  return commonValues.has(value) ? 50 : 4;
}

function rateOfText(path: string, text: string): number {
  if (/[^ -~]/.test(text)) return 1;
  if (commonTexts.test(text) || commonFields.test(path)) return 200;
  return text.length < 4 ? 40 : text.length < 6 ? 15 : text.length < 9 ? 6 : 4;
}
