/** One equality of a pattern: what must equal which value. */
export interface StixComparison {
  /** The kind of object before the colon, such as `file`. */
  readonly object: string;
  /** The path behind it, quotes resolved: `hashes.SHA-256`, `value`. */
  readonly path: string;
  readonly value: string;
}

/** The equalities of which any makes the indicator; undefined when the pattern says anything else. */
export type ParsedPattern = readonly StixComparison[] | undefined;

/** More in one pattern are more than a person writes. */
const comparisonsMax = 1000;

/**
 * Reads the STIX patterns that name values: equalities joined by OR, within observations and between them, or lists of values after IN. Hashes of one
 * file may be joined by AND, since each of them tells of the file. Anything else (other comparisons, FOLLOWEDBY, qualifiers such as WITHIN) has no
 * counterpart in an indicator, and gives undefined. Source: STIX 2.1, 9 STIX Patterning.
 */
export function parseStixPattern(pattern: string): ParsedPattern {
  const tokens = tokensOf(pattern);
  if (tokens === undefined) return undefined;
  const comparisons: StixComparison[] = [];
  let joinedByAnd = false;
  let depth = 0;
  let at = 0;
  const next = (): Token | undefined => tokens[at++];
  for (;;) {
    while (isSign(tokens[at], "(") || isSign(tokens[at], "[")) {
      depth += 1;
      at += 1;
    }
    const path = next();
    if (path?.kind !== "path") return undefined;
    const operator = next();
    const values = isSign(operator, "=") ? [next()] : isWord(operator, "IN") ? listOf(next) : [];
    if (values.length === 0 || comparisons.length + values.length > comparisonsMax) return undefined;
    for (const value of values) {
      if (value?.kind !== "text") return undefined;
      comparisons.push({ object: path.object, path: path.path, value: value.text });
    }
    while (depth > 0 && (isSign(tokens[at], ")") || isSign(tokens[at], "]"))) {
      depth -= 1;
      at += 1;
    }
    const joint = next();
    if (joint === undefined) break;
    if (isWord(joint, "AND")) joinedByAnd = true;
    else if (!isWord(joint, "OR")) return undefined;
  }
  if (depth > 0) return undefined;
  const isOneFile = comparisons.every(({ object, path }) => object === "file" && path.startsWith("hashes."));
  return joinedByAnd && !isOneFile ? undefined : comparisons;
}

type Token =
  | { readonly kind: "sign"; readonly text: string }
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "path"; readonly object: string; readonly path: string };

function tokensOf(pattern: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const token =
    /\s*(?:([[\]()=,])|([A-Z]+)(?![\w:-])|'((?:[^'\\]|\\.)*)'|([a-z0-9-]+):((?:[\w-]+|'[^']*')(?:\.(?:[\w-]+|'[^']*'))*))/suy;
  const end = pattern.trimEnd().length;
  for (token.lastIndex = 0; token.lastIndex < end; ) {
    const match = token.exec(pattern);
    if (match === null) return undefined;
    const [, sign, word, text, object, path] = match;
    if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (text !== undefined) tokens.push({ kind: "text", text: text.replace(/\\(.)/gsu, "$1") });
    else if (object !== undefined && path !== undefined)
      tokens.push({ kind: "path", object, path: path.replaceAll("'", "") });
  }
  return tokens;
}

/** The values of `('a', 'b')`; none when it is something else. */
function listOf(next: () => Token | undefined): readonly (Token | undefined)[] {
  if (!isSign(next(), "(")) return [];
  const values: (Token | undefined)[] = [];
  for (;;) {
    values.push(next());
    const after = next();
    if (isSign(after, ")")) return values;
    if (!isSign(after, ",")) return [];
  }
}

function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === "sign" && token.text === text;
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === "word" && token.text === text;
}
