import { isJsonObject, type Json } from "@tallyman/ecs";
import type { Alert } from "@tallyman/engine";
import { type RuleSeverity, ruleSeverities } from "@tallyman/rules";
import { jsonLine } from "../output/json-line.ts";
import { alertKey, suppressedIn } from "./alert-key.ts";

/** An alert as it lies in the spool: what sinks route and show it by, and the document as text, which most of them pass on as it is. */
export interface SpooledAlert {
  /** Counts alerts from 0 over the life of the spool, without gaps. */
  readonly sequence: number;
  readonly id: string;
  /** What it is known by when it is written or sent again: see `alertKey`. */
  readonly key: string;
  /** True for a later state of an alert that came before, whose place it takes. */
  readonly isUpdate: boolean;
  /** How many others are counted in it. */
  readonly suppressed: number;
  readonly ruleName: string;
  readonly severity: RuleSeverity;
  readonly riskScore: number;
  /** When the event happened, in epoch milliseconds. */
  readonly timeMs: number | undefined;
  readonly reason: string;
  /** True for what only other rules are to see, as for the events of a sequence. */
  readonly isBuildingBlock: boolean;
  /** The alert document as JSON in one line. */
  readonly json: string;
}

/** An alert as the bytes of a record: a line of JSON with what stands beside the document, and the document. */
export function encodeAlert(alert: Alert): Buffer {
  const { document, id, ruleName, severity, riskScore, eventTimeMs, reason } = alert;
  const isBuildingBlock = document["kibana.alert.building_block_type"] !== undefined;
  const head = {
    id,
    isUpdate: alert.isUpdate === true,
    suppressed: suppressedIn(document),
    ruleName,
    severity,
    riskScore,
    timeMs: eventTimeMs ?? null,
    reason,
    isBuildingBlock,
  };
  return Buffer.from(`${JSON.stringify(head)}\n${jsonLine(document)}`);
}

/** The alert in a record; undefined when it holds something else. */
export function decodeAlert(sequence: number, record: Buffer): SpooledAlert | undefined {
  const headEnd = record.indexOf(10);
  if (headEnd < 0) return undefined;
  let head: Json;
  try {
    head = JSON.parse(record.toString("utf8", 0, headEnd)) as Json;
  } catch {
    return undefined;
  }
  if (!isJsonObject(head)) return undefined;
  const { id, isUpdate, suppressed, ruleName, riskScore, timeMs, reason, isBuildingBlock } = head;
  const severity = ruleSeverities.find((name) => name === head["severity"]);
  if (typeof id !== "string" || typeof ruleName !== "string" || typeof reason !== "string") return undefined;
  if (severity === undefined || typeof riskScore !== "number" || typeof suppressed !== "number")
    return undefined;
  return {
    sequence,
    id,
    key: alertKey(id, suppressed),
    isUpdate: isUpdate === true,
    suppressed,
    ruleName,
    severity,
    riskScore,
    timeMs: typeof timeMs === "number" ? timeMs : undefined,
    reason,
    isBuildingBlock: isBuildingBlock === true,
    json: record.toString("utf8", headEnd + 1),
  };
}
