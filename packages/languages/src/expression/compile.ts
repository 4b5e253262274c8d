import { type EventView, FieldSlots, type Slot } from "@tallyman/ecs";
import type {
  CheckedAnyField,
  CheckedExpression,
  CheckedTest,
  NamedFieldCheck,
  ValueTest,
} from "./checked-expression.ts";
import { compileAlternatives } from "./compile-alternatives.ts";
import { compileElements } from "./compile-elements.ts";
import { CompileScope, type Condition, type EvaluationCounters } from "./compile-scope.ts";
import { compileScript } from "./compile-script.ts";
import { compileValueTest } from "./compile-value-test.ts";
import type { FieldOwner } from "./field-reference.ts";
import { noSurroundings, type Surroundings } from "./surroundings.ts";

/** A compiled condition. It keeps nothing between events. */
export interface Program {
  /**
   * True when the event fulfils the condition. Relative dates in it count from `nowMs`. `surroundings` is for conditions that ask about
   * other events; without it there are none.
   */
  matches(event: EventView, nowMs: number, surroundings?: Surroundings): boolean;
}

/** What a condition that asks about the events of earlier stages is compiled with. */
export interface StageViews {
  /** The names of the stages, in the order in which `Surroundings` has their events. */
  readonly names: readonly string[];
  /** The table that the views of their events are made for. */
  readonly slots: FieldSlots;
}

/**
 * Compiles a condition to closures; the fields it reads become slots of the given table, and events made for that table are
 * what it can be asked about. What it cannot do in full is added to the counters.
 */
export function compile(
  expression: CheckedExpression,
  slots: FieldSlots,
  counters: EvaluationCounters = { combinationsExceeded: 0 },
  stages: StageViews = { names: [], slots },
): Program {
  const scope = new CompileScope(counters, stages.names, stages.slots);
  const condition = compileCondition(expression, slots, scope);
  // Most conditions look at nothing but fields, and pay for nothing else.
  if (!scope.looksAround && !scope.countsSteps) return { matches: condition };
  return {
    matches(event, nowMs, surroundings = noSurroundings) {
      scope.begin(surroundings);
      const holds = condition(event, nowMs);
      scope.end();
      return holds;
    },
  };
}

function compileCondition(expression: CheckedExpression, slots: FieldSlots, scope: CompileScope): Condition {
  const compiled = (part: CheckedExpression): Condition => compileCondition(part, slots, scope);
  switch (expression.kind) {
    case "constant": {
      const { value } = expression;
      return () => value;
    }
    case "and":
      return all(expression.operands.map(compiled));
    case "or":
      return any(
        byField(expression.operands).map((each) =>
          Array.isArray(each) ? fieldTest(each, slots, scope) : compiled(each),
        ),
      );
    case "not": {
      const operand = compiled(expression.operand);
      return (event, nowMs) => !operand(event, nowMs);
    }
    case "nested": {
      // Objects below a path name their fields from there, so they have a table of their own.
      const inner = new FieldSlots();
      const operand = compileCondition(expression.operand, inner, scope);
      const { path } = expression;
      return (event, nowMs) => event.nested(path, inner).some((object) => operand(object, nowMs));
    }
    case "any-element": {
      const count = compileElements(expression.elements, scope, compiled);
      return (event, nowMs) => count(event, nowMs, 1) > 0;
    }
    case "related": {
      const { id } = expression;
      scope.looksAround = true;
      return () => scope.surroundings.isRelated(id);
    }
    case "exists": {
      const { of, path } = expression;
      const slot = slotsFor(of, slots, scope).slot(path, "scalar");
      return withView(of, scope, (view) => view.exists(slot));
    }
    case "script":
      return compileScript(expression, slots, scope, compiled);
    case "any-field":
      return anyField(expression, slots);
    case "test":
      return fieldTest([expression], slots, scope);
  }
}

function slotsFor(owner: FieldOwner | undefined, slots: FieldSlots, scope: CompileScope): FieldSlots {
  return owner === undefined ? slots : scope.slotsOf(owner);
}

/** A condition on the event, or on the owner of its field; false where there is no such owner. */
function withView(
  owner: FieldOwner | undefined,
  scope: CompileScope,
  condition: (view: EventView, nowMs: number) => boolean,
): Condition {
  if (owner === undefined) return condition;
  const number = scope.numberOf(owner);
  const { views } = scope;
  return (_event, nowMs) => {
    const view = views[number];
    return view !== undefined && condition(view, nowMs);
  };
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
  if (conditions.length === 1 && first !== undefined) return first;
  if (conditions.length === 2 && first !== undefined && second !== undefined) {
    return (event, nowMs) => first(event, nowMs) || second(event, nowMs);
  }
  return (event, nowMs) => {
    for (const condition of conditions) if (condition(event, nowMs)) return true;
    return false;
  };
}

type Tests = [CheckedTest, ...CheckedTest[]];

/** Alternatives, those together that test one field of the event under one reading. */
function byField(operands: readonly CheckedExpression[]): readonly (Tests | CheckedExpression)[] {
  const groups: (Tests | CheckedExpression)[] = [];
  const known = new Map<string, Tests>();
  for (const operand of operands) {
    if (operand.kind !== "test" || operand.of !== undefined) {
      groups.push(operand);
      continue;
    }
    const key = `${operand.test.reading} ${operand.path}`;
    const group = known.get(key);
    if (group !== undefined) {
      group.push(operand);
      continue;
    }
    const begun: Tests = [operand];
    groups.push(begun);
    known.set(key, begun);
  }
  return groups;
}

/** Tests of one field under one reading, of which one must pass. */
function fieldTest(
  [first, ...others]: readonly [CheckedTest, ...CheckedTest[]],
  slots: FieldSlots,
  scope: CompileScope,
): Condition {
  const { of, path, test } = first;
  const slot = slotsFor(of, slots, scope).slot(path, test.reading) as Slot<ValueTest["reading"]>;
  if (others.length > 0) {
    const passes = compileAlternatives([first, ...others].map((each) => each.test));
    return withView(of, scope, (view, nowMs) => passes(view.values(slot), nowMs));
  }
  const passes = compileValueTest(test);
  return withView(of, scope, (view, nowMs) => {
    const values = view.values(slot);
    for (let i = 0; i < values.length; i++) if (passes(values[i] as never, nowMs)) return true;
    return false;
  });
}

/** Names that events bring are remembered up to here; an attacker may choose ever new ones. */
const namesRememberedMax = 1000;

function anyField(expression: CheckedAnyField, slots: FieldSlots): Condition {
  const remembered = new Map<string, NamedCondition>();
  const conditionFor = (path: string): NamedCondition => {
    let condition = remembered.get(path);
    if (condition === undefined) {
      condition = namedCondition(expression.test(path));
      if (remembered.size < namesRememberedMax) remembered.set(path, condition);
    }
    return condition;
  };
  const { from } = expression;
  if (from === undefined)
    return (event, nowMs) => event.leafPaths().some((path) => conditionFor(path)(event, nowMs));
  const slot = slots.slot(from, "scalar");
  return (event, nowMs) => event.leafPathsFrom(slot).some((path) => conditionFor(path)(event, nowMs));
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
