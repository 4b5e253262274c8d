import type { Span } from "@tallyman/languages";

/**
 * Where each unit of a decoded YAML scalar stands, and last its end. YAML folds line breaks and strips indentation by rules that
 * the parser has already applied; so the decoded text leads, and the walk looks for its units in what is written between them.
 * A unit that came from an escape stands where the escape begins, a blank or line break that came from folding where the first
 * line break it came from stands.
 */
export function yamlTextOffsets(text: string, at: Span, decoded: string): ArrayLike<number> {
  const first = text[at.start];
  return first === "|" || first === ">" ? blockOffsets(text, at, decoded) : flowOffsets(text, at, decoded);
}

function blockOffsets(text: string, span: Span, decoded: string): Uint32Array {
  const offsets = new Uint32Array(decoded.length + 1);
  const headerEnd = text.indexOf("\n", span.start);
  const body = headerEnd < 0 ? span.end : Math.min(headerEnd + 1, span.end);
  const indent = indentationOf(text.slice(body, span.end)) - indentationOf(decoded);
  let at = skipIndent(text, body, indent);

  for (let i = 0; i < decoded.length; i++) {
    const unit = decoded[i] as string;
    // Breaks that folding dropped: a run of n breaks between lines of text decodes to n - 1, a single one to a blank.
    while (unit !== "\n" && unit !== " " && at < span.end && text[at] === "\n") {
      at = skipIndent(text, at + 1, indent);
    }
    offsets[i] = Math.min(at, span.end);
    at = text[at] === "\n" ? skipIndent(text, at + 1, indent) : at + 1;
  }
  offsets[decoded.length] = Math.min(at, span.end);
  return offsets;
}

/** The blanks before the first text of the first line that has any. */
function indentationOf(text: string): number {
  for (const line of text.split("\n")) {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (line.slice(indent).trimEnd() !== "") return indent;
  }
  return 0;
}

function skipIndent(text: string, from: number, indent: number): number {
  let at = from;
  while (at < from + indent && text[at] === " ") at += 1;
  return at;
}

function flowOffsets(text: string, span: Span, decoded: string): Uint32Array {
  const offsets = new Uint32Array(decoded.length + 1);
  const quote = text[span.start] === '"' || text[span.start] === "'" ? text[span.start] : undefined;
  const end = quote === undefined ? span.end : span.end - 1;
  let at = span.start + (quote === undefined ? 0 : 1);
  let blanks: WhiteSpace = { breaks: [], end: at };
  for (let i = 0; i < decoded.length; i++) {
    // An escaped line break stands for nothing.
    while (quote === '"' && text[at] === "\\" && text[at + 1] === "\n") at = skipBlanks(text, at + 2);
    // White space is looked at once, however many units of it the text keeps.
    if (at >= blanks.end) blanks = whiteSpaceAt(text, at, end);
    const [firstBreak] = blanks.breaks;
    if (firstBreak !== undefined) {
      // One break decodes to a blank, n breaks to n - 1 line feeds.
      offsets[i] = firstBreak;
      for (const lineBreak of blanks.breaks.slice(1, -1)) {
        if (decoded[i] === "\n" && decoded[i + 1] === "\n") offsets[++i] = lineBreak;
      }
      at = blanks.end;
    } else if (quote === '"' && text[at] === "\\") {
      offsets[i] = at;
      const digits = hexDigits[text[at + 1] ?? ""] ?? 0;
      // Both halves of a surrogate pair stand where the one escape does.
      if (digits === 8 && isHighSurrogate(decoded, i)) offsets[++i] = at;
      at += 2 + digits;
    } else {
      offsets[i] = Math.min(at, end);
      at += quote === "'" && text[at] === "'" ? 2 : 1;
    }
  }
  offsets[decoded.length] = end;
  return offsets;
}

interface WhiteSpace {
  /** The offsets of its line breaks; empty when it is all on one line. */
  readonly breaks: readonly number[];
  readonly end: number;
}

function whiteSpaceAt(text: string, from: number, end: number): WhiteSpace {
  const breaks: number[] = [];
  let at = from;
  while (at < end) {
    if (text[at] === "\n") breaks.push(at);
    else if (text[at] !== " " && text[at] !== "\t") break;
    at += 1;
  }
  return { breaks, end: at };
}

const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at += 1;
  return at;
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00;
}
