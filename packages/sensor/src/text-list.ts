/** Texts that each end with NUL, as arguments and environments are kept; the last one of a list that was cut may not. */
export function listOfTexts(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  return bytes.toString("utf8", 0, end).split("\0");
}
