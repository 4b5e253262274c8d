import { parseNumber } from "@tallyman/ecs";
import { defineFunction } from "../define-function.ts";

export const number = defineFunction({
  name: "number",
  summary: "Reads a text as a number.",
  source: "Elastic EQL function reference: number",
  parameters: [
    {
      name: "source",
      type: "text",
      summary: "The text to read; white space around the number does not count",
    },
    {
      name: "base",
      type: "integer",
      isOptional: true,
      summary: "The base, 2 to 36; when left out 10, or 16 where the text begins with `0x`",
    },
  ],
  returns: "number",
  hasCaseVariant: false,
  examples: [
    [`number("17")`, 17],
    [`number("-0.25")`, -0.25],
    [`number("1f", 16)`, 31],
    [`number("0x1f", 16)`, 31],
    [`number("0x1f")`, 31],
    [`number(" 12 ")`, 12],
    [`number("twelve")`, null],
    [`number("")`, null],
    ["number(null, 16)", null],
  ],
  notes: ["Text that spells no number gives null. Only base 10 has fractions."],
  evaluate([source, base]) {
    const text = source.trim();
    const isHex = text.startsWith("0x");
    const radix = base ?? (isHex ? 16 : 10);
    if (radix === 10) return parseNumber(text) ?? null;
    return parseWhole(isHex && radix === 16 ? text.slice(2) : text, radix);
  },
});

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

/** `parseInt` would stop at the first character that is no digit; here the whole text must be digits. */
function parseWhole(text: string, radix: number): number | null {
  if (radix < 2 || radix > 36) return null;
  const isNegative = text.startsWith("-");
  const unsigned = isNegative || text.startsWith("+") ? text.slice(1) : text;
  if (unsigned === "" || unsigned.length > 64) return null;
  let value = 0;
  for (const c of unsigned.toLowerCase()) {
    const digit = digits.indexOf(c);
    if (digit < 0 || digit >= radix) return null;
    value = value * radix + digit;
  }
  return isNegative ? -value : value;
}
