import { formatIp, isJsonObject, type Json } from "@tallyman/ecs";
import type { CheckedExpression, ValueTest } from "@tallyman/languages";
import type { RegexNode } from "../../packages/languages/src/regex/ast.ts";
import { parseRegex } from "../../packages/languages/src/regex/parse.ts";
import type { WildcardPattern } from "../../packages/languages/src/values/wildcard.ts";
import type { Random } from "../../tools/random.ts";

/** A value that a condition wants to find at a path; undefined is for it to be absent. */
export interface Wish {
  readonly path: string;
  readonly value: Json | undefined;
}

/**
 * Values that would fulfil a condition, as far as they can be told from it: for `and` those of all its parts, for `or` those of one. Not all of
 * them can be told, such as those of computed values.
 */
export function wishesOf(expression: CheckedExpression, random: Random): readonly Wish[] {
  switch (expression.kind) {
    case "and":
      return expression.operands.flatMap((operand) => wishesOf(operand, random));
    case "or":
      return wishesOf(random.pick(expression.operands), random);
    case "not":
      return expression.operand.kind === "exists"
        ? [{ path: expression.operand.path, value: undefined }]
        : [];
    case "exists":
      return [{ path: expression.path, value: "some" }];
    case "nested":
      return [{ path: expression.path, value: objectOf(wishesOf(expression.operand, random)) }];
    case "script":
      return expression.inputs.flatMap((input): readonly Wish[] => {
        if (input.kind === "condition") return wishesOf(input.condition, random);
        if (input.kind === "count") return [];
        return [{ path: input.path, value: input.reading === "number" ? 3 : "some" }];
      });
    case "test":
      return [{ path: expression.path, value: valueFor(expression.test, random) }];
    case "any-field":
    case "any-element":
    case "related":
    case "constant":
      return [];
  }
}

/** A document, or an object in one, that may be changed. */
export interface Draft {
  [key: string]: Json | undefined;
}

/** Sets what a wish asks for, or takes it away. Objects on the way are made; what stands there in their place gives way. */
export function grant({ path, value }: Wish, document: Draft): void {
  const parts = path.split(".");
  const last = parts.pop() as string;
  let object = document;
  for (const part of parts) {
    if (!isJsonObject(object[part])) {
      if (value === undefined) return;
      object[part] = {};
    }
    object = object[part] as Draft;
  }
  if (value === undefined) delete object[last];
  else object[last] = value;
}

function objectOf(wishes: readonly Wish[]): Json {
  return Object.fromEntries(wishes.map(({ path, value }) => [path, value]));
}

/** A value that passes a test, where one can be told. */
function valueFor(test: ValueTest, random: Random): Json {
  switch (test.kind) {
    case "text-in":
    case "number-in":
      return random.pick<Json>(test.values);
    case "text-matches":
    case "untyped-matches":
      return textFor(test.pattern, random);
    case "token-matches":
      return `some ${textFor(test.pattern, random)} words`;
    case "text-matches-regex":
    case "untyped-matches-regex": {
      const { node } = parseRegex(test.regex.source, test.regex);
      return node === undefined ? test.regex.source : textForRegex(node, random);
    }
    case "boolean-is":
      return test.value;
    case "ip-in": {
      const { high, low } = random.pick(test.ranges);
      return formatIp(random.pick([low, high]));
    }
    case "ip-in-range":
      return formatIp(random.pick(test.bounds).value);
    case "has-tokens":
      return `some ${test.tokens.join(" ")} words`;
    case "untyped-equals":
      return test.text;
    case "number-in-range":
      return random.pick(test.bounds).value + random.below(3) - 1;
    case "date-in-range":
      return new Date(random.pick(test.bounds).value.resolve(0, "start") + random.below(3) - 1).toISOString();
    case "text-in-range":
    case "version-in-range":
    case "token-in-range":
    case "untyped-in-range":
      return random.pick(test.bounds).value;
  }
}

const gaps = ["", "x", "/usr/lib", " -a ", "\\", "é", "0"];

function textFor({ pieces }: WildcardPattern, random: Random): string {
  let text = "";
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) text += random.pick(gaps);
    text += piece.join("x");
  }
  return text;
}

/** A text that the expression matches, save where it has a complement or an intersection. */
function textForRegex(node: RegexNode, random: Random): string {
  switch (node.kind) {
    case "empty":
    case "never":
      return "";
    case "char":
      return String.fromCodePoint(random.pick(node.set).from);
    case "concatenation":
      return node.parts.map((part) => textForRegex(part, random)).join("");
    case "union":
      return textForRegex(random.pick(node.options), random);
    case "intersection":
      return textForRegex(random.pick(node.operands), random);
    case "complement":
      return "x";
    case "repeat": {
      const times = Math.max(node.min, Math.min(node.max ?? 3, random.below(4)));
      return Array.from({ length: times }, () => textForRegex(node.operand, random)).join("");
    }
  }
}
