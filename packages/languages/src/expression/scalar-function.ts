import type { TextMatching } from "../values/text-matching.ts";
import type { WildcardPattern } from "../values/wildcard.ts";

/** A value inside an expression; null stands for one that is absent or cannot be computed. */
export type ScalarValue = string | number | boolean | null;

/**
 * What is known about a value before any event is seen. `number` is one that may be whole or not; `any` is one whose type only
 * the event tells; `null` is the null literal, which fits everywhere.
 */
export type ScalarType =
  | "text"
  | "long"
  | "double"
  | "number"
  | "boolean"
  | "ip"
  | "date"
  | "version"
  | "null"
  | "any";

/** What a parameter takes: `integer` is a whole number, `any` every value that can be written as text. */
export type ParameterType = "text" | "number" | "integer" | "boolean" | "ip" | "any";

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  /** One sentence without a full stop, for the documentation. */
  readonly summary: string;
  /** True when the argument may be left out; `evaluate` then gets null for it. */
  readonly isOptional?: boolean;
  /** True for a last parameter that may be repeated. */
  readonly isVariadic?: boolean;
  /** True when `evaluate` wants to see null. Otherwise a null argument makes the result null. Optional parameters take null too. */
  readonly takesNull?: boolean;
  /** True when the argument must be a constant. */
  readonly isConstant?: boolean;
}

/** What a call tells its function beside the arguments. */
export interface CallContext {
  /** How the function compares texts. */
  readonly text: TextMatching;
  /** True when an argument is known to be a fractional number, even if its value happens to be whole. */
  readonly isFractional: boolean;
}

/** A function that expressions can call. All that is known about it stands in its definition. */
export interface ScalarFunction {
  readonly name: string;
  readonly summary: string;
  /** Where the behaviour is taken from. */
  readonly source: string;
  readonly parameters: readonly Parameter[];
  /** The type of the result; `numeric` is `long` when all numbers given are, and `double` when one is. */
  readonly returns: "text" | "number" | "long" | "boolean" | "numeric";
  /** True when a `~` after the name makes it ignore case. */
  readonly hasCaseVariant: boolean;
  /** Calls with constant arguments and their results; they are in the documentation and run as tests. */
  readonly examples: readonly (readonly [call: string, result: ScalarValue])[];
  /** What a reader should know beside the summary, in full sentences. */
  readonly notes?: readonly string[];
  /**
   * For a function whose call on a field and a constant is a condition on the field itself rather than on a computed value, as
   * Elasticsearch turns it into a query. The difference shows under `not`: see docs of the language.
   */
  readonly onField?:
    | { readonly kind: "pattern"; readonly pattern: (text: string) => WildcardPattern }
    | { readonly kind: "blocks" };
  /** The result. Arguments have the types of the parameters, those left out are null. Never throws. */
  readonly evaluate: (values: readonly ScalarValue[], context: CallContext) => ScalarValue;
}

/** The fewest and the most arguments that a function takes. */
export function argumentCounts({ parameters }: ScalarFunction): {
  readonly min: number;
  readonly max: number;
} {
  const required = parameters.filter(({ isOptional }) => isOptional !== true).length;
  const isVariadic = parameters.at(-1)?.isVariadic === true;
  return { min: required, max: isVariadic ? Number.POSITIVE_INFINITY : parameters.length };
}

/** The parameter that the argument at a place belongs to. */
export function parameterAt({ parameters }: ScalarFunction, index: number): Parameter | undefined {
  const last = parameters.at(-1);
  return parameters[index] ?? (last?.isVariadic === true ? last : undefined);
}

/** The function's value for arguments of which any may be null. */
export function callFunction(
  definition: ScalarFunction,
  values: readonly ScalarValue[],
  context: CallContext,
): ScalarValue {
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== null) continue;
    const parameter = parameterAt(definition, i);
    if (parameter?.takesNull !== true && parameter?.isOptional !== true) return null;
  }
  return definition.evaluate(values, context);
}
