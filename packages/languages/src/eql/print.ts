import type { EqlExpression, EqlField, EqlFilter, EqlItem, EqlLiteral, EqlQuery } from "./ast.ts";
import { isPlainName } from "./tokens.ts";

/** The query as text again: one form for each tree, and parsing it gives that tree back. */
export function printEql(query: EqlQuery): string {
  return [printBody(query), ...query.pipes.map(({ kind, count }) => `| ${kind} ${count}`)].join("\n");
}

function printBody(query: EqlQuery): string {
  if (query.kind === "event") return printFilter(query.filter);
  const maxSpan =
    query.kind === "sequence" && query.maxSpan !== undefined
      ? ` with maxspan=${query.maxSpan.count}${query.maxSpan.unit}`
      : "";
  const lines = [
    `${query.kind}${printKeys(query.by)}${maxSpan}`,
    ...query.items.map((item) => `  ${printItem(item)}`),
  ];
  if (query.kind !== "sample" && query.until !== undefined) lines.push(`until ${printItem(query.until)}`);
  return lines.join("\n");
}

function printItem({ filter, isMissing, alias, by, runs }: EqlItem): string {
  const name = alias === undefined ? "" : ` as ${alias.name}`;
  return `${isMissing ? "!" : ""}[${printFilter(filter)}]${name}${printKeys(by)}${runs > 1 ? ` with runs=${runs}` : ""}`;
}

function printKeys(keys: readonly EqlField[]): string {
  return keys.length === 0 ? "" : ` by ${keys.map(printField).join(", ")}`;
}

function printFilter({ category, condition }: EqlFilter): string {
  const name =
    category === undefined ? "any" : isPlainName(category.name) ? category.name : quote(category.name);
  return `${name} where ${printEqlExpression(condition)}`;
}

/** An expression as text; brackets stand only where they are needed. */
export function printEqlExpression(expression: EqlExpression): string {
  switch (expression.kind) {
    case "and":
    case "or": {
      const strength = expression.kind === "or" ? 1 : 2;
      return expression.operands
        .map((operand) => inBrackets(operand, strength + 1))
        .join(` ${expression.kind} `);
    }
    case "not":
      return `not ${inBrackets(expression.operand, 3)}`;
    case "compare":
      return `${inBrackets(expression.left, 5)} ${expression.operator} ${inBrackets(expression.right, 5)}`;
    case "arithmetic": {
      const strength = strengthOf(expression);
      return `${inBrackets(expression.left, strength)} ${expression.operator} ${inBrackets(expression.right, strength + 1)}`;
    }
    case "minus":
      return `-${inBrackets(expression.operand, 7)}`;
    case "in": {
      const operator = `${expression.isNegated ? "not " : ""}in${expression.ignoreCase ? "~" : ""}`;
      return `${inBrackets(expression.operand, 9)} ${operator} (${expression.values.map(printEqlExpression).join(", ")})`;
    }
    case "match": {
      const values = expression.values.map(printLiteral).join(", ");
      const list = expression.values.length === 1 ? values : `(${values})`;
      return `${inBrackets(expression.operand, 9)} ${expression.operator} ${list}`;
    }
    case "call": {
      const values = expression.arguments.map(printEqlExpression).join(", ");
      return `${expression.name}${expression.ignoreCase ? "~" : ""}(${values})`;
    }
    case "field":
      return printField(expression);
    case "literal":
      return printLiteral(expression);
    case "variable":
      return `$${expression.name}${expression.path === "" ? "" : `.${printPath(expression.path)}`}`;
    case "relation":
      return `${expression.relation} of [${printFilter(expression.filter)}]`;
  }
}

/** How tightly an expression holds together, on the parser's scale; 9 is a value that nothing can pull apart. */
function strengthOf(expression: EqlExpression): number {
  switch (expression.kind) {
    case "or":
      return 1;
    case "and":
      return 2;
    case "not":
      return 3;
    case "compare":
      return 4;
    case "arithmetic":
      return expression.operator === "+" || expression.operator === "-" ? 5 : 6;
    case "minus":
      return 7;
    case "in":
    case "match":
      return 8;
    default:
      return 9;
  }
}

function inBrackets(expression: EqlExpression, atLeast: number): string {
  const text = printEqlExpression(expression);
  return strengthOf(expression) >= atLeast ? text : `(${text})`;
}

function printField({ path, isOptional }: EqlField): string {
  return `${isOptional ? "?" : ""}${printPath(path)}`;
}

function printPath(path: string): string {
  return path.split(".").every(isPlainName) ? path : `\`${path.replaceAll("`", "``")}\``;
}

function printLiteral({ value, isFractional }: EqlLiteral): string {
  if (typeof value === "string") return quote(value);
  const text = String(value);
  return isFractional && /^\d+$/.test(text) ? `${text}.0` : text;
}

const escapes: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function quote(text: string): string {
  return `"${text.replace(/["\\\b\t\n\f\r]/g, (c) => escapes[c] as string)}"`;
}
