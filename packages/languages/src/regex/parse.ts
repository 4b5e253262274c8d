import type { RegexNode } from "./ast.ts";
import { anyChar, type CharRange, type CharSet, charSet, complementOf, lowerSet } from "./char-set.ts";
import { numbersBetween } from "./number-interval.ts";

/** Groups and complements may stand in each other this deep. */
const regexDepthMax = 100;

/** A repetition may be counted up to here; the automaton's own limit is usually met earlier. */
const repeatMax = 10_000;

export type ParsedRegex =
  | { readonly node: RegexNode; readonly problem: undefined }
  | { readonly node: undefined; readonly problem: string };

/**
 * Reads a regular expression in Lucene's dialect with all its operators: `| & ~ . ? * + {n,m} [ ] ( ) "text" @ # <n-m> \`, and
 * the classes `\d \s \w \D \S \W`. There are no anchors: `^` and `$` are ordinary characters, and so is an operator with
 * nothing to act on. With `ignoreCase` the result is for text in lower case. Source: Lucene, RegExp; Elasticsearch reference,
 * regular expression syntax.
 */
export function parseRegex(text: string, options: { readonly ignoreCase: boolean }): ParsedRegex {
  const parser = new Parser(text, options.ignoreCase);
  const node = parser.parse();
  return node === undefined ? { node, problem: parser.problem } : { node, problem: undefined };
}

const digits: CharSet = charSet([{ from: 48, to: 57 }]);
const spaces: CharSet = charSet([
  { from: 9, to: 10 },
  { from: 13, to: 13 },
  { from: 32, to: 32 },
]);
const wordChars: CharSet = charSet([
  { from: 48, to: 57 },
  { from: 65, to: 90 },
  { from: 95, to: 95 },
  { from: 97, to: 122 },
]);
const classes: Readonly<Record<string, CharSet>> = {
  d: digits,
  s: spaces,
  w: wordChars,
  D: complementOf(digits),
  S: complementOf(spaces),
  W: complementOf(wordChars),
};

/** One method a rule of the grammar, from the weakest operator to the strongest. */
class Parser {
  readonly #text: string;
  readonly #ignoreCase: boolean;
  #at = 0;
  #depth = 0;
  problem = "";

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text;
    this.#ignoreCase = ignoreCase;
  }

  parse(): RegexNode | undefined {
    if (this.#text === "") return { kind: "empty" };
    const node = this.#union();
    if (node === undefined) return undefined;
    return this.#at === this.#text.length ? node : this.#fail(`'${this.#peek()}' cannot stand here`);
  }

  #union(): RegexNode | undefined {
    const options = this.#separated("|", () =>
      this.#joined(
        "intersection",
        this.#separated("&", () => this.#concatenation()),
      ),
    );
    return options && (options.length === 1 ? options[0] : { kind: "union", options });
  }

  #joined(kind: "intersection", operands: readonly RegexNode[] | undefined): RegexNode | undefined {
    return operands && (operands.length === 1 ? operands[0] : { kind, operands });
  }

  #separated(separator: string, operand: () => RegexNode | undefined): readonly RegexNode[] | undefined {
    const operands: RegexNode[] = [];
    do {
      const next = operand();
      if (next === undefined) return undefined;
      operands.push(next);
    } while (this.#skip(separator));
    return operands;
  }

  #concatenation(): RegexNode | undefined {
    const parts: RegexNode[] = [];
    do {
      const part = this.#repetition();
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.#at < this.#text.length && !")|&".includes(this.#peek()));
    return parts.length === 1 ? parts[0] : { kind: "concatenation", parts };
  }

  #repetition(): RegexNode | undefined {
    let operand = this.#complement();
    while (operand !== undefined) {
      if (this.#skip("?")) operand = { kind: "repeat", operand, min: 0, max: 1 };
      else if (this.#skip("*")) operand = { kind: "repeat", operand, min: 0, max: undefined };
      else if (this.#skip("+")) operand = { kind: "repeat", operand, min: 1, max: undefined };
      else if (this.#skip("{")) operand = this.#counted(operand);
      else return operand;
    }
    return undefined;
  }

  #counted(operand: RegexNode): RegexNode | undefined {
    const min = this.#number();
    if (min === undefined) return this.#fail("A number must follow '{'");
    const max = this.#skip(",") ? this.#number() : min;
    if (!this.#skip("}")) return this.#fail("The '{' of a repetition is never closed");
    if (min > repeatMax || (max ?? 0) > repeatMax)
      return this.#fail(`A repetition is limited to ${repeatMax}`);
    if (max !== undefined && max < min)
      return this.#fail("The second number of a repetition is the smaller one");
    return { kind: "repeat", operand, min, max };
  }

  #number(): number | undefined {
    const start = this.#at;
    while (this.#peek() >= "0" && this.#peek() <= "9") this.#at += 1;
    return this.#at === start ? undefined : Number(this.#text.slice(start, this.#at));
  }

  #complement(): RegexNode | undefined {
    if (!this.#skip("~")) return this.#characterClass();
    const operand = this.#nested(() => this.#complement());
    return operand && { kind: "complement", operand };
  }

  #nested(content: () => RegexNode | undefined): RegexNode | undefined {
    if (this.#depth >= regexDepthMax)
      return this.#fail(`Groups stand in each other deeper than ${regexDepthMax} levels`);
    this.#depth += 1;
    const node = content();
    this.#depth -= 1;
    return node;
  }

  #characterClass(): RegexNode | undefined {
    if (!this.#skip("[")) return this.#simple();
    const isNegated = this.#skip("^");
    const ranges: CharRange[] = [];
    do {
      const set = this.#classMember();
      if (set === undefined) return undefined;
      ranges.push(...set);
    } while (this.#at < this.#text.length && this.#peek() !== "]");
    if (!this.#skip("]")) return this.#fail("The '[' is never closed");
    const set = this.#cased(charSet(ranges));
    return { kind: "char", set: isNegated ? complementOf(set) : set };
  }

  #classMember(): CharSet | undefined {
    const predefined = this.#predefined();
    if (predefined !== undefined) return predefined;
    const from = this.#character();
    if (from === undefined) return undefined;
    if (this.#peek() !== "-" || this.#text[this.#at + 1] === "]") return [{ from, to: from }];
    this.#at += 1;
    const to = this.#character();
    if (to === undefined) return undefined;
    return to < from ? this.#fail("A range of characters runs backwards") : [{ from, to }];
  }

  #simple(): RegexNode | undefined {
    if (this.#skip(".")) return { kind: "char", set: anyChar };
    if (this.#skip("#")) return { kind: "never" };
    if (this.#skip("@"))
      return { kind: "repeat", operand: { kind: "char", set: anyChar }, min: 0, max: undefined };
    if (this.#skip('"')) return this.#quoted();
    if (this.#skip("(")) return this.#group();
    if (this.#skip("<")) return this.#interval();
    const predefined = this.#predefined();
    if (predefined !== undefined) return { kind: "char", set: this.#cased(predefined) };
    const character = this.#character();
    return character === undefined ? undefined : this.#literal(character);
  }

  #quoted(): RegexNode | undefined {
    const end = this.#text.indexOf('"', this.#at);
    if (end < 0) return this.#fail("The quotation mark is never closed");
    const parts = [...this.#text.slice(this.#at, end)].map((c) => this.#literal(c.codePointAt(0) as number));
    this.#at = end + 1;
    return { kind: "concatenation", parts };
  }

  #group(): RegexNode | undefined {
    if (this.#skip(")")) return { kind: "empty" };
    const node = this.#nested(() => this.#union());
    if (node === undefined) return undefined;
    return this.#skip(")") ? node : this.#fail("The '(' is never closed");
  }

  #interval(): RegexNode | undefined {
    const end = this.#text.indexOf(">", this.#at);
    const match = /^(\d{1,15})-(\d{1,15})$/.exec(this.#text.slice(this.#at, Math.max(end, this.#at)));
    if (match === null)
      return this.#fail("'<' begins an interval of numbers such as <1-100>; write \\< for the character");
    this.#at = end + 1;
    return numbersBetween(match[1] as string, match[2] as string);
  }

  /** `\d` and its like; a backslash before any other letter is refused, as it may mean something one day. */
  #predefined(): CharSet | undefined {
    const set = this.#peek() === "\\" ? classes[this.#text[this.#at + 1] ?? ""] : undefined;
    if (set !== undefined) this.#at += 2;
    return set;
  }

  #character(): number | undefined {
    if (this.#skip("\\")) {
      if (this.#at >= this.#text.length) return this.#fail("A backslash stands at the end");
      if (/[a-zA-Z]/.test(this.#peek()))
        return this.#fail(`'\\${this.#peek()}' is no known class of characters`);
    }
    const c = this.#text.codePointAt(this.#at);
    if (c === undefined) return this.#fail("The expression ends where a character should follow");
    this.#at += c > 0xffff ? 2 : 1;
    return c;
  }

  #literal(c: number): RegexNode {
    return { kind: "char", set: this.#ignoreCase ? lowered(c) : [{ from: c, to: c }] };
  }

  #cased(set: CharSet): CharSet {
    return this.#ignoreCase ? lowerSet(set) : set;
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #skip(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at += 1;
    return true;
  }

  #fail(problem: string): undefined {
    this.problem = problem;
    return undefined;
  }
}

function lowered(c: number): CharSet {
  const lower = String.fromCodePoint(c).toLowerCase();
  const only = lower.codePointAt(0) as number;
  const code = lower.length === (only > 0xffff ? 2 : 1) ? only : c;
  return [{ from: code, to: code }];
}
