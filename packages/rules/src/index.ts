export { DiagnosticsPerFile } from "./diagnostics-per-file.ts";
// Exceptions
export { type AssignedExceptions, assignExceptions } from "./exceptions/assign-exceptions.ts";
export { checkException, findExpired, ruleFacts } from "./exceptions/check-exceptions.ts";
export {
  type ExceptionItem,
  type ExceptionList,
  type LoadedExceptions,
  noExceptions,
} from "./exceptions/exception.ts";
export { type ExceptionFiles, loadExceptions, type ReadValueFile } from "./exceptions/load-exceptions.ts";
// Loading rule files

// Index patterns
export { compileIndexPatterns } from "./index-patterns.ts";
// Loading rule files
export { diagnosticsPerFileMax } from "./limits.ts";
// Looking for slips
export { lintRule } from "./lint-rule.ts";
export { loadRules } from "./load-rules.ts";
// Rules
export {
  type AlertSuppression,
  type EqlRule,
  type EsqlRule,
  type LoadedRules,
  type MachineLearningRule,
  type NewTermsRule,
  type QueryLanguage,
  type QueryRule,
  type RiskScoreMapping,
  type Rule,
  type RuleBase,
  type RuleFile,
  type RuleFilter,
  type RuleQuery,
  type RuleSeverity,
  type RuleSource,
  type RuleTypeName,
  ruleSeverities,
  ruleTypeNames,
  type SeverityMapping,
  type Threat,
  type ThreatEntry,
  type ThreatMappingEntry,
  type ThreatMatchRule,
  type ThreatTechnique,
  type ThresholdRule,
} from "./rule.ts";
