import { execFileSync } from "node:child_process";

export function auditctl(...words: readonly string[]): string {
  return execFileSync("auditctl", words, { encoding: "utf8" });
}

export function auditRules(): readonly string[] {
  return auditctl("-l").trim().split("\n");
}

/** What of audit the sensor changes, and has to put back: a line for each setting, and for each rule. */
export function auditState(): readonly string[] {
  const settings = auditctl("-s")
    .split("\n")
    .filter((line) => /^(enabled|pid|backlog_limit|backlog_wait_time) /.test(line));
  return [...settings, ...auditRules()];
}
