import type { JsonObject } from "@tallyman/ecs";
import { baseName } from "@tallyman/session-model";
import { addedName, auditNumber, auditText, enrichedFieldsIn, fieldsIn } from "./audit-fields.ts";
import type { AuditRecord } from "./audit-record.ts";

const sshServers = ["sshd", "sshd-session", "sshd-auth"];
/** Programs that let people in. */
const loginPrograms = [...sshServers, "login"];

/**
 * The document of a login in the shape of Elastic's system integration (`logs-system.auth-*`), which rules about logins read; undefined for other records.
 * Of a login that fails, PAM's own record counts: it is one for each try and has the account's name, which the servers' records of unknown users lack.
 */
export function loginDocument(record: AuditRecord, host: JsonObject): JsonObject | undefined {
  const fields = fieldsIn(record.body);
  const program = auditText(fields.get("exe"));
  const name = program === undefined ? "" : baseName(program);
  const outcome = outcomeOf(record.type, fields.get("op"), fields.get("res"));
  if (program === undefined || outcome === undefined || !loginPrograms.includes(name)) return undefined;
  const at = new Date(record.ms).toISOString();
  // Where a try succeeds, its record has the account's number, and its name only where auditd adds names.
  const user = auditText(fields.get("acct")) ?? addedName(enrichedFieldsIn(record.body).get("ID"));
  const userId = auditNumber(fields.get("id"))?.toString();
  const address = auditText(fields.get("addr"));
  return {
    "@timestamp": at,
    data_stream: { type: "logs", dataset: "system.auth", namespace: "default" },
    ecs: { version: "8.10.0" },
    event: {
      action: sshServers.includes(name) ? "ssh_login" : "user_login",
      category: ["authentication", "session"],
      type: ["info"],
      kind: "event",
      module: "system",
      dataset: "system.auth",
      outcome,
      created: at,
      id: `${record.node ?? ""} ${record.id}`,
      sequence: record.serial,
      provider: "auditd",
    },
    host,
    process: { pid: auditNumber(fields.get("pid")), name, executable: program },
    source: address === undefined ? undefined : { ip: address, address },
    user: user === undefined && userId === undefined ? undefined : { name: user, id: userId },
  };
}

function outcomeOf(
  type: string,
  operation: string | undefined,
  result: string | undefined,
): string | undefined {
  if (type === "USER_AUTH" && operation === "PAM:authentication" && result === "failed") return "failure";
  return type === "USER_LOGIN" && operation === "login" && result === "success" ? "success" : undefined;
}
