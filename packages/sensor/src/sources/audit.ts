import { AuditControl } from "../audit/audit-control.ts";
import { ProcConnector } from "../netlink/proc-connector.ts";
import { SourceUnavailable } from "../source-unavailable.ts";
import { type NetlinkOptions, RunningNetlink, seenInProc } from "./running-netlink.ts";
import type { RunningSource, Sees, Source } from "./source.ts";

export interface AuditOptions extends NetlinkOptions {
  /** Whether the operator allows to change the state of audit, which is the whole host's. */
  readonly isAllowed: boolean;
}

/**
 * The kernel's audit, which tells all of an exec, with the proc connector for what it does not tell of. Changes the state of audit, and
 * puts back what it was.
 */
export class AuditSource implements Source {
  readonly name = "audit";
  readonly sees: Sees = { ...seenInProc, args: "all", tty: "all" };
  readonly #options: AuditOptions;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  async start(): Promise<RunningSource> {
    if (!this.#options.isAllowed)
      throw new SourceUnavailable("it changes the state of audit for the whole host, which was not allowed");
    const connector = ProcConnector.open();
    let audit: AuditControl | undefined;
    try {
      audit = AuditControl.open();
      return new RunningNetlink("audit", this.#options, connector, audit);
    } catch (error) {
      connector.close();
      audit?.restore();
      throw error;
    }
  }
}
