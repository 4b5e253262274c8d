import { readFileSync } from "node:fs";
import { readKernelTypes } from "../bpf/running-kernel.ts";
import { libc } from "../native/libc.ts";
import { SourceUnavailable } from "../source-unavailable.ts";

/** Why programs cannot be loaded into the kernel here; undefined when they can be. */
export function whyNoBpf(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  const reason = whyNot(() => {
    libc();
    readKernelTypes();
  });
  if (reason !== undefined) return reason;
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
  const needed = (1n << 38n) | (1n << 39n);
  return (effective & needed) === needed
    ? undefined
    : "CAP_BPF and CAP_PERFMON are missing: run this as root";
}

/** Why something that a source needs cannot be used here; undefined when it can be. */
export function whyNot(use: () => void): string | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    if (error instanceof SourceUnavailable) return error.message;
    throw error;
  }
}

/** Says on standard error why tests are skipped, which Vitest does not. Gives the reason. */
export function announced(what: string, reason: string | undefined): string | undefined {
  if (reason !== undefined) process.stderr.write(`Tests of ${what} are skipped: ${reason}\n`);
  return reason;
}
