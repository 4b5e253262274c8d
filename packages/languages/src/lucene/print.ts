import type { LuceneBound, LuceneClause, LuceneField, LuceneQuery, LuceneValue } from "./ast.ts";

/** The query as text again: one form for each tree, and parsing it gives that tree back. */
export function printLucene(query: LuceneQuery): string {
  switch (query.kind) {
    case "match-all":
      return "";
    case "clauses":
      return query.clauses.map(printClause).join(" ");
    case "group":
      return `${printField(query.field)}(${printLucene(query.query)})${printBoost(query.boost)}`;
    case "value":
      return printField(query.field) + printValue(query.value) + printBoost(query.boost);
  }
}

function printClause({ conjunction, modifier, query }: LuceneClause): string {
  const before = conjunction === undefined ? "" : `${conjunction} `;
  return before + (modifier === "NOT" ? "NOT " : (modifier ?? "")) + printLucene(query);
}

function printField(field: LuceneField | undefined): string {
  if (field === undefined) return "";
  return `${field.name === "*" ? "*" : printWord(field.name)}:`;
}

function printBoost(boost: string | undefined): string {
  return boost === undefined ? "" : `^${boost}`;
}

function printValue(value: LuceneValue): string {
  switch (value.kind) {
    case "words":
      return value.words.map(printWord).join(" ");
    case "sign":
      return `${value.text} `;
    case "phrase":
      return `"${value.text.replace(/[\\"]/g, "\\$&")}"${value.slop === 0 ? "" : `~${value.slop}`}`;
    case "any":
      return "*";
    case "pattern":
      return printWildcards(value);
    case "fuzzy":
      return `${printWord(value.text)}~${value.edits}`;
    case "regex":
      return `/${value.regex.source}/`;
    case "range": {
      const { high, low } = value;
      const [open, close] = [low.isInclusive ? "[" : "{", high.isInclusive ? "]" : "}"];
      return `${open}${printBound(low)} TO ${printBound(high)}${close}`;
    }
  }
}

function printBound({ text }: LuceneBound): string {
  return text === undefined ? "*" : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

const specials = /[-+!():^[\]"{}~*?\\/ \t\n\r\u3000]/g;

function printWord(word: string): string {
  const escaped = word.replace(specials, "\\$&");
  return /^(?:AND|OR|NOT|&&|\|\|)$/.test(word) ? `\\${escaped}` : escaped;
}

function printWildcards({ pattern }: Extract<LuceneValue, { kind: "pattern" }>): string {
  return pattern.pieces
    .map((piece) => piece.map((literal) => literal.replace(specials, "\\$&")).join("?"))
    .join("*");
}
