/** Texts up to this long are found by the runtime's own search, whose worst case is the product of the two lengths. */
const shortMax = 64;

/**
 * The first place of one text in another from `start` on, or -1, like `indexOf` but in linear time: both texts may come from an
 * event, and an attacker may choose a pair that makes a search start over at every place.
 */
export function findText(text: string, part: string, start: number): number {
  if (part.length <= shortMax) return text.indexOf(part, start);
  // Most texts do not even hold the beginning, and that is found quickly.
  const first = text.indexOf(part.slice(0, shortMax), start);
  return first < 0 ? -1 : search(text, part, first, "first");
}

/** The last place of one text in another, or -1, like `lastIndexOf` but in linear time. */
export function findLastText(text: string, part: string): number {
  return part.length <= shortMax ? text.lastIndexOf(part) : search(text, part, 0, "last");
}

/** Knuth, Morris and Pratt's method: after a mismatch, the longest beginning of the part that the text still ends with is kept. */
function search(text: string, part: string, start: number, wanted: "first" | "last"): number {
  const fallback = fallbacks(part);
  let found = -1;
  let matched = 0;
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at);
    while (matched > 0 && c !== part.charCodeAt(matched)) matched = fallback[matched - 1] as number;
    if (c === part.charCodeAt(matched)) matched += 1;
    if (matched === part.length) {
      found = at - matched + 1;
      if (wanted === "first") return found;
      matched = fallback[matched - 1] as number;
    }
  }
  return found;
}

/** For each prefix, the length of the longest shorter one that also ends it. */
function fallbacks(part: string): Int32Array {
  const lengths = new Int32Array(part.length);
  for (let i = 1, length = 0; i < part.length; i++) {
    const c = part.charCodeAt(i);
    while (length > 0 && c !== part.charCodeAt(length)) length = lengths[length - 1] as number;
    if (c === part.charCodeAt(length)) length += 1;
    lengths[i] = length;
  }
  return lengths;
}
