export { type DiagnosticCode, diagnosticCodes, type Severity } from "./diagnostics/codes.ts";
export { type Diagnostic, diagnostic, type LocatedDiagnostic } from "./diagnostics/diagnostic.ts";
export { didYouMean, findNearest } from "./diagnostics/did-you-mean.ts";
export { type DiagnosticStyle, renderDiagnostic } from "./diagnostics/render-diagnostic.ts";
export { type EmbeddedText, type Position, SourceText, spanInFile } from "./diagnostics/source-text.ts";
export type { Span } from "./diagnostics/span.ts";
export { visible } from "./diagnostics/visible.ts";
export type {
  EqlArithmetic,
  EqlCall,
  EqlComparison,
  EqlDialect,
  EqlDuration,
  EqlExpression,
  EqlField,
  EqlFilter,
  EqlIn,
  EqlItem,
  EqlLiteral,
  EqlMatch,
  EqlMatchOperator,
  EqlPipe,
  EqlQuery,
  EqlRelation,
  EqlTimeUnit,
  EqlVariable,
} from "./eql/ast.ts";
export { type CheckedEqlQuery, checkEql, type EqlOptions } from "./eql/check-eql.ts";
export type {
  CheckedEql,
  CheckedEventQuery,
  CheckedSample,
  CheckedSequence,
  CheckedStage,
  JoinKeyField,
} from "./eql/checked-eql.ts";
export { type EvaluatedConstant, evaluateEqlConstant } from "./eql/evaluate-constant.ts";
export { eqlDepthMax, eqlLengthMax, eqlRunsMax } from "./eql/limits.ts";
export { eqlConditions, lintEql } from "./eql/lint-eql.ts";
export { type ParsedEql, parseEql } from "./eql/parse.ts";
export { printEql, printEqlExpression } from "./eql/print.ts";
export type { ExceptionEntry, ExceptionText, ExceptionValue } from "./exceptions/exception-entry.ts";
export { type LoweredException, lowerException } from "./exceptions/lower-exception.ts";
export { type ValueList, type ValueListType, valueListTypes } from "./exceptions/value-list.ts";
export { type Checked, check } from "./expression/check.ts";
export type {
  CheckedExpression,
  CheckedRelation,
  CheckedTest,
  ValueTest,
} from "./expression/checked-expression.ts";
export { compile, type Program, type StageViews } from "./expression/compile.ts";
export { type EvaluationCounters, elementStepsMax } from "./expression/compile-scope.ts";
export { combinationsMax } from "./expression/compile-script.ts";
export { describe } from "./expression/describe.ts";
export type { Expression, Relation } from "./expression/expression.ts";
export { fold } from "./expression/fold.ts";
export { asksRelations, asksStages, relationsOf } from "./expression/parts-of.ts";
export { possibly } from "./expression/possibly.ts";
export type { Parameter, ScalarFunction, ScalarValue } from "./expression/scalar-function.ts";
export { signatureOf } from "./expression/signature.ts";
export { noSurroundings, type Surroundings } from "./expression/surroundings.ts";
export { lintFilter } from "./filters/lint-filter.ts";
export { type LoweredFilter, lowerFilter } from "./filters/lower-filter.ts";
export { type EndpointFunction, endpointSignature } from "./functions/endpoint/endpoint-function.ts";
export { endpointFunctions } from "./functions/endpoint/index.ts";
export { eqlFunctions } from "./functions/eql/index.ts";
export type { KqlLiteral, KqlQuery, KqlValues } from "./kql/ast.ts";
export { type CheckedQuery, checkKql } from "./kql/check-kql.ts";
export { lintKql } from "./kql/lint-kql.ts";
export { lowerKql } from "./kql/lower.ts";
export { kqlDepthMax, kqlLengthMax, type ParsedKql, parseKql } from "./kql/parse.ts";
export { printKql } from "./kql/print.ts";
export { type ConditionFacts, conditionFacts, lintCondition } from "./lint/lint-condition.ts";
export { compareText } from "./values/compare-text.ts";
export { TextFinder } from "./values/text-finder.ts";
