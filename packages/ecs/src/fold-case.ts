/**
 * The text in lower case, character by character: what a character becomes hangs neither on its neighbours nor changes the number of characters, so that
 * equality, patterns and positions agree. JavaScript's own lower case makes a Greek capital sigma at the end of a word another letter, and two
 * characters of a capital I with a dot; here they become `σ` and `i`, as in Java's `Character.toLowerCase`, which Lucene uses.
 */
export function foldCase(text: string): string {
  return dependent.test(text)
    ? text.replaceAll("\u03a3", "\u03c3").replaceAll("\u0130", "i").toLowerCase()
    : text.toLowerCase();
}

const dependent = /[\u03a3\u0130]/;
