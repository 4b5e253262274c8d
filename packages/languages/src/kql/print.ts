import type { KqlLiteral, KqlQuery, KqlValues } from "./ast.ts";

/** The query as text again: one form for each tree, and parsing it gives that tree back. */
export function printKql(query: KqlQuery): string {
  switch (query.kind) {
    case "match-all":
      return "";
    case "and":
    case "or":
      return query.operands
        .map((operand) => inBrackets(operand, query.kind, printKql))
        .join(` ${query.kind} `);
    case "not":
      return `not ${inBrackets(query.operand, "not", printKql)}`;
    case "nested":
      return `${printLiteral(query.field)}:{ ${printKql(query.query)} }`;
    case "field-values": {
      const values = printValues(query.values);
      return `${printLiteral(query.field)}:${query.values.kind === "literal" ? values : `(${values})`}`;
    }
    case "field-range":
      return `${printLiteral(query.field)} ${query.operator} ${printLiteral(query.value)}`;
    case "free-text":
      return printLiteral(query.value);
  }
}

function printValues(values: KqlValues): string {
  switch (values.kind) {
    case "and":
    case "or":
      return values.operands
        .map((operand) => inBrackets(operand, values.kind, printValues))
        .join(` ${values.kind} `);
    case "not":
      return `not ${inBrackets(values.operand, "not", printValues)}`;
    case "literal":
      return printLiteral(values);
  }
}

const strength: Readonly<Record<string, number>> = { or: 1, and: 2, not: 3 };

/** In brackets unless it binds tighter than what it stands in. */
function inBrackets<N extends KqlQuery | KqlValues>(
  node: N,
  around: string,
  print: (node: N) => string,
): string {
  const needed = (strength[node.kind] ?? 4) <= (strength[around] as number);
  return needed ? `(${print(node)})` : print(node);
}

function printLiteral(literal: KqlLiteral): string {
  if (literal.isQuoted) return `"${escapeWith(literal.parts.join("*"), /[\\"\t\r\n]/g, "\\n")}"`;
  // In a bare literal `\n` may turn what follows into the word `\not`.
  const text = literal.parts.map((part) => escapeWith(part, /[\\():<>"*{}\t\r\n]/g, "\\u000a")).join("*");
  // `not` is a keyword wherever a space follows it, `and` and `or` only after a space; what is printed next may begin with one.
  return text.replace(
    /not(?=[ \u00a0]|$)|(?<=[ \u00a0])(?:and|or)(?=[ \u00a0]|$)/gi,
    (keyword, at: number) =>
      // At the end `\n` would be read as a line break.
      keyword.startsWith("n") && at + 3 === text.length ? `\\u006e${keyword.slice(1)}` : `\\${keyword}`,
  );
}

function escapeWith(text: string, characters: RegExp, lineFeed: string): string {
  return text.replace(characters, (c) =>
    c === "\t" ? "\\t" : c === "\r" ? "\\r" : c === "\n" ? lineFeed : `\\${c}`,
  );
}
