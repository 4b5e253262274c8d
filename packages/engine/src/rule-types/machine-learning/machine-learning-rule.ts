import type { FieldSlots } from "@tallyman/ecs";
import { diagnostic } from "@tallyman/languages";
import { compileIndexPatterns, type MachineLearningRule } from "@tallyman/rules";
import type { RuleEvent } from "../../rule-event.ts";
import { nothing, type RuleType } from "../rule-type.ts";
import { anomalyDocument } from "./anomaly-document.ts";

/** Where the jobs of Elasticsearch keep their results. */
const anomalyIndices = [".ml-anomalies-*"];

export interface MachineLearningPlan {
  readonly jobs: ReadonlySet<string>;
  /** From 0 to 100. */
  readonly scoreMin: number;
  readonly slots: ReturnType<typeof recordSlots>;
}

/**
 * Rules of type `machine_learning`: each record of an anomaly that one of the rule's jobs has found, if its score is high enough. The jobs are
 * Elastic's and run in Elasticsearch; their records may be on the stream like other events. Source: detection engine, rule type machine_learning.
 */
export const machineLearningRule: RuleType<MachineLearningRule, MachineLearningPlan> = {
  compile(rule, { slots }) {
    const jobs = rule.machine_learning_job_id;
    const span = rule.source.spanOf(["machine_learning_job_id"]);
    const message = `'${rule.name}' looks at what the job '${jobs.join("', '")}' of Elasticsearch finds, and not at events themselves`;
    return {
      plan: { jobs: new Set(jobs), scoreMin: rule.anomaly_threshold, slots: recordSlots(slots) },
      diagnostics: [{ ...diagnostic("needs-anomaly-records", span, message), source: rule.source.text }],
      needs: "anomaly records of a machine-learning job",
    };
  },

  selects: () => compileIndexPatterns(anomalyIndices),

  start({ jobs, scoreMin, slots }, { budget }) {
    const isFinding = ({ view }: RuleEvent): boolean =>
      view.values(slots.resultType)[0] === "record" &&
      jobs.has(view.values(slots.job)[0] ?? "") &&
      (view.values(slots.score)[0] ?? Number.NEGATIVE_INFINITY) >= scoreMin &&
      view.values(slots.isInterim)[0] !== true;
    return {
      onEvent(event, timeMs) {
        if (!isFinding(event) || !budget.take(timeMs)) return nothing;
        const { document, id, index, nowMs, timestampMs } = event;
        const source = {
          document: anomalyDocument(document, timestampMs ?? timeMs),
          id,
          index,
          nowMs,
          timestampMs,
        };
        return [{ kind: "event", event: source }];
      },
      learn() {},
      counts: () => ({}),
    };
  },
};

function recordSlots(slots: FieldSlots) {
  return {
    resultType: slots.slot("result_type", "keyword"),
    job: slots.slot("job_id", "keyword"),
    score: slots.slot("record_score", "number"),
    isInterim: slots.slot("is_interim", "boolean"),
  };
}
