/** What is wrong with a text, as it ends the sentence `The text is not valid YAML: …`, and what to do about it. */
export interface Mistake {
  readonly reason: string;
  readonly hint: string | undefined;
}

/** TOML and YAML resolve escapes in double quotes only. */
export const singleQuotesHint =
  "write two backslashes for one, or single quotes where backslashes are meant as they stand";

/** How a mistake is told that a library has its own words for. */
export type Retelling = readonly [words: RegExp, reason: string, hint?: string];

/** Some of a library's words hold a part of the file, however long. */
const wordsLengthMax = 100;

/** A library's words in ours: by the first retelling that knows them, or as they are. */
export function retell(words: string, retellings: readonly Retelling[]): Mistake {
  const [, reason, hint] = retellings.find(([known]) => known.test(words)) ?? [];
  if (reason !== undefined) return { reason, hint };
  return { reason: words.length > wordsLengthMax ? `${words.slice(0, wordsLengthMax)}…` : words, hint };
}
