import type { CheckedExpression } from "@tallyman/languages";

/**
 * The fields that say what kind of event one is: nearly every rule asks for some of their values, and they have few. Source: ECS categorization
 * fields, and those by which data streams and systems are told apart.
 */
const kindFields: ReadonlySet<string> = new Set([
  "agent.type",
  "data_stream.dataset",
  "event.action",
  "event.category",
  "event.code",
  "event.dataset",
  "event.kind",
  "event.module",
  "event.outcome",
  "event.provider",
  "event.type",
  "host.os.family",
  "host.os.type",
]);

/** True when the values of an event's kind fields decide a condition, as far as some rule names them. */
export function isDecidedByKind(expression: CheckedExpression): boolean {
  switch (expression.kind) {
    case "test":
      return expression.test.kind === "text-in" && kindFields.has(expression.path);
    case "not":
      return isDecidedByKind(expression.operand);
    case "and":
    case "or":
      return expression.operands.every(isDecidedByKind);
    case "constant":
      return true;
    default:
      return false;
  }
}
