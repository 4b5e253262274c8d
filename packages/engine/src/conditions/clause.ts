import { type CheckedExpression, fold, type ValueTest } from "@tallyman/languages";
import { type AnchorSet, anchorsOf } from "./anchors.ts";
import { isDecidedByKind } from "./event-kind.ts";
import { requiredNames } from "./required-names.ts";

/** One of the alternatives of a condition, which is fulfilled when one of its clauses is: all of a clause's parts must hold. */
export interface Clause {
  /** What the kind of the event decides; undefined when that is nothing. */
  readonly guard: CheckedExpression | undefined;
  /** The rest; undefined when there is none. Cheap parts come first. */
  readonly rest: CheckedExpression | undefined;
  /** Names at the top of an event without which the clause cannot hold. */
  readonly requires: ReadonlySet<string>;
  /** What an event that fulfils the rest must have; undefined when that cannot be told. */
  readonly anchors: AnchorSet | undefined;
}

/** Conditions with more alternatives stay whole. */
const alternativesMax = 16;

/** Cuts a condition into clauses; none when it can never be fulfilled. */
export function clausesOf(expression: CheckedExpression): readonly Clause[] {
  return alternativesOf(expression).flatMap((alternative) => {
    const folded = fold(alternative);
    if (folded.kind === "constant" && !folded.value) return [];
    const parts = conjunctsOf(folded);
    const guards = parts.filter(isDecidedByKind);
    const rest = parts.filter((part) => !isDecidedByKind(part)).sort((a, b) => costOf(a) - costOf(b));
    const whole = joined(rest);
    return [
      {
        guard: joined(guards),
        rest: whole,
        requires: requiredNames(folded),
        anchors: whole === undefined ? undefined : anchorsOf(whole),
      },
    ];
  });
}

/** The alternatives of a condition, also where those that ask for different kinds of events stand within. */
function alternativesOf(
  expression: CheckedExpression,
  roomFor = alternativesMax,
): readonly CheckedExpression[] {
  const choice = choiceIn(expression);
  if (choice === undefined || choice.operands.length > roomFor) return [expression];
  const others = conjunctsOf(expression).filter((part) => part !== choice);
  const room = Math.floor(roomFor / choice.operands.length);
  return choice.operands.flatMap((operand) =>
    alternativesOf(fold({ kind: "and", operands: [...others, operand] }), room),
  );
}

type Choice = Extract<CheckedExpression, { kind: "or" }>;

/** A part of the expression some of whose alternatives ask for kinds of events; or the whole, where that is nothing but alternatives. */
function choiceIn(expression: CheckedExpression): Choice | undefined {
  if (expression.kind === "or") return isDecidedByKind(expression) ? undefined : expression;
  return conjunctsOf(expression).find(
    (part): part is Choice =>
      part.kind === "or" &&
      !isDecidedByKind(part) &&
      part.operands.some((operand) => conjunctsOf(operand).some(isDecidedByKind)),
  );
}

function conjunctsOf(expression: CheckedExpression): readonly CheckedExpression[] {
  return expression.kind === "and" ? expression.operands : [expression];
}

function joined(parts: readonly CheckedExpression[]): CheckedExpression | undefined {
  const [only] = parts;
  return parts.length < 2 ? only : { kind: "and", operands: parts };
}

/** Roughly what it costs to find that a part does not hold. */
function costOf(expression: CheckedExpression): number {
  switch (expression.kind) {
    case "constant":
      return 0;
    case "exists":
      return 1;
    case "test":
      return testCosts[expression.test.kind];
    case "not":
      return 1 + costOf(expression.operand);
    case "and":
    case "or":
      return 1 + expression.operands.reduce((sum, operand) => sum + costOf(operand), 0);
    case "nested":
      return 40 + costOf(expression.operand);
    case "script":
      return 20;
    case "any-element":
      return 40 + costOf(expression.elements.condition);
    case "related":
      return 2;
    case "any-field":
      return expression.from === undefined ? 1000 : 40;
  }
}

const testCosts: Readonly<Record<ValueTest["kind"], number>> = {
  "ip-in": 2,
  "ip-in-range": 2,
  "date-in-range": 2,
  "number-in-range": 2,
  "text-in-range": 2,
  "version-in-range": 2,
  "untyped-equals": 2,
  "untyped-in-range": 2,
  "text-in": 1,
  "number-in": 1,
  "boolean-is": 1,
  "text-matches": 3,
  "untyped-matches": 4,
  "text-matches-regex": 20,
  "untyped-matches-regex": 20,
  "has-tokens": 60,
  "token-matches": 60,
  "token-matches-regex": 60,
  "token-in-range": 60,
};
