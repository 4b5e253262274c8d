/**
 * The arguments in Tetragon's text of them, which has one blank between two, and double quotes around those that hold blanks. Quotes within are not marked:
 * a quoted one ends with the first quote before a blank, or before the end. Source: `ArgsDecoder` in Tetragon's `pkg/reader/exec`.
 */
export function argumentsIn(text: string): readonly string[] {
  const args: string[] = [];
  // The first one has a blank before it when it is quoted.
  for (let at = text.startsWith(' "') ? 1 : 0; at <= text.length && text !== ""; ) {
    const quoted = text[at] === '"' ? quotedEnd(text, at) : -1;
    const blank = text.indexOf(" ", at);
    const end = quoted >= 0 ? quoted + 1 : blank < 0 ? text.length : blank;
    args.push(quoted >= 0 ? text.slice(at + 1, quoted) : text.slice(at, end));
    at = end + 1;
  }
  return args;
}

/** The index of the closing quote; -1 where what stands in quotes has no blank, and so has its own quotes. */
function quotedEnd(text: string, start: number): number {
  const behind = text.indexOf('" ', start + 1);
  const end = behind >= 0 ? behind : text.endsWith('"') && text.length - 1 > start ? text.length - 1 : -1;
  const blank = text.indexOf(" ", start);
  return end >= 0 && blank >= 0 && blank < end ? end : -1;
}
