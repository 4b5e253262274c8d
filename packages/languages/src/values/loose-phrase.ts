/**
 * Makes the test of whether the words of a phrase stand in a text, none of them more than `slop` places from where the phrase has it beside the
 * others; each place of the text stands for one word. The time is at most the length of the text times the square of that of the phrase, and
 * a logarithm. Source: Lucene, sloppy phrase matching.
 */
export function hasLoosePhrase(
  phrase: readonly string[],
  slop: number,
): (tokens: readonly string[]) => boolean {
  const words = new Set(phrase);
  return (tokens) => {
    const places = new Map<string, number[]>();
    for (const [at, token] of tokens.entries()) {
      if (!words.has(token)) continue;
      const known = places.get(token);
      if (known === undefined) places.set(token, [at]);
      else known.push(at);
    }
    if (places.size < words.size) return false;
    // The phrase is laid so that one word stands just where it has it, and no other before its own place.
    return phrase.some((word, i) =>
      (places.get(word) ?? []).some((at) => fitsFrom(phrase, slop, at - i, places)),
    );
  };
}

/** Whether each word has a place of its own from the one on that it has when the phrase begins at `start`. */
function fitsFrom(
  phrase: readonly string[],
  slop: number,
  start: number,
  places: ReadonlyMap<string, readonly number[]>,
): boolean {
  // Words come in their order, so for those that repeat the first free place is the best.
  const lastTaken = new Map<string, number>();
  return phrase.every((word, i) => {
    const from = Math.max(start + i, (lastTaken.get(word) ?? -1) + 1);
    const place = firstFrom(places.get(word) ?? [], from);
    if (place === undefined || place > start + i + slop) return false;
    lastTaken.set(word, place);
    return true;
  });
}

function firstFrom(sorted: readonly number[], from: number): number | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return sorted[low];
}
