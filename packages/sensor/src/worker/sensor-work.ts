import type { KernelEvent } from "@tallyman/session-model";
import type { ProbeMemory } from "../bpf/probe.ts";

/** What a worker is started to do. */
export type SensorWork = RingWork | NetlinkWork;

export interface RingWork {
  readonly kind: "ring";
  readonly memory: ProbeMemory;
  /** A 32-bit number: the bytes that were sent and not yet used. */
  readonly waiting: SharedArrayBuffer;
  /** From how many of them on the worker leaves events in the ring. */
  readonly waitingBytesMax: number;
  /** How often the ring is emptied. */
  readonly intervalMs: number;
}

/** Records as they were in the ring, and how many found it full since the beginning. */
export interface RingBatch {
  readonly taken: Uint8Array<ArrayBuffer> | undefined;
  readonly lost: number;
}

/** Any message to a worker that empties a ring asks it to send what it has and end. */
export const endMessage = "end";

export interface NetlinkWork {
  readonly kind: "netlink";
  /** Descriptors of sockets: of the proc connector, and of audit where it may be used. */
  readonly connectorFd: number;
  readonly auditFd?: number;
  /** Two 32-bit numbers: the events that were sent and not yet used, and whether to end. */
  readonly control: SharedArrayBuffer;
  /** From how many of them on the worker leaves messages in the sockets. */
  readonly waitingEventsMax: number;
  readonly environmentNames: readonly string[];
  readonly environmentBytes: number;
}

/** Places in `control`. */
export const controlPlace = { waiting: 0, end: 1 } as const;

/** Events, and how many the kernel had to drop since the beginning. */
export interface EventBatch {
  readonly events: readonly KernelEvent[];
  readonly lost: number;
}
