/** A text that ends at `end`, escapes resolved, or the stretch of it that is wrong. */
export type ScannedString =
  | { readonly value: string; readonly end: number; readonly problem: undefined }
  | {
      readonly problem: string;
      readonly hint: string | undefined;
      readonly at: number;
      readonly end: number;
    };

/** Reads the text in double quotes, or in three of them, that starts at `start`. */
export function scanString(text: string, start: number): ScannedString {
  return (text.startsWith('"""', start) ? scanRaw(text, start) : undefined) ?? scanQuoted(text, start);
}

/**
 * Text in three quotation marks has no escapes. Up to two marks may stand before the closing three and belong to the text. It
 * cannot span lines. Where three marks are not closed on the line, they are an empty text and the beginning of another.
 */
function scanRaw(text: string, start: number): ScannedString | undefined {
  const close = text.indexOf('"""', start + 3);
  if (close < 0) return undefined;
  const value = text.slice(start + 3, close);
  if (/[\r\n]/.test(value)) return undefined;
  let extra = 0;
  while (extra < 2 && text[close + 3 + extra] === '"') extra += 1;
  return { value: text.slice(start + 3, close + extra), end: close + 3 + extra, problem: undefined };
}

const escapes: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  '"': '"',
  "'": "'",
  "\\": "\\",
};

function scanQuoted(text: string, start: number): ScannedString {
  let value = "";
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    const c = text[at];
    if (c === '"') return { value: value + text.slice(from, at), end: at + 1, problem: undefined };
    if (c === "\n" || c === "\r") break;
    if (c !== "\\") continue;
    const escaped = scanEscape(text, at);
    if (escaped.problem !== undefined) return escaped;
    value += text.slice(from, at) + escaped.value;
    from = escaped.end;
    at = escaped.end - 1;
  }
  const problem = "The quotation mark is never closed on its line";
  return { problem, hint: "add the missing quotation mark", at: start, end: start + 1 };
}

function scanEscape(text: string, at: number): ScannedString {
  const c = text[at + 1] ?? "";
  const value = escapes[c];
  if (value !== undefined) return { value, end: at + 2, problem: undefined };
  const fail = (problem: string, hint: string, end: number): ScannedString => ({
    problem,
    hint,
    at,
    end: Math.min(end, text.length),
  });
  if (c !== "u") {
    const hint = 'write two backslashes for one, or """…""" where backslashes are meant as they stand';
    return fail(`'\\${c}' is no escape`, hint, at + 2);
  }
  // Eight digits and their braces at most.
  const digits = /^\{([0-9a-fA-F]{2,8})\}/.exec(text.slice(at + 2, at + 12));
  const hint = "write \\u{200f}, with two to eight hexadecimal digits";
  if (digits === null) return fail("The escape of a character is not complete", hint, at + 2);
  const end = at + 2 + digits[0].length;
  const code = Number.parseInt(digits[1] as string, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return fail("There is no such character", hint, end);
  return { value: String.fromCodePoint(code), end, problem: undefined };
}
