/**
 * The arguments in Tetragon's text of them, which has one blank between two, and double quotes around those that hold blanks. Quotes within are not marked:
 * a quoted one ends with the first quote before a blank, or before the end. Source: `ArgsDecoder` in Tetragon's `pkg/reader/exec`.
 */
export function argumentsIn(text: string): readonly string[] {
  const args: string[] = [];
  const blank = finder(text, " ");
  const closing = finder(text, '" ');
  const last = text.endsWith('"') ? text.length - 1 : -1;
  /** Where the argument that begins with a quote ends; -1 where what stands in quotes has no blank, and so has its own quotes. */
  const quotedEnd = (start: number): number => {
    const found = closing(start + 1);
    const end = found >= 0 ? found : last;
    const firstBlank = blank(start);
    return firstBlank >= 0 && firstBlank < end ? end : -1;
  };
  // The first one has a blank before it when it is quoted.
  for (let at = text.startsWith(' "') ? 1 : 0; at <= text.length && text !== ""; ) {
    const quoted = text[at] === '"' ? quotedEnd(at) : -1;
    const nextBlank = blank(at);
    const end = quoted >= 0 ? quoted + 1 : nextBlank < 0 ? text.length : nextBlank;
    args.push(quoted >= 0 ? text.slice(at + 1, quoted) : text.slice(at, end));
    at = end + 1;
  }
  return args;
}

/** Finds what comes next of a piece, for places that only move on; all of it takes one pass. */
function finder(text: string, piece: string): (from: number) => number {
  let found = text.indexOf(piece);
  return (from) => {
    if (found >= 0 && found < from) found = text.indexOf(piece, from);
    return found;
  };
}
