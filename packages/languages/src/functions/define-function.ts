import type {
  CallContext,
  Parameter,
  ParameterType,
  ScalarFunction,
  ScalarValue,
} from "../expression/scalar-function.ts";

interface ValueOfType {
  readonly text: string;
  readonly ip: string;
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly any: string | number | boolean;
}

type ArgumentOf<P extends Parameter> =
  | ValueOfType[P["type"] & ParameterType]
  | (P extends { isOptional: true } | { takesNull: true } ? null : never);

type ArgumentsOf<P extends readonly Parameter[]> = P extends readonly [
  infer First extends Parameter,
  ...infer Rest extends readonly Parameter[],
]
  ? First extends { isVariadic: true }
    ? ArgumentOf<First>[]
    : [ArgumentOf<First>, ...ArgumentsOf<Rest>]
  : [];

/**
 * Defines a function; the types of `evaluate`'s arguments come from the parameters. Optional parameters that were left out are null
 * there, and a null for any other parameter never gets there: the result is null unless the parameter `takesNull`.
 */
export function defineFunction<const P extends readonly Parameter[]>(
  definition: Omit<ScalarFunction, "parameters" | "evaluate"> & {
    readonly parameters: P;
    readonly evaluate: (values: ArgumentsOf<P>, context: CallContext) => ScalarValue;
  },
): ScalarFunction {
  const { parameters, evaluate } = definition;
  return {
    ...definition,
    evaluate: (values, context) => {
      const all = [...values];
      for (let i = values.length; i < parameters.length && !parameters[i]?.isVariadic; i++) all.push(null);
      return evaluate(all as ArgumentsOf<P>, context);
    },
  };
}
