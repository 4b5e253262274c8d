import stringWidth from "string-width";
import { columnsOf } from "../printable.ts";

/** The lines that hold what acts on a terminal, colors apart, or that are wider than `columns` by any measure; there should be none. */
export function untamed(text: string, columns: number): readonly string[] {
  return text.split("\n").filter((line) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colors are what is looked for.
    const plain = line.replace(/\u001b\[[0-9;]*m/g, "");
    return notPrinted.test(plain) || columnsOf(plain) > columns || stringWidth(plain) > columns;
  });
}

const notPrinted = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/u;
