import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { CheckScope } from "../expression/check-scope.ts";
import type { Expression } from "../expression/expression.ts";
import type { FieldOwner } from "../expression/field-reference.ts";
import type { EqlDialect, EqlExpression } from "./ast.ts";

/** What lowering knows beside the expression. */
export interface LoweringScope {
  readonly dialect: EqlDialect;
  /** The field that holds an event's category. */
  readonly categoryField: string;
  readonly report: (found: Diagnostic) => void;
  /** The names that fields of other events may begin with. */
  readonly stages: StageNames;
  /** The elements that variables stand for. */
  readonly variables: ReadonlyMap<string, Extract<FieldOwner, { kind: "element" }>>;
  /** Where constant parts are computed. */
  readonly constants: CheckScope;
  /** Lowers a condition that stands inside a computed value. */
  readonly lowerCondition: (condition: EqlExpression, scope: LoweringScope) => Expression;
}

/** The names of a sequence's stages, as one of them sees them. */
export interface StageNames {
  /** Those whose events are known where the condition stands. */
  readonly known: ReadonlySet<string>;
  /** All others, with the reason why they are not. */
  readonly unknown: ReadonlyMap<string, string>;
}

export const noStages: StageNames = { known: new Set(), unknown: new Map() };
