import type { CheckedExpression } from "@tallyman/languages";

/** The names that an event must have at its top, in whatever form, to fulfil a condition. */
export function requiredNames(expression: CheckedExpression): ReadonlySet<string> {
  switch (expression.kind) {
    case "and":
      return new Set(expression.operands.flatMap((operand) => [...requiredNames(operand)]));
    case "or":
      return expression.operands.map(requiredNames).reduce(inBoth);
    case "test":
    case "exists":
    case "nested":
      return new Set([topName(expression.path)]);
    case "any-element":
      return expression.elements.of === undefined ? new Set([topName(expression.elements.path)]) : none;
    case "constant":
    case "related":
    case "not":
    case "script":
      return none;
    case "any-field":
      return expression.from === undefined ? none : new Set([topName(expression.from)]);
  }
}

const none: ReadonlySet<string> = new Set();

function inBoth(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((name) => b.has(name)));
}

function topName(path: string): string {
  const dot = path.indexOf(".");
  return dot < 0 ? path : path.slice(0, dot);
}
