export type { Alert } from "./alerts/alert.ts";
export { type ClauseCost, type LookedFor, type RuleCost, ruleCosts } from "./conditions/rule-cost.ts";
export { Engine, type EngineOptions } from "./engine.ts";
export type { EngineReport, RuleReport } from "./engine-report.ts";
export { type EqlResult, EqlSearch, type EqlSearchOptions } from "./eql/eql-search.ts";
export { ordinalOf } from "./eql/stages.ts";
export type {
  DroppedHistory,
  FirstSeenStore,
  FirstSeenTable,
  FirstSeenUsage,
} from "./first-seen/first-seen-state.ts";
export { MemoryFirstSeenStore, type MemoryStoreOptions } from "./first-seen/memory-store.ts";
export { restoreFirstSeen, saveFirstSeen } from "./first-seen/store-file.ts";
export type { EventBytes, IncomingEvent } from "./incoming-event.ts";
export type { Indicator } from "./indicators/indicator.ts";
export { type EventSource, learnFrom, runPipeline } from "./pipeline.ts";
export type { AlertSink } from "./ports/alert-sink.ts";
export type { Clock } from "./ports/clock.ts";
export { type IdleRule, type PreparedRules, prepareRules, type ReadyRule } from "./prepare-rules.ts";
export { type Profile, type RuleProfile, RuleProfiler, type Stopwatch } from "./profile/rule-profiler.ts";
export type { IndexAlias } from "./routing/index-alias.ts";
export { eventTimeOf } from "./time/event-time.ts";
export { EventJudge } from "./verdicts/event-judge.ts";
export { readVerdicts, type Verdict, VerdictWriter } from "./verdicts/verdict.ts";
