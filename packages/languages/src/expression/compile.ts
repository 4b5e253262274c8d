import { type EventView, FieldSlots, type Slot } from "@tallyman/ecs";
import type { CheckedExpression, CheckedTest, NamedFieldCheck, ValueTest } from "./checked-expression.ts";
import { compileScript, type EvaluationCounters } from "./compile-script.ts";
import { compileValueTest } from "./compile-value-test.ts";

/** A compiled condition. It keeps nothing between events. */
export interface Program {
  /** True when the event fulfils the condition. Relative dates in it count from `nowMs`. */
  matches(event: EventView, nowMs: number): boolean;
}

/**
 * Compiles a condition to closures; the fields it reads become slots of the given table, and events made for that table are
 * what it can be asked about. What it cannot do in full is added to the counters.
 */
export function compile(
  expression: CheckedExpression,
  slots: FieldSlots,
  counters: EvaluationCounters = { combinationsExceeded: 0 },
): Program {
  return { matches: compileCondition(expression, slots, counters) };
}

type Condition = (event: EventView, nowMs: number) => boolean;

function compileCondition(
  expression: CheckedExpression,
  slots: FieldSlots,
  counters: EvaluationCounters,
): Condition {
  switch (expression.kind) {
    case "constant": {
      const { value } = expression;
      return () => value;
    }
    case "and":
      return all(expression.operands.map((operand) => compileCondition(operand, slots, counters)));
    case "or":
      return any(expression.operands.map((operand) => compileCondition(operand, slots, counters)));
    case "not": {
      const operand = compileCondition(expression.operand, slots, counters);
      return (event, nowMs) => !operand(event, nowMs);
    }
    case "nested": {
      // Objects below a path name their fields from there, so they have a table of their own.
      const inner = new FieldSlots();
      const operand = compileCondition(expression.operand, inner, counters);
      const { path } = expression;
      return (event, nowMs) => event.nested(path, inner).some((object) => operand(object, nowMs));
    }
    case "exists": {
      const slot = slots.slot(expression.path, "scalar");
      return (event) => event.exists(slot);
    }
    case "script":
      return compileScript(expression, slots, counters);
    case "any-field":
      return anyField(expression);
    case "test":
      return fieldTest(expression, slots);
  }
}

function all(conditions: readonly Condition[]): Condition {
  const [first, second] = conditions;
  if (conditions.length === 2 && first !== undefined && second !== undefined) {
    return (event, nowMs) => first(event, nowMs) && second(event, nowMs);
  }
  return (event, nowMs) => {
    for (const condition of conditions) if (!condition(event, nowMs)) return false;
    return true;
  };
}

function any(conditions: readonly Condition[]): Condition {
  const [first, second] = conditions;
  if (conditions.length === 2 && first !== undefined && second !== undefined) {
    return (event, nowMs) => first(event, nowMs) || second(event, nowMs);
  }
  return (event, nowMs) => {
    for (const condition of conditions) if (condition(event, nowMs)) return true;
    return false;
  };
}

function fieldTest(expression: CheckedTest, slots: FieldSlots): Condition {
  const { path, test } = expression;
  const slot = slots.slot(path, test.reading) as Slot<ValueTest["reading"]>;
  const passes = compileValueTest(test);
  return (event, nowMs) => {
    const values = event.values(slot);
    for (let i = 0; i < values.length; i++) if (passes(values[i] as never, nowMs)) return true;
    return false;
  };
}

/** Names that events bring are remembered up to here; an attacker may choose ever new ones. */
const namesRememberedMax = 1000;

function anyField(expression: Extract<CheckedExpression, { kind: "any-field" }>): Condition {
  const remembered = new Map<string, NamedCondition>();
  const conditionFor = (path: string): NamedCondition => {
    let condition = remembered.get(path);
    if (condition === undefined) {
      condition = namedCondition(expression.test(path));
      if (remembered.size < namesRememberedMax) remembered.set(path, condition);
    }
    return condition;
  };
  return (event, nowMs) => event.leafPaths().some((path) => conditionFor(path)(event, nowMs));
}

type NamedCondition = (event: EventView, nowMs: number) => boolean;

const noName: NamedCondition = () => false;

function namedCondition(check: NamedFieldCheck): NamedCondition {
  switch (check.kind) {
    case "never":
      return noName;
    case "exists":
      return () => true;
    case "tests": {
      const tests = check.tests.map(({ path, test }) => ({
        path,
        reading: test.reading,
        passes: compileValueTest(test),
      }));
      return (event, nowMs) =>
        tests.some(({ path, reading, passes }) =>
          event.read(path, reading).some((value) => passes(value as never, nowMs)),
        );
    }
  }
}
