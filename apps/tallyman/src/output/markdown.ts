import { wrap } from "./fit.ts";
import type { Paint } from "./look.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** The end of longer texts is left out. The longest guides of public rules have a tenth of this. */
const unitsMax = 100_000;

/**
 * Markdown made readable in lines of at most `columns` columns: paragraphs and list items are wrapped anew, headings are painted, code keeps
 * its lines and is set in. Marks inside a line stay as they were written. There are no blank lines at the ends, and never two in a row.
 */
export function markdownLines(
  text: string,
  columns: number,
  terminal: Terminal,
  heading: Paint,
): readonly string[] {
  const lines: string[] = [];
  let block: Block | undefined;
  const endBlock = (): void => {
    if (block !== undefined) lines.push(...hangingLines(block, columns));
    block = undefined;
  };
  const addBlank = (): void => {
    if (lines.length > 0 && lines.at(-1) !== "") lines.push("");
  };
  let isCode = false;
  for (const raw of text.slice(0, unitsMax).split(/\r?\n/)) {
    const line = printable(raw, terminal).trimEnd();
    const content = line.trimStart();
    if (content.startsWith("```")) {
      endBlock();
      isCode = !isCode;
    } else if (isCode) lines.push(...hangingLines({ lead: "  ", text: line }, columns));
    else if (content === "") {
      endBlock();
      addBlank();
    } else if (/^#{1,6} /.test(content)) {
      endBlock();
      addBlank();
      lines.push(...wrap(content.replace(/^#+ +/, ""), columns).map(heading));
    } else {
      const item = /^ {0,12}(?:[-*+]|\d{1,3}[.)]) +/.exec(line);
      if (item !== null || block === undefined || /^[|>]/.test(content)) {
        endBlock();
        const lead = item?.[0] ?? "";
        block = { lead: lead.replace(/ +$/, " "), text: line.slice(lead.length).trimStart() };
      } else block = { ...block, text: `${block.text} ${content}` };
    }
  }
  endBlock();
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A paragraph or list item; its later lines stand below the text of the first. */
interface Block {
  readonly lead: string;
  readonly text: string;
}

function hangingLines({ lead, text }: Block, columns: number): readonly string[] {
  return wrap(text, columns - lead.length).map(
    (line, i) => (i === 0 ? lead : " ".repeat(lead.length)) + line,
  );
}
