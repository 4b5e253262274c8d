import type { FieldCatalogue } from "@tallyman/ecs";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { compileWildcard, type WildcardPattern } from "../values/wildcard.ts";
import { checkScript } from "./check-scalar.ts";
import { below, type CheckScope, type FieldValues, findField, fullPath } from "./check-scope.ts";
import type {
  CheckedElements,
  CheckedExpression,
  CheckedTest,
  NamedFieldCheck,
  NamedFieldTest,
} from "./checked-expression.ts";
import type { Elements, Expression, Leaf } from "./expression.ts";
import { isAlways, isNever, type Truth, truthOfAnd, truthOfNot, truthOfOr } from "./truth.ts";
import { typedTests, untypedTests } from "./value-tests.ts";

/** Reported diagnostics of one query end here: a hostile query does not fill the screen. */
const diagnosticsMax = 100;

export interface Checked {
  readonly expression: CheckedExpression;
  /** In the order of the query; at most 100. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Gives every field its type and every value the form that the type compares. Reports `unknown-field`, `type-mismatch`,
 * `pattern-on-type`, `nested-field`, `bad-range`, and for exact values also `unqueryable-field`, `argument-type` and `argument-count`.
 * A condition that its field's type can never fulfil becomes false, as it would match nothing on a cluster; only a range bound of the
 * wrong type is an error there and here.
 */
export function check(
  expression: Expression,
  catalogue: FieldCatalogue,
  fieldValues: FieldValues = "analysed",
): Checked {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const report = (found: Diagnostic): void => {
    // A list of values is many conditions on one field, and what is to be said about the field is said once.
    const key = `${found.span.start} ${found.span.end} ${found.message}`;
    if (diagnostics.length >= diagnosticsMax || seen.has(key)) return;
    seen.add(key);
    diagnostics.push(found);
  };
  const scope: CheckScope = { catalogue, fieldValues, report, nestedPath: undefined };
  return { expression: checkExpression(expression, scope).value, diagnostics };
}

function checkExpression(expression: Expression, scope: CheckScope): Truth {
  switch (expression.kind) {
    case "constant":
      return expression.value === null
        ? { value: isNever, isNull: isAlways }
        : { value: { kind: "constant", value: expression.value }, isNull: undefined };
    case "and":
      return truthOfAnd(expression.operands.map((operand) => checkExpression(operand, scope)));
    case "or":
      return truthOfOr(expression.operands.map((operand) => checkExpression(operand, scope)));
    case "not":
      return truthOfNot(checkExpression(expression.operand, scope));
    case "nested": {
      const { value } = checkExpression(expression.operand, { ...scope, nestedPath: expression.path });
      const path = below(expression.path, scope.nestedPath);
      return { value: { kind: "nested", path, operand: value }, isNull: undefined };
    }
    case "any-element":
      return known({ kind: "any-element", elements: checkElements(expression.elements, scope) });
    case "related": {
      const { relation, span } = expression;
      const { value: filter } = checkExpression(expression.filter, scope);
      return known({ kind: "related", id: span.start, relation, filter });
    }
    case "script":
      return checkScript(expression, scope, {
        condition: (condition) => checkExpression(condition, scope).value,
        elements: (elements) => checkElements(elements, scope),
      });
    case "exists":
    case "equals":
    case "matches":
    case "matches-regex":
    case "similar":
    case "in-blocks":
    case "range":
      return checkLeaf(expression, scope);
  }
}

/** What is never null. */
function known(value: CheckedExpression): Truth {
  return { value, isNull: undefined };
}

function checkElements({ array, element, condition }: Elements, scope: CheckScope): CheckedElements {
  const path = fullPath(array, scope);
  const arrays = new Map(scope.arrays).set(element.id, path);
  return {
    path: array.path,
    of: array.of,
    element,
    condition: checkExpression(condition, { ...scope, arrays }).value,
  };
}

function checkLeaf(leaf: Leaf, scope: CheckScope): Truth {
  if (leaf.field.kind === "fields") {
    const { pattern } = leaf.field;
    const anyField: CheckedExpression = {
      kind: "any-field",
      pattern,
      leaf,
      test: namedFieldTest(leaf, pattern, scope),
    };
    const object = objectOf(pattern);
    if (object === undefined || scope.nestedPath !== undefined) return known(anyField);
    // To know all names an event must be looked at whole, and most have nothing there.
    return known({ kind: "and", operands: [{ kind: "exists", path: object }, anyField] });
  }
  const found = findField(leaf.field, scope);
  if (found === undefined) return { value: isNever, isNull: undefined };
  const { field, valuePath, isUnmapped } = found;
  const { of } = leaf.field;
  const exists: CheckedExpression = { kind: "exists", path: valuePath, of };
  if (leaf.kind === "exists") return { value: exists, isNull: undefined };
  const options = { report: scope.report, isStrict: scope.fieldValues !== "analysed" };
  const tests = field === undefined ? untypedTests(leaf) : typedTests(leaf, field, options);
  const operands = tests.map((test): CheckedTest => ({ kind: "test", path: valuePath, of, test }));
  return {
    value: operands.length === 1 ? (operands[0] as CheckedTest) : { kind: "or", operands },
    isNull: isUnmapped ? { kind: "not", operand: exists } : undefined,
  };
}

/** The object, or the field with multi-fields, in which a name must be to match; undefined where the pattern names none. */
function objectOf({ pieces }: WildcardPattern): string | undefined {
  const beginning = pieces[0]?.[0] ?? "";
  const end = beginning.lastIndexOf(".");
  return end <= 0 ? undefined : beginning.slice(0, end);
}

/**
 * Names are only known at run time, so the test of each is made when it is first met. A field's multi-fields count as names of
 * their own, so that a word is found in analysed text. Mismatches are silent, as they are for Elasticsearch when it expands a
 * name over fields of several types.
 */
function namedFieldTest(leaf: Leaf, pattern: WildcardPattern, scope: CheckScope): NamedFieldTest {
  const { catalogue, nestedPath } = scope;
  const selects = compileWildcard(pattern);
  const options = { report: (): void => undefined, isStrict: false };
  return (name): NamedFieldCheck => {
    const path = nestedPath === undefined ? name : `${nestedPath}.${name}`;
    const names = [path, ...catalogue.multiFields(path).map((part) => `${path}.${part}`)].filter(selects);
    if (names.length === 0) return { kind: "never" };
    if (leaf.kind === "exists") return { kind: "exists" };
    const tests = names.flatMap((each) => {
      const field = catalogue.find(each);
      return field === undefined ? untypedTests(leaf) : typedTests(leaf, field, options);
    });
    return { kind: "tests", tests: tests.map((test) => ({ kind: "test", path: name, test })) };
  };
}
