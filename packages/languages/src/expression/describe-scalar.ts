import { visible } from "../diagnostics/visible.ts";
import { printPattern } from "../values/wildcard.ts";
import type { CheckedScript } from "./checked-expression.ts";
import type { CheckedScalar } from "./checked-scalar.ts";
import { fieldName } from "./field-name.ts";

/** Lists of values are cut after this many. */
const valuesShownMax = 12;

/** A condition on computed values in one line, as it could be written in EQL. Inputs that are no fields stand in it as `#` and their number. */
export function describeScript({ inputs, condition }: CheckedScript): string {
  const names = inputs.map((input, i) =>
    input.kind === "field" ? fieldName(input.path, input.of) : `#${i + 1}`,
  );
  return describeScalar(condition, names);
}

function describeScalar(scalar: CheckedScalar, names: readonly string[]): string {
  const part = (operand: CheckedScalar): string => describeScalar(operand, names);
  switch (scalar.kind) {
    case "constant":
      return typeof scalar.value === "string" ? quote(scalar.value) : String(scalar.value);
    case "input":
      return names[scalar.index] ?? "?";
    case "call":
      return `${scalar.definition.name}${scalar.ignoreCase ? "~" : ""}(${scalar.arguments.map(part).join(", ")})`;
    case "convert":
      return part(scalar.operand);
    case "compare": {
      const anyCase = scalar.order === "caseless-text" ? " (text in any case)" : "";
      return `${part(scalar.left)} ${scalar.operator} ${part(scalar.right)}${anyCase}`;
    }
    case "one-of": {
      const shown = scalar.values.slice(0, valuesShownMax).map(part);
      const rest = scalar.values.length - shown.length;
      if (rest > 0) shown.push(`… ${rest} more`);
      return `${part(scalar.operand)} in${scalar.order === "caseless-text" ? "~" : ""} (${shown.join(", ")})`;
    }
    case "matches":
      return `${part(scalar.operand)} like${scalar.ignoreCase ? "~" : ""} ${quote(printPattern(scalar.pattern))}`;
    case "matches-regex":
      return `${part(scalar.operand)} regex${scalar.regex.ignoreCase ? "~" : ""} ${quote(scalar.regex.source)}`;
    case "is-null":
      return `${part(scalar.operand)} == null`;
    case "and":
    case "or":
      return `(${scalar.operands.map(part).join(` ${scalar.kind} `)})`;
    case "not":
      return `not (${part(scalar.operand)})`;
  }
}

function quote(text: string): string {
  return `"${visible(text)}"`;
}
