import type { Span } from "../diagnostics/span.ts";

/**
 * Which language is read. `endpoint` is that of Elastic's endpoint behaviour rules: Elasticsearch's and beside it `descendant of`, stage
 * names, variables, array functions, and comparisons between fields.
 */
export type EqlDialect = "elasticsearch" | "endpoint";

/** A query as it was written, brackets aside. */
export type EqlQuery =
  | {
      readonly kind: "event";
      readonly filter: EqlFilter;
      readonly pipes: readonly EqlPipe[];
      readonly span: Span;
    }
  | {
      readonly kind: "sequence";
      /** Join keys of every stage. */
      readonly by: readonly EqlField[];
      readonly maxSpan: EqlDuration | undefined;
      readonly items: readonly EqlItem[];
      readonly until: EqlItem | undefined;
      readonly pipes: readonly EqlPipe[];
      readonly span: Span;
    }
  | {
      readonly kind: "sample";
      readonly by: readonly EqlField[];
      readonly items: readonly EqlItem[];
      readonly pipes: readonly EqlPipe[];
      readonly span: Span;
    }
  /** Can be read, but not run: no engine has ever run it. */
  | {
      readonly kind: "join";
      readonly by: readonly EqlField[];
      readonly items: readonly EqlItem[];
      readonly until: EqlItem | undefined;
      readonly pipes: readonly EqlPipe[];
      readonly span: Span;
    };

/** `category where condition` */
export interface EqlFilter {
  /** Undefined for `any`. */
  readonly category: { readonly name: string; readonly span: Span } | undefined;
  readonly condition: EqlExpression;
  readonly span: Span;
}

/** One `[ … ]` of a sequence, sample or join. */
export interface EqlItem {
  readonly filter: EqlFilter;
  /** True for `![ … ]`, an event that must not come. */
  readonly isMissing: boolean;
  readonly by: readonly EqlField[];
  /** How often it must match in a row. */
  readonly runs: number;
  /** The name that later stages know its event by; only in the endpoint dialect. */
  readonly alias: { readonly name: string; readonly span: Span } | undefined;
  readonly span: Span;
}

export interface EqlPipe {
  readonly kind: "head" | "tail";
  /** How many results are kept. */
  readonly count: number;
  readonly span: Span;
}

export type EqlTimeUnit = "ms" | "s" | "m" | "h" | "d";

export interface EqlDuration {
  readonly count: number;
  readonly unit: EqlTimeUnit;
  readonly span: Span;
}

export type EqlExpression =
  | { readonly kind: "and"; readonly operands: readonly EqlExpression[]; readonly span: Span }
  | { readonly kind: "or"; readonly operands: readonly EqlExpression[]; readonly span: Span }
  | { readonly kind: "not"; readonly operand: EqlExpression; readonly span: Span }
  | {
      readonly kind: "compare";
      readonly operator: EqlComparison;
      readonly left: EqlExpression;
      readonly right: EqlExpression;
      readonly span: Span;
    }
  | {
      readonly kind: "arithmetic";
      readonly operator: EqlArithmetic;
      readonly left: EqlExpression;
      readonly right: EqlExpression;
      readonly span: Span;
    }
  | { readonly kind: "minus"; readonly operand: EqlExpression; readonly span: Span }
  | EqlIn
  | EqlMatch
  | EqlCall
  | EqlField
  | EqlLiteral
  | EqlVariable
  | EqlRelation;

export type EqlComparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

export type EqlArithmetic = "+" | "-" | "*" | "/" | "%";

/** `operand in (…)`, `in~`, and both with `not` before them. */
export interface EqlIn {
  readonly kind: "in";
  readonly operand: EqlExpression;
  readonly values: readonly EqlExpression[];
  readonly isNegated: boolean;
  readonly ignoreCase: boolean;
  readonly span: Span;
}

/** `operand : "text"` and its relatives, with one value or a bracketed list of them. */
export interface EqlMatch {
  readonly kind: "match";
  readonly operator: EqlMatchOperator;
  readonly operand: EqlExpression;
  readonly values: readonly EqlLiteral[];
  readonly span: Span;
}

export type EqlMatchOperator = ":" | "like" | "like~" | "regex" | "regex~";

export interface EqlCall {
  readonly kind: "call";
  /** As it was written, without the `~`. */
  readonly name: string;
  readonly ignoreCase: boolean;
  readonly arguments: readonly EqlExpression[];
  readonly nameSpan: Span;
  readonly span: Span;
}

export interface EqlField {
  readonly kind: "field";
  /** The dotted name, without backquotes and question mark. */
  readonly path: string;
  readonly isOptional: boolean;
  readonly span: Span;
}

export interface EqlLiteral {
  readonly kind: "literal";
  readonly value: string | number | boolean | null;
  /** True for a number that was written with a decimal point or exponent, or is too large for a whole one. */
  readonly isFractional: boolean;
  readonly span: Span;
}

/** `$name` or `$name.path`, an element of an array that a function runs through; only in the endpoint dialect. */
export interface EqlVariable {
  readonly kind: "variable";
  readonly name: string;
  /** What stands after the name; empty when nothing does. */
  readonly path: string;
  readonly span: Span;
}

/** `descendant of [ … ]`, a condition on the ancestors of the event's process; only in the endpoint dialect. */
export interface EqlRelation {
  readonly kind: "relation";
  readonly relation: "child" | "descendant" | "event";
  readonly filter: EqlFilter;
  readonly span: Span;
}

/** The expressions that stand directly in another; those inside a relation's own filter included. */
export function childrenOf(expression: EqlExpression): readonly EqlExpression[] {
  switch (expression.kind) {
    case "and":
    case "or":
      return expression.operands;
    case "not":
    case "minus":
      return [expression.operand];
    case "compare":
    case "arithmetic":
      return [expression.left, expression.right];
    case "in":
      return [expression.operand, ...expression.values];
    case "match":
      return [expression.operand];
    case "call":
      return expression.arguments;
    case "relation":
      return [expression.filter.condition];
    case "field":
    case "literal":
    case "variable":
      return [];
  }
}
