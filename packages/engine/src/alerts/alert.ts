import type { JsonObject } from "@tallyman/ecs";
import type { RuleSeverity } from "@tallyman/rules";

/** An alert: the document that Elastic Security would write, and beside it what a sink needs to show or route it. */
export interface Alert {
  /** The same for the same rule and event, whenever and however often it is found. Also `kibana.alert.uuid`. */
  readonly id: string;
  /** True for a later state of an alert that was raised before, with what was suppressed since: it takes that one's place. */
  readonly isUpdate?: true;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly severity: RuleSeverity;
  readonly riskScore: number;
  /** When the event happened, in epoch milliseconds; undefined when it does not say. */
  readonly eventTimeMs: number | undefined;
  /** The sentence that says what happened. Also `kibana.alert.reason`. */
  readonly reason: string;
  /** Alert fields under dotted names, and the event's own fields as they were. */
  readonly document: JsonObject;
}
