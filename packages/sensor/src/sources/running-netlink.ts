import type { Worker } from "node:worker_threads";
import type { KernelEvent } from "@tallyman/session-model";
import type { AuditControl } from "../audit/audit-control.ts";
import { defaultEnvironmentNames } from "../environment.ts";
import { libc } from "../native/libc.ts";
import type { ProcConnector } from "../netlink/proc-connector.ts";
import { controlPlace, type EventBatch } from "../worker/sensor-work.ts";
import { startWorker } from "../worker/worker-file.ts";
import { BatchQueue } from "./batch-queue.ts";
import { type RunningSource, type Sees, type SourceBuffer, SourceFailed } from "./source.ts";

export interface NetlinkOptions {
  /** How many events may wait in this process before they are left in the kernel; 20,000. */
  readonly waitingEventsMax?: number;
  /** Which variables of an environment are kept: names, `*` at an end standing for anything. None with an empty list. */
  readonly environmentNames?: readonly string[];
  /** How many bytes of an environment are looked at; 4,096. */
  readonly environmentBytes?: number;
}

/** What a look into `/proc` shows, if it comes before the process ends. */
export const seenInProc: Sees = {
  args: "some",
  tty: "some",
  sid: "some",
  container: "some",
  env: "some",
  network: "none",
  files: "none",
};

/** The proc connector with `/proc`, and audit where it is given, read by a worker. Takes over both. */
export class RunningNetlink implements RunningSource {
  readonly #name: string;
  readonly #connector: ProcConnector;
  readonly #audit: AuditControl | undefined;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #batches = new BatchQueue<EventBatch>();
  readonly #control = new Int32Array(new SharedArrayBuffer(8));
  readonly #waitingEventsMax: number;
  #lost = 0;
  #stopping = false;

  constructor(name: string, options: NetlinkOptions, connector: ProcConnector, audit?: AuditControl) {
    this.#name = name;
    this.#connector = connector;
    this.#audit = audit;
    const { environmentNames = defaultEnvironmentNames, environmentBytes = 4096 } = options;
    this.#waitingEventsMax = options.waitingEventsMax ?? 20_000;
    this.#worker = startWorker({
      kind: "netlink",
      connectorFd: connector.socket.fd,
      ...(audit === undefined ? {} : { auditFd: audit.records.fd }),
      control: this.#control.buffer,
      waitingEventsMax: this.#waitingEventsMax,
      environmentNames,
      environmentBytes: environmentNames.length > 0 ? environmentBytes : 0,
    });
    this.#worker.on("message", (batch: EventBatch) => this.#batches.push(batch));
    let failure = "its worker thread ended";
    this.#worker.on("error", (error) => {
      failure = `its worker thread failed: ${error.message}`;
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#batches.end(this.#close(failure));
        resolve();
      });
    });
  }

  get lost(): number {
    return this.#lost;
  }

  /** What waits in the kernel's sockets, nobody is told. */
  buffers(): readonly SourceBuffer[] {
    const held = Atomics.load(this.#control, controlPlace.waiting);
    return [{ name: "queue", unit: "events", held, limit: this.#waitingEventsMax }];
  }

  async *events(): AsyncGenerator<readonly KernelEvent[], void> {
    for await (const { events, lost } of this.#batches) {
      const dropped = lost + (this.#audit?.lost() ?? 0) - this.#lost;
      this.#lost += dropped;
      if (events.length > 0) yield events;
      if (dropped > 0) yield [{ kind: "lost", atNs: libc().bootClockNs(), count: dropped }];
      Atomics.sub(this.#control, controlPlace.waiting, events.length);
      Atomics.notify(this.#control, controlPlace.waiting);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    Atomics.store(this.#control, controlPlace.end, 1);
    await this.#ended;
  }

  /** Gives what the reader of the events should learn of the end. */
  #close(failure: string): SourceFailed | undefined {
    this.#connector.close();
    try {
      this.#audit?.restore();
    } catch (error) {
      return new SourceFailed(`what audit was before could not be put back: ${(error as Error).message}`);
    }
    return this.#stopping ? undefined : new SourceFailed(`the ${this.#name} source broke: ${failure}`);
  }
}
