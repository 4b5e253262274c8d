import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

/** A part of a page of the docs that is made from the code, between two comments. */
export interface MarkedPart {
  readonly page: string;
  /** The lines before and behind it. */
  readonly start: string;
  readonly end: string;
  /** The lines that belong there, with line feeds. */
  make(): string;
}

/** The text of the page as it should be. */
export function withPart({ end, make, page, start }: MarkedPart, text: string): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/${basename(page)} lacks the marks around what is made`);
  return `${text.slice(0, from + start.length)}${make()}${text.slice(to)}`;
}

/** Writes the page anew, or with `--check` says that it is not what the code says. */
export function generatePart(part: MarkedPart): void {
  const text = readFileSync(part.page, "utf8");
  const fresh = withPart(part, text);
  if (!process.argv.includes("--check")) writeFileSync(part.page, fresh);
  else if (fresh !== text) {
    console.error(`docs/${basename(part.page)} is not what the code says: npm run generate`);
    process.exitCode = 1;
  }
}
