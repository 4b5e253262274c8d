import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { type Regex, readRegex } from "../regex/regex.ts";
import { parseWildcard, type WildcardPattern } from "../values/wildcard.ts";
import type { EqlLiteral, EqlMatchOperator } from "./ast.ts";

export type ReadPattern =
  | { readonly kind: "wildcard"; readonly pattern: WildcardPattern; readonly ignoreCase: boolean }
  | { readonly kind: "regex"; readonly regex: Regex };

/**
 * Reads the right side of `like`, `regex` and their `~` forms. A backslash in a wildcard pattern is an ordinary character. Reports
 * `argument-type` for null and `bad-pattern`.
 */
export function readPattern(
  operator: Exclude<EqlMatchOperator, ":">,
  { value, span }: EqlLiteral,
  report: (found: Diagnostic) => void,
): ReadPattern | undefined {
  if (value === null) {
    report(diagnostic("argument-type", span, `The pattern of '${operator}' must be text, and this is null`));
    return undefined;
  }
  const ignoreCase = operator.endsWith("~");
  if (operator === "like" || operator === "like~") {
    return { kind: "wildcard", pattern: parseWildcard(String(value), { escapes: false }), ignoreCase };
  }
  const { regex, problem } = readRegex(String(value), { ignoreCase });
  if (regex !== undefined) return { kind: "regex", regex };
  report(diagnostic("bad-pattern", span, problem));
  return undefined;
}
