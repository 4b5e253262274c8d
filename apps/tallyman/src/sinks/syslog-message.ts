import type { RuleSeverity } from "@tallyman/rules";
import type { SpooledAlert } from "../spool/spooled-alert.ts";

/** The facilities of syslog in the order of their numbers, by the names of RFC 5424 and of syslog.conf. */
export const syslogFacilities = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "clock",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

export type SyslogFacility = (typeof syslogFacilities)[number];

export interface SyslogHeader {
  readonly facility: SyslogFacility;
  readonly hostname: string;
  /** `APP-NAME`. */
  readonly appName: string;
  readonly processId: number;
  /** Longer messages are replaced by one that says the most important, in bytes. */
  readonly messageBytesMax: number;
}

/**
 * An alert as a message of RFC 5424. The header says when the event happened, the structured data what the alert is, and the message is the document
 * as JSON in one line; of one that is too long only the fields that say what happened.
 */
export function syslogMessage(alert: SpooledAlert, header: SyslogHeader): string {
  const { appName, hostname, processId } = header;
  const time = alert.timeMs === undefined ? "-" : new Date(alert.timeMs).toISOString();
  const head = `<${priorityOf(alert, header.facility)}>1 ${time} ${headerField(hostname, 255)} ${headerField(appName, 48)} ${processId} alert`;
  const parameters = {
    id: alert.id,
    rule: alert.ruleName,
    severity: alert.severity,
    risk_score: String(alert.riskScore),
    ...(alert.isUpdate ? { suppressed: String(alert.suppressed) } : {}),
  };
  // 32473 is the enterprise number that RFC 5612 sets aside for those who have none.
  const data = Object.entries(parameters).map(([name, value]) => ` ${name}="${parameterValue(value)}"`);
  return `${head} [tallyman@32473${data.join("")}] ${messageText(alert, header.messageBytesMax)}`;
}

/** `PRI`: the facility and the severity in one number. */
export function priorityOf({ severity }: SpooledAlert, facility: SyslogFacility): number {
  return 8 * syslogFacilities.indexOf(facility) + levels[severity];
}

/** The document, or what stands for it where it is too long, in one line. */
export function messageText(alert: SpooledAlert, bytesMax: number): string {
  if (Buffer.byteLength(alert.json) <= bytesMax) return alert.json;
  const { id, isUpdate, reason, riskScore, ruleName, severity, suppressed, timeMs } = alert;
  return JSON.stringify({
    ...(timeMs === undefined ? {} : { "kibana.alert.original_time": new Date(timeMs).toISOString() }),
    "kibana.alert.uuid": id,
    "kibana.alert.rule.name": ruleName.slice(0, 200),
    "kibana.alert.severity": severity,
    "kibana.alert.risk_score": riskScore,
    ...(isUpdate ? { "kibana.alert.suppression.docs_count": suppressed } : {}),
    "kibana.alert.reason": reason.slice(0, Math.max(0, Math.floor(bytesMax / 4))),
    tallyman: { shortened: true },
  });
}

/** Source: RFC 5424, table 2: critical, error, warning, notice. */
const levels: Readonly<Record<RuleSeverity, number>> = { critical: 2, high: 3, medium: 4, low: 5 };

/** Printable ASCII without blanks, or a dash for nothing. */
function headerField(text: string, lengthMax: number): string {
  const plain = text.replace(/[^\x21-\x7e]/g, "").slice(0, lengthMax);
  return plain === "" ? "-" : plain;
}

/** In values of parameters three characters are escaped; control characters have no place in them. */
function parameterValue(text: string): string {
  return text
    .slice(0, 500)
    .replace(/\p{Cc}/gu, " ")
    .replace(/["\\\]]/g, "\\$&");
}
