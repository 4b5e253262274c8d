import { AuditSource } from "./audit.ts";
import { type EbpfOptions, EbpfSource } from "./ebpf.ts";
import { ProcConnectorSource } from "./proc-connector.ts";
import type { NetlinkOptions } from "./running-netlink.ts";
import type { Source } from "./source.ts";

export interface SensorOptions extends EbpfOptions, NetlinkOptions {
  /** Whether audit may be used, whose state is the whole host's. */
  readonly allowAudit?: boolean;
}

/** The sources that there are, the one that sees most first. */
export function sourcesInOrder({ allowAudit = false, ...options }: SensorOptions = {}): readonly Source[] {
  return [
    new EbpfSource(options),
    new AuditSource({ ...options, isAllowed: allowAudit }),
    new ProcConnectorSource(options),
  ];
}
