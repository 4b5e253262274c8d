import { visible } from "@tallyman/languages";
import stringWidth from "string-width";
import type { Terminal } from "./terminal.ts";

/**
 * Untrusted text made fit to be printed inside a line. Whatever acts on a terminal is shown as an escape by `visible`, and so is
 * what terminals do not show or disagree about, since it would hide something or break the alignment: characters that are
 * ignored, unassigned, private or blank, selectors of variants and skin tones, and marks heaped on one letter. Without Unicode,
 * everything beyond ASCII is an escape.
 */
export function printable(text: string, { unicode }: Pick<Terminal, "unicode">): string {
  const safe = visible(text);
  return isAscii(safe) ? safe : safe.replace(unicode ? doubtful : beyondAscii, escapeCharacter);
}

/** True for text of printable ASCII, each unit of which takes one column. */
export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/**
 * How many columns printable text takes: the sum over its characters. Terminals count in this way; a whole syllable or emoji
 * sequence may be drawn narrower, never wider.
 */
export function columnsOf(text: string): number {
  if (isAscii(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** Asking costs a thousand times more than remembering: here is one more than the width of each character, 0 where it was not asked. */
let remembered: Uint8Array | undefined;

function columnsOfCharacter(character: string): number {
  remembered ??= new Uint8Array(0x110000);
  const code = character.codePointAt(0) as number;
  const known = remembered[code] as number;
  if (known > 0) return known - 1;
  const columns = stringWidth(character);
  remembered[code] = columns + 1;
  return columns;
}

const doubtful =
  /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u2800]|(?<=\p{M}{3})\p{M}/gu;

const beyondAscii = /[^\x20-\x7e]/gu;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  return code < 0x100 ? `\\x${code.toString(16)}` : `\\u{${code.toString(16)}}`;
}
