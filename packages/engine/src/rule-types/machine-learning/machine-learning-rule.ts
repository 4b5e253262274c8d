import { type CheckedExpression, diagnostic } from "@tallyman/languages";
import type { MachineLearningRule } from "@tallyman/rules";
import type { Condition } from "../../conditions/condition.ts";
import { nothing, type RuleType } from "../rule-type.ts";
import { anomalyDocument } from "./anomaly-document.ts";

/** Where the jobs of Elasticsearch keep their results. */
/** Where jobs of machine learning write what they find. */
export const anomalyIndices = [".ml-anomalies-*"];

/**
 * Rules of type `machine_learning`: each record of an anomaly that one of the rule's jobs has found, if its score is high enough. The jobs are
 * Elastic's and run in Elasticsearch; their records may be on the stream like other events. Source: detection engine, rule type machine_learning.
 */
export const machineLearningRule: RuleType<MachineLearningRule, Condition> = {
  compile(rule, { conditions, counters }) {
    const jobs = rule.machine_learning_job_id;
    const span = rule.source.spanOf(["machine_learning_job_id"]);
    const message = `'${rule.name}' looks at what the job '${jobs.join("', '")}' of Elasticsearch finds, and not at events themselves`;
    return {
      plan: conditions.add(recordCondition(jobs, rule.anomaly_threshold), counters),
      diagnostics: [{ ...diagnostic("needs-anomaly-records", span, message), source: rule.source.text }],
      needs: "anomaly records of a machine-learning job",
    };
  },

  patterns: () => [anomalyIndices],

  start(condition, { budget }) {
    return {
      onEvent(event, timeMs) {
        if (!event.fulfils(condition) || !budget.take(timeMs)) return nothing;
        const source = event.source();
        const { index, nowMs, timestampMs } = source;
        const document = anomalyDocument(source.document, timestampMs ?? timeMs);
        return [{ kind: "event", event: { document, id: () => source.id(), index, nowMs, timestampMs } }];
      },
      learn() {},
      counts: () => ({}),
    };
  },
};

/** A final record of one of the jobs, with at least this score. */
function recordCondition(jobs: readonly string[], scoreMin: number): CheckedExpression {
  const isText = (path: string, values: readonly string[]): CheckedExpression => {
    return { kind: "test", path, test: { kind: "text-in", reading: "keyword", values } };
  };
  const hasScore: CheckedExpression = {
    kind: "test",
    path: "record_score",
    test: { kind: "number-in-range", reading: "number", bounds: [{ operator: ">=", value: scoreMin }] },
  };
  const isInterim: CheckedExpression = {
    kind: "test",
    path: "is_interim",
    test: { kind: "boolean-is", reading: "boolean", value: true },
  };
  return {
    kind: "and",
    operands: [
      isText("result_type", ["record"]),
      isText("job_id", jobs),
      hasScore,
      { kind: "not", operand: isInterim },
    ],
  };
}
