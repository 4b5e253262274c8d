/** More edits than these would match nearly anything; Elasticsearch draws the same line. */
const editsMax = 2;

/** Shorter words have no edits, or only one, where their number goes by the length. */
const autoLow = 3;
const autoHigh = 6;

/**
 * How many edits what stands behind a tilde allows for a word: nothing or `AUTO` by its length, or a number up to 2. Undefined for anything
 * else. Source: Elasticsearch, "Fuzziness".
 */
export function editsOf(text: string, word: string): number | undefined {
  if (text === "" || text.toUpperCase() === "AUTO") {
    const length = [...word].length;
    return length < autoLow ? 0 : length < autoHigh ? 1 : 2;
  }
  return /^\d+(?:\.\d+)?$/.test(text) && Number(text) <= editsMax ? Math.trunc(Number(text)) : undefined;
}

/** How far apart the words of a phrase may be. */
export function slopOf(text: string): number | undefined {
  if (text === "") return 0;
  return /^\d{1,6}(?:\.\d+)?$/.test(text) ? Math.trunc(Number(text)) : undefined;
}
