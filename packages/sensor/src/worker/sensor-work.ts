import type { ProbeMemory } from "../bpf/probe.ts";

/** What a worker is started to do. */
export type SensorWork = RingWork;

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

/** Any message to a worker asks it to send what it has and end. */
export const endMessage = "end";
