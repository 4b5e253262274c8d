import type { ScalarFunction } from "./scalar-function.ts";

/** A call of the function as its documentation writes it: `substring(source, start[, end])`. */
export function signatureOf({ name, parameters }: ScalarFunction): string {
  let text = "";
  let open = "";
  for (const [i, { name: parameter, isOptional, isVariadic }] of parameters.entries()) {
    const shown = `${i > 0 ? ", " : ""}${parameter}${isVariadic === true ? "…" : ""}`;
    text += isOptional === true ? `[${shown}` : shown;
    if (isOptional === true) open += "]";
  }
  return `${name}(${text}${open})`;
}
