/**
 * Walks the TOML string that starts with its quote at `start`, in any of the four forms, and calls `emit` for each UTF-16 unit
 * that it decodes to, with the offset of what stands for it. Returns the offset after the text (`textEnd`) and after the closing
 * quotes (`end`). The text must be valid TOML; on anything else the walk still ends.
 */
export function scanTomlString(
  text: string,
  start: number,
  emit: (unit: string, offset: number) => void,
): { readonly textEnd: number; readonly end: number } {
  const quote = text[start] as string;
  const isMultiline = text[start + 1] === quote && text[start + 2] === quote;
  const width = isMultiline ? 3 : 1;
  const closing = quote.repeat(width);
  let at = start + width;
  if (isMultiline && text[at] === "\n") at += 1;
  while (at < text.length && !text.startsWith(closing, at)) {
    const unit = text[at] as string;
    if (unit === "\\" && quote === '"') {
      at = scanEscape(text, at, emit);
    } else {
      emit(unit, at);
      at += 1;
    }
  }
  // Of four or five quotes at the end, the first one or two belong to the text.
  for (let extra = 0; isMultiline && extra < 2 && text[at + 3] === quote; extra++) {
    emit(quote, at);
    at += 1;
  }
  return { textEnd: Math.min(at, text.length), end: Math.min(at + width, text.length) };
}

const shortEscapes: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\u001b",
  '"': '"',
  "\\": "\\",
};

const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function scanEscape(text: string, start: number, emit: (unit: string, offset: number) => void): number {
  const letter = text[start + 1] ?? "";
  const digits = hexDigits[letter];
  if (digits !== undefined) {
    const end = start + 2 + digits;
    const codePoint = Number.parseInt(text.slice(start + 2, end), 16);
    // Both halves of a surrogate pair stand where the one escape does.
    if (codePoint <= 0x10ffff)
      for (const unit of String.fromCodePoint(codePoint).split("")) emit(unit, start);
    return end;
  }
  const short = shortEscapes[letter];
  if (short !== undefined) {
    emit(short, start);
    return start + 2;
  }
  // A backslash at the end of a line: the white space up to the next text counts for nothing.
  let at = start + 1;
  while (at < text.length && " \t\n".includes(text[at] as string)) at += 1;
  return at;
}
