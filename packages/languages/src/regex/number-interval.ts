import type { RegexNode } from "./ast.ts";

/**
 * The decimal numbers from one to the other, both inside. Bounds of the same length fix the number of digits; otherwise numbers
 * may have leading zeros. Source: Lucene, Automata.makeDecimalInterval.
 */
export function numbersBetween(first: string, second: string): RegexNode {
  const [low, high] = Number(first) <= Number(second) ? [first, second] : [second, first];
  if (low.length === high.length) return between(low, high);
  const start = String(Number(low));
  const end = String(Number(high));
  const options: RegexNode[] = [];
  for (let length = start.length; length <= end.length; length++) {
    const from = length === start.length ? start : `1${"0".repeat(length - 1)}`;
    const to = length === end.length ? end : "9".repeat(length);
    options.push(between(from, to));
  }
  const zeros: RegexNode = { kind: "repeat", operand: digit(0, 0), min: 0, max: undefined };
  return { kind: "concatenation", parts: [zeros, { kind: "union", options }] };
}

/** Texts of digits of one length, in order. */
function between(low: string, high: string): RegexNode {
  if (low === "") return { kind: "empty" };
  const first = Number(low[0]);
  const last = Number(high[0]);
  const rest = low.length - 1;
  if (first === last) return follow(first, first, between(low.slice(1), high.slice(1)));
  const options = [
    follow(first, first, between(low.slice(1), "9".repeat(rest))),
    follow(last, last, between("0".repeat(rest), high.slice(1))),
  ];
  if (last - first > 1) {
    options.push(follow(first + 1, last - 1, { kind: "repeat", operand: digit(0, 9), min: rest, max: rest }));
  }
  return { kind: "union", options };
}

function follow(first: number, last: number, rest: RegexNode): RegexNode {
  return { kind: "concatenation", parts: [digit(first, last), rest] };
}

function digit(first: number, last: number): RegexNode {
  return { kind: "char", set: [{ from: 48 + first, to: 48 + last }] };
}
