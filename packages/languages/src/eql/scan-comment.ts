/**
 * Where the comment ends that starts at `at`; undefined when it never does. A comment in brackets may hold others, and one whose
 * inner openings are not all closed ends where the last one in the text does, as in Elasticsearch's grammar: a path such as
 * `/tmp` with a star behind it does no harm in a comment.
 */
export function scanComment(text: string, at: number): number | undefined {
  if (text[at + 1] === "/") {
    for (let end = at + 2; end < text.length; end++) if (text[end] === "\n" || text[end] === "\r") return end;
    return text.length;
  }
  let depth = 1;
  let lastClose: number | undefined;
  for (let i = at + 2; i < text.length - 1; i++) {
    if (text[i] === "*" && text[i + 1] === "/") {
      depth -= 1;
      i += 1;
      lastClose = i + 1;
      if (depth === 0) return lastClose;
    } else if (text[i] === "/" && text[i + 1] === "*") {
      depth += 1;
      i += 1;
    }
  }
  return lastClose;
}
