// Loading rule files

// Index patterns
export { compileIndexPatterns } from "./index-patterns.ts";
export { diagnosticsPerFileMax } from "./limits.ts";
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
