/**
 * The text with everything replaced that would act on a terminal rather than appear on it: control characters (C0, DEL, C1)
 * and the marks that reorder or hide text are written as escapes. Tabs become a space. All text from rules and events is
 * untrusted and passes through here before a person sees it.
 */
export function visible(text: string): string {
  // Nearly all text is printable ASCII: one test spares it the replacement.
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(invisible, escapeCharacter);
}

const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udfff]|[\u{e0000}-\u{e007f}]/gu;

function escapeCharacter(character: string): string {
  if (character === "\t") return " ";
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  const code = character.codePointAt(0) as number;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
