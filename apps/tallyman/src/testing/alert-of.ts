import type { Alert } from "@tallyman/engine";
import { decodeAlert, encodeAlert, type SpooledAlert } from "../spool/spooled-alert.ts";

/** An alert with this id, as an engine gives it. */
export function alertOf(id: string, more: Partial<Alert> = {}, fields: Alert["document"] = {}): Alert {
  return {
    id,
    ruleId: "r",
    ruleName: "A rule",
    severity: "medium",
    riskScore: 47,
    eventTimeMs: Date.UTC(2026, 0, 5, 8),
    reason: `something happened: ${id}`,
    document: { "kibana.alert.uuid": id, ...fields },
    ...more,
  };
}

/** A later state of it, as it lies in the spool. */
export function updateOf(id: string, suppressed: number): SpooledAlert {
  return spooledAlert(id, { isUpdate: true }, { "kibana.alert.suppression.docs_count": suppressed });
}

/** The same as it lies in the spool. */
export function spooledAlert(
  id: string,
  more: Partial<Alert> = {},
  fields: Alert["document"] = {},
): SpooledAlert {
  return decodeAlert(0, encodeAlert(alertOf(id, more, fields))) as SpooledAlert;
}
