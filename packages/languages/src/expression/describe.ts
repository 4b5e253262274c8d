import { formatIp, type IpRange } from "@tallyman/ecs";
import { visible } from "../diagnostics/visible.ts";
import { printPattern } from "../values/wildcard.ts";
import type {
  CheckedElements,
  CheckedExpression,
  CheckedRelation,
  ScriptInput,
  ValueTest,
} from "./checked-expression.ts";
import { describeScript } from "./describe-scalar.ts";
import { fieldName } from "./field-name.ts";

/** Lists of values are cut after this many. */
const valuesShownMax = 12;

/** A condition as an indented tree, one condition a line, for people: `explain` prints it. */
export function describe(expression: CheckedExpression): string {
  return describeLines(expression).join("\n");
}

function describeLines(expression: CheckedExpression): readonly string[] {
  switch (expression.kind) {
    case "constant":
      return [expression.value ? "every event" : "no event"];
    case "and":
    case "or":
      return [
        expression.kind === "and" ? "all of" : "any of",
        ...indent(expression.operands.flatMap(describeLines)),
      ];
    case "not":
      return ["not", ...indent(describeLines(expression.operand))];
    case "nested":
      return [`one object of ${visible(expression.path)} has`, ...indent(describeLines(expression.operand))];
    case "any-element":
      return describeElements("an element", expression.elements);
    case "related":
      return [
        `${relatives[expression.relation]} has had an event for which`,
        ...indent(describeLines(expression.filter)),
      ];
    case "exists":
      return [`${fieldName(expression.path, expression.of)} exists`];
    case "script":
      return [
        `${describeScript(expression)} (computed)`,
        ...indent(expression.inputs.flatMap(describeInput)),
      ];
    case "any-field":
      return [`any field named ${visible(printPattern(expression.pattern))} passes, by its own type`];
    case "test":
      return [`${fieldName(expression.path, expression.of)} ${describeTest(expression.test)}`];
  }
}

const relatives: Readonly<Record<CheckedRelation["relation"], string>> = {
  event: "the process",
  child: "its parent",
  descendant: "an ancestor of the process",
};

function describeElements(
  what: string,
  { path, of, element, condition }: CheckedElements,
): readonly string[] {
  return [
    `${what} $${visible(element.name)} of ${fieldName(path, of)} has`,
    ...indent(describeLines(condition)),
  ];
}

/** What a computed condition asks for beside the values of fields. */
function describeInput(input: ScriptInput, i: number): readonly string[] {
  switch (input.kind) {
    case "field":
      return [];
    case "count":
      return describeElements(`#${i + 1} is how often an element`, input.elements);
    case "condition":
      return [`#${i + 1} is whether`, ...indent(describeLines(input.condition))];
  }
}

function describeTest(test: ValueTest): string {
  switch (test.kind) {
    case "text-in":
      return `is ${list(test.values)} (${test.reading === "caseless" ? "text in any case" : "exact text"})`;
    case "text-matches":
      return `is like ${quote(printPattern(test.pattern))} (${test.reading === "caseless" ? "text in any case" : "whole text"})`;
    case "text-matches-regex":
      return `matches the expression ${quote(test.regex.source)} (${test.reading === "caseless" ? "text in any case" : "whole text"})`;
    case "version-in-range":
      return `is ${test.bounds.map((bound) => `${bound.operator} ${quote(bound.value)}`).join(" and ")} (version)`;
    case "number-in":
      return `is ${list(test.values)} (number)`;
    case "boolean-is":
      return `is ${test.value} (boolean)`;
    case "ip-in":
      return `is ${describeRanges(test.ranges)} (IP address)`;
    case "has-tokens":
      return test.mode === "phrase"
        ? `has the words ${test.tokens.map(quote).join(" ")} in a row (analysed text)`
        : `has any of the words ${list(test.tokens)} (analysed text)`;
    case "token-matches":
      return `has a word like ${quote(printPattern(test.pattern))} (analysed text)`;
    case "text-in-range":
    case "token-in-range":
      return `is ${test.bounds.map((bound) => `${bound.operator} ${quote(bound.value)}`).join(" and ")} (text)`;
    case "number-in-range":
      return `is ${test.bounds.map((bound) => `${bound.operator} ${bound.value}`).join(" and ")} (number)`;
    case "ip-in-range":
      return `is ${test.bounds.map((bound) => `${bound.operator} ${formatIp(bound.value)}`).join(" and ")} (IP address)`;
    case "date-in-range":
      return `is ${test.bounds.map((bound) => `${bound.operator} ${quote(bound.value.text)}`).join(" and ")} (date)`;
    case "untyped-equals":
      return `is ${quote(test.text)} (type of the value)`;
    case "untyped-matches":
      return `is like ${quote(printPattern(test.pattern))} (type of the value)`;
    case "untyped-matches-regex":
      return `matches the expression ${quote(test.regex.source)} (type of the value)`;
    case "untyped-in-range":
      return `is ${test.bounds.map((bound) => `${bound.operator} ${quote(bound.value)}`).join(" and ")} (type of the value)`;
  }
}

function describeRanges(ranges: readonly IpRange[]): string {
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined)
    return `${only.low === only.high ? "the address" : "within"} ${describeIps(only)}`;
  const shown = ranges.slice(0, valuesShownMax).map(describeIps);
  const rest = ranges.length - shown.length;
  return `within one of ${[...shown, ...(rest > 0 ? [`… ${rest} more`] : [])].join(", ")}`;
}

function describeIps({ low, high }: IpRange): string {
  return low === high ? formatIp(low) : `${formatIp(low)} to ${formatIp(high)}`;
}

function list(values: readonly (string | number)[]): string {
  const shown = values
    .slice(0, valuesShownMax)
    .map((value) => (typeof value === "string" ? quote(value) : String(value)));
  const rest = values.length - shown.length;
  if (rest > 0) shown.push(`… ${rest} more`);
  return shown.length === 1 ? (shown[0] as string) : `one of ${shown.join(", ")}`;
}

function quote(text: string): string {
  return `"${visible(text)}"`;
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
