import type { Worker } from "node:worker_threads";
import type { KernelEvent } from "@tallyman/session-model";
import { decodeRecords } from "../bpf/decode.ts";
import { Probe } from "../bpf/probe.ts";
import { RingReader } from "../bpf/ring.ts";
import { defaultEnvironmentNames, type KeepsVariable, keepsVariables } from "../environment.ts";
import { libc } from "../native/libc.ts";
import { endMessage, type RingBatch } from "../worker/sensor-work.ts";
import { startWorker } from "../worker/worker-file.ts";
import { BatchQueue } from "./batch-queue.ts";
import { type RunningSource, type Sees, type Source, type SourceBuffer, SourceFailed } from "./source.ts";

export interface EbpfOptions {
  /** The size of the ring in the kernel, in bytes: a power of two. 8 MiB, which hold all of some 1,800 programs with environments of 4 KiB, of 13,000 with small ones. */
  readonly ringBytes?: number;
  /** How many bytes of events may wait in this process before they are left in the ring; 32 MiB. */
  readonly waitingBytesMax?: number;
  /** How often the ring is emptied; every 20 ms. Events are at most that late. */
  readonly intervalMs?: number;
  /** Which variables of an environment are kept: names, `*` at an end standing for anything. None with an empty list. */
  readonly environmentNames?: readonly string[];
  /** How many bytes of an environment are looked at; 4,096. */
  readonly environmentBytes?: number;
  /** Whether to report files that are made, renamed and deleted. */
  readonly files?: boolean;
  /** Whether to report TCP connections. */
  readonly network?: boolean;
}

/** Programs in the kernel, assembled for it at the start. Sees everything, and counts what it has to drop. */
export class EbpfSource implements Source {
  readonly name = "ebpf";
  readonly sees: Sees;
  readonly #options: Required<EbpfOptions>;

  constructor(options: EbpfOptions = {}) {
    this.#options = {
      ringBytes: 8 << 20,
      waitingBytesMax: 32 << 20,
      intervalMs: 20,
      environmentNames: defaultEnvironmentNames,
      environmentBytes: 4096,
      files: true,
      network: true,
      ...options,
    };
    const { environmentNames, files, network } = this.#options;
    this.sees = {
      args: "all",
      tty: "all",
      sid: "all",
      container: "all",
      env: environmentNames.length > 0 ? "all" : "none",
      network: network ? "all" : "none",
      files: files ? "all" : "none",
    };
  }

  async start(): Promise<RunningSource> {
    const { environmentNames, environmentBytes, ...options } = this.#options;
    const probe = new Probe({
      ...options,
      environmentBytes: environmentNames.length > 0 ? environmentBytes : 0,
    });
    try {
      return new RunningEbpf(probe, options, keepsVariables(environmentNames));
    } catch (error) {
      probe.close();
      throw error;
    }
  }
}

class RunningEbpf implements RunningSource {
  readonly #probe: Probe;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #batches = new BatchQueue<RingBatch>();
  readonly #waiting = new Int32Array(new SharedArrayBuffer(4));
  readonly #waitingBytesMax: number;
  /** Undefined when its memory is gone. */
  #ring: RingReader | undefined;
  readonly #keepsVariable: KeepsVariable;
  #lost = 0;
  #stopping = false;

  constructor(
    probe: Probe,
    options: { readonly waitingBytesMax: number; readonly intervalMs: number },
    keepsVariable: KeepsVariable,
  ) {
    this.#probe = probe;
    this.#keepsVariable = keepsVariable;
    this.#waitingBytesMax = options.waitingBytesMax;
    this.#ring = new RingReader(probe.memory);
    this.#worker = startWorker({
      kind: "ring",
      memory: probe.memory,
      waiting: this.#waiting.buffer,
      waitingBytesMax: options.waitingBytesMax,
      intervalMs: options.intervalMs,
    });
    this.#worker.on("message", (batch: RingBatch) => this.#batches.push(batch));
    let failure = "its worker thread ended";
    this.#worker.on("error", (error) => {
      failure = `its worker thread failed: ${error.message}`;
    });
    // However the worker ends, nothing stays in the kernel: the descriptors belong to the process, not to the thread.
    this.#ended = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#ring = undefined;
        this.#probe.close();
        this.#batches.end(this.#stopping ? undefined : new SourceFailed(`the eBPF source broke: ${failure}`));
        resolve();
      });
    });
  }

  get lost(): number {
    return this.#lost;
  }

  buffers(): readonly SourceBuffer[] {
    if (this.#ring === undefined) return [];
    const held = Atomics.load(this.#waiting, 0);
    return [
      { name: "ring", unit: "bytes", held: this.#ring.held(), limit: this.#probe.memory.ringBytes },
      { name: "queue", unit: "bytes", held, limit: this.#waitingBytesMax },
    ];
  }

  async *events(): AsyncGenerator<readonly KernelEvent[], void> {
    for await (const { taken, lost } of this.#batches) {
      const events = taken === undefined ? [] : decodeRecords(taken, this.#keepsVariable);
      if (lost > this.#lost) {
        events.push({ kind: "lost", atNs: libc().bootClockNs(), count: lost - this.#lost });
        this.#lost = lost;
      }
      if (events.length > 0) yield events;
      if (taken !== undefined) Atomics.sub(this.#waiting, 0, taken.byteLength);
    }
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#probe.detach();
      this.#worker.postMessage(endMessage);
    }
    await this.#ended;
  }
}
