import type { Span } from "@tallyman/languages";
import { depthMax } from "../limits.ts";
import { addPlace, type GrowingPlace, newPlace, type PlaceNode } from "./places.ts";
import type { Mistake } from "./retelling.ts";

/** What a walk over JSON found: the places of its values, or the first thing that is wrong with it. */
export type JsonScan =
  | { readonly kind: "places"; readonly root: PlaceNode }
  | ({ readonly kind: "problem"; readonly span: Span } & Mistake);

type Token =
  | { readonly kind: "[" | "{" | "]" | "}" | "," | ":" | "text" | "scalar" | "end"; readonly span: Span }
  | ({ readonly kind: "bad"; readonly span: Span } & Mistake);

/**
 * Walks the JSON text between two offsets. It accepts what `JSON.parse` accepts, and is only used where that gives no answer:
 * for the place of a value, and for the place of a mistake in the same words on every runtime. It keeps its own stack, so depth
 * costs next to nothing; places deeper than a rule may nest are not kept.
 */
export function scanJson(text: string, from: number, to: number): JsonScan {
  const root = newPlace(undefined, { start: from, end: from });
  // How the open lists and objects end, outermost first, and the places of the outer ones. The root is a list of one value.
  const closings: ("]" | "}")[] = ["]"];
  const places: GrowingPlace[] = [root];
  let at = from;
  let expected: "value" | "value or ]" | "key" | "key or }" | "colon" | "separator" = "value";
  let key: { readonly name: string; readonly span: Span } | undefined;

  for (;;) {
    const token = nextToken(text, at, to);
    if (token.kind === "bad") return { ...token, kind: "problem" };
    at = token.span.end;
    const closing = closings.at(-1) as "]" | "}";
    const isOutermost = closings.length === 1;

    if (token.kind === closing && !isOutermost && closes(expected)) {
      closings.pop();
      if (places.length > closings.length) endPlace(places.pop() as GrowingPlace, closing, at);
      expected = "separator";
    } else if (expected === "separator") {
      if (isOutermost && token.kind === "end") return { kind: "places", root: root.children.get(0) ?? root };
      if (isOutermost) return problem("the end of the text", token, text);
      if (token.kind !== ",") return problem(`',' or '${closing}'`, token, text);
      expected = closing === "}" ? "key" : "value";
    } else if (expected === "colon") {
      if (token.kind !== ":") return problem("':'", token, text);
      expected = "value";
    } else if (expected === "key" || expected === "key or }") {
      if (token.kind !== "text") return problem(expected === "key" ? "a key" : "a key or '}'", token, text);
      key = { name: JSON.parse(text.slice(token.span.start, token.span.end)), span: token.span };
      expected = "colon";
    } else {
      const isContainer = token.kind === "[" || token.kind === "{";
      if (!isContainer && token.kind !== "text" && token.kind !== "scalar") {
        return problem(expected === "value" ? "a value" : "a value or ']'", token, text);
      }
      const parent = places[closings.length - 1];
      if (parent !== undefined) {
        const place = newPlace(key?.span, token.span);
        addPlace(parent, key?.name ?? parent.children.size, place);
        if (isContainer && places.length <= depthMax + 1) places.push(place);
      }
      key = undefined;
      if (isContainer) closings.push(token.kind === "[" ? "]" : "}");
      expected = token.kind === "[" ? "value or ]" : token.kind === "{" ? "key or }" : "separator";
    }
  }
}

/** Of a list the whole is its place, of an object the bracket. */
function endPlace(place: GrowingPlace, closing: "]" | "}", end: number): void {
  if (closing === "]") place.value = { start: place.value.start, end };
}

function closes(expected: string): boolean {
  return expected === "separator" || expected === "value or ]" || expected === "key or }";
}

const blanks = /[ \t\r\n]*/y;
const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
const word = /[\w.+-]+|./suy;

function nextToken(text: string, from: number, to: number): Token {
  blanks.lastIndex = from;
  blanks.test(text);
  const start = Math.min(blanks.lastIndex, to);
  if (start === to) return { kind: "end", span: { start, end: start } };
  const first = text[start] as string;
  if (first === '"') return textToken(text, start, to);
  if ("[]{},:".includes(first)) return { kind: first as "[", span: { start, end: start + 1 } };
  scalar.lastIndex = start;
  if (scalar.test(text)) return { kind: "scalar", span: { start, end: scalar.lastIndex } };
  word.lastIndex = start;
  word.test(text);
  const end = word.lastIndex;
  const found = first === "'" ? "single quote" : `'${text.slice(start, Math.min(end, start + 40))}'`;
  return bad(`unexpected ${found}`, { start, end }, hintFor(first));
}

function hintFor(first: string): string | undefined {
  if (/[A-Za-z']/.test(first)) return "text stands in double quotes";
  return first === "/" || first === "#" ? "JSON has no comments" : undefined;
}

function bad(reason: string, span: Span, hint?: string): Token {
  return { kind: "bad", reason, hint, span };
}

const validEscape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function textToken(text: string, start: number, to: number): Token {
  let at = start + 1;
  while (at < to && text[at] !== '"') {
    if (text[at] === "\\") {
      validEscape.lastIndex = at;
      if (!validEscape.test(text)) {
        return bad(
          "unknown escape",
          { start: at, end: Math.min(at + 2, to) },
          "write two backslashes for one",
        );
      }
      at = validEscape.lastIndex;
    } else if (text.charCodeAt(at) < 0x20) {
      const isBreak = text[at] === "\n" || text[at] === "\r";
      const what = isBreak ? "a line break" : "a control character";
      return bad(`${what} inside quotes`, { start: at, end: at + 1 }, isBreak ? "write \\n" : undefined);
    } else {
      at += 1;
    }
  }
  if (at >= to) return bad("a quote that is never closed", { start, end: start + 1 });
  return { kind: "text", span: { start, end: at + 1 } };
}

function problem(expected: string, { span, kind }: Token, text: string): JsonScan {
  const found =
    kind === "end"
      ? "the text ends"
      : `found '${text.slice(span.start, Math.min(span.end, span.start + 40))}'`;
  const isAfterComma = (expected === "a key" && kind === "}") || (expected === "a value" && kind === "]");
  const hint = isAfterComma ? "leave out the comma before it" : undefined;
  return { kind: "problem", reason: `expected ${expected} but ${found}`, hint, span };
}

/** Where each unit of a decoded JSON string stands, and last its end. */
export function jsonTextOffsets(text: string, at: Span, decoded: string): ArrayLike<number> {
  const offsets = new Uint32Array(decoded.length + 1);
  let from = at.start + 1;
  for (let i = 0; i < decoded.length; i++) {
    offsets[i] = from;
    from += text[from] !== "\\" ? 1 : text[from + 1] === "u" ? 6 : 2;
  }
  offsets[decoded.length] = from;
  return offsets;
}
