import type { KernelEvent } from "@tallyman/session-model";

export type SourceName = "ebpf" | "audit" | "proc-connector";

/**
 * How much of each thing a source sees: of all processes, of those that live long enough to be looked at in `/proc`, or not at all. Someone who
 * reads events must know which of them can be missing.
 */
export type Sight = "all" | "some" | "none";

export interface Sees {
  /** Arguments, working directory and path of what is executed. */
  readonly args: Sight;
  readonly tty: Sight;
  /** Sessions and process groups. */
  readonly sid: Sight;
  /** Namespaces and cgroups. */
  readonly container: Sight;
  readonly env: Sight;
  readonly network: Sight;
  readonly files: Sight;
}

/** A way to learn what happens on this host. */
export interface Source {
  readonly name: SourceName;
  readonly sees: Sees;
  /**
   * Begins. When it resolves, everything that happens from now on is reported. Rejects with SourceUnavailable when this host or this user's rights do
   * not allow it, and then leaves nothing behind.
   */
  start(): Promise<RunningSource>;
}

/** A place where events wait for their reader: the ring in the kernel, or the queue in this process. */
export interface SourceBuffer {
  readonly name: "ring" | "queue";
  readonly unit: "bytes" | "events";
  readonly held: number;
  /** From how much on no more is taken in. */
  readonly limit: number;
}

export interface RunningSource {
  /**
   * The events in the order in which they happened, as far as one follows from the other. They wait until they are read; when too many wait, new ones
   * are dropped and counted by `lost` events. To be read once. Ends after `stop`, with all that was reported before; throws SourceFailed when
   * the source breaks.
   */
  events(): AsyncIterable<readonly KernelEvent[]>;
  /** How many events were dropped so far. */
  readonly lost: number;
  /** How full the places are now in which events wait, as far as that can be known. */
  buffers(): readonly SourceBuffer[];
  /** Takes everything out of the kernel again and ends the events. */
  stop(): Promise<void>;
}

/** A source that was running has broken. */
export class SourceFailed extends Error {
  override readonly name = "SourceFailed";
}
