import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { AuditControl } from "../audit/audit-control.ts";
import { readKernelTypes } from "../bpf/running-kernel.ts";
import { libc } from "../native/libc.ts";
import { ProcConnector } from "../netlink/proc-connector.ts";
import { SourceUnavailable } from "../source-unavailable.ts";

/** Why the C library cannot be called here, or is not that of Linux; undefined when it can be. */
export function whyNoLibc(): string | undefined {
  return process.platform === "linux" ? whyNot(libc) : "this is not Linux";
}

/** Why programs cannot be loaded into the kernel here; undefined when they can be. */
export function whyNoBpf(): string | undefined {
  const reason = whyNoLibc() ?? whyNot(readKernelTypes);
  if (reason !== undefined) return reason;
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
  const needed = (1n << 38n) | (1n << 39n);
  return (effective & needed) === needed
    ? undefined
    : "CAP_BPF and CAP_PERFMON are missing: run this as root";
}

/** Why something that a source needs cannot be used here; undefined when it can be. */
function whyNot(use: () => void): string | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    if (error instanceof SourceUnavailable) return error.message;
    throw error;
  }
}

/** Why the proc connector cannot be used here; undefined when it can be. */
export function whyNoConnector(): string | undefined {
  return whyNoLibc() ?? whyNot(() => ProcConnector.open().close());
}

/** Why audit cannot be used here, or may not; undefined when it can be. */
export function whyNoAudit(): string | undefined {
  return whyNoConnector() ?? whyAuditIsTaken() ?? whyNot(() => AuditControl.open().restore());
}

/** Why tests may not change the state of audit, which is the whole host's; undefined when nobody else uses it, or when it cannot be looked at. */
function whyAuditIsTaken(): string | undefined {
  const auditctl = (option: string) => spawnSync("auditctl", [option], { encoding: "utf8" });
  const { error, status, stdout } = auditctl("-s");
  if (error !== undefined) return "there is no auditctl";
  if (status !== 0 || (/^enabled 0$/m.test(stdout) && auditctl("-l").stdout === "No rules\n"))
    return undefined;
  return "someone else uses audit here, or a run that was killed has left it on (auditctl -s, auditctl -l)";
}

/** Says on standard error why tests are skipped, which Vitest does not. Gives the reason. */
export function announced(what: string, reason: string | undefined): string | undefined {
  if (reason !== undefined) process.stderr.write(`Tests of ${what} are skipped: ${reason}\n`);
  return reason;
}
