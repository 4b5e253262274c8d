import type { JsonObject } from "@tallyman/ecs";

/**
 * A function that only the endpoint dialect of EQL has. It looks at arrays, or at patterns given as arguments, so it is no function of
 * values: a call stands for a condition, or for how many elements fulfil one. All that is known about it stands in its definition.
 */
export interface EndpointFunction {
  readonly name: string;
  /** Other spellings; as the name itself, in any case. */
  readonly otherNames: readonly string[];
  readonly summary: string;
  /** Where the behaviour is taken from. */
  readonly source: string;
  readonly parameters: readonly EndpointParameter[];
  readonly returns: "boolean" | "long";
  /** True when a `~` after the name makes it ignore case. */
  readonly hasCaseVariant: boolean;
  /** What a call stands for. */
  readonly meaning: "one-of" | "like" | "regex" | "any-element" | "count";
  /** What comes of an absent field, in a full sentence. */
  readonly nulls: string;
  /** Events, calls on them and the results; they are in the documentation and run as tests. */
  readonly examples: readonly (readonly [event: JsonObject, call: string, result: boolean | number])[];
  /** What a reader should know beside the summary, in full sentences. */
  readonly notes: readonly string[];
}

export interface EndpointParameter {
  readonly name: string;
  /** What the argument must be, as the documentation says it. */
  readonly form: string;
  readonly summary: string;
  /** True for a last parameter that may be repeated. */
  readonly isVariadic?: boolean;
}

/** A call of the function as its documentation writes it. */
export function endpointSignature({ name, parameters }: EndpointFunction): string {
  return `${name}(${parameters.map((parameter) => `${parameter.name}${parameter.isVariadic === true ? "…" : ""}`).join(", ")})`;
}
