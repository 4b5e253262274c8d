import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { CheckScope } from "../expression/check-scope.ts";
import type { EqlDialect } from "./ast.ts";

/** What lowering knows beside the expression. */
export interface LoweringScope {
  readonly dialect: EqlDialect;
  /** The field that holds an event's category. */
  readonly categoryField: string;
  readonly report: (found: Diagnostic) => void;
  /** Names of the stages before this one. */
  readonly aliases: ReadonlySet<string>;
  /** The array that each variable runs through. */
  readonly variables: ReadonlyMap<string, string>;
  /** Where constant parts are computed. */
  readonly constants: CheckScope;
}
