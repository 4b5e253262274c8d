import type { JsonObject } from "@tallyman/ecs";
import { type Agent, type Host, type ModelReport, SessionModel } from "@tallyman/session-model";
import { defaultEnvironmentNames, keepsVariables } from "./environment.ts";
import { AccountNames } from "./host/account-names.ts";
import { bootTime } from "./host/boot-time.ts";
import { HostFiles } from "./host/host-files.ts";
import { hostRoot } from "./host/host-root.ts";
import { readHost } from "./host/read-host.ts";
import { ProcReader } from "./proc/read-processes.ts";
import type { RunningSource, SourceBuffer } from "./sources/source.ts";

export interface SensorSettings {
  readonly agent: Agent;
  /** Which variables of environments are kept, as for the source. */
  readonly environmentNames?: readonly string[];
  readonly environmentBytes?: number;
  /** The Kubernetes cluster, as the operator names it. */
  readonly cluster?: Host["cluster"];
}

/** What a sensor holds, and what it could not do. Counts since its start. */
export interface SensorReport extends ModelReport {
  /** Events that the source had to drop: its ring in the kernel, or its queue, was full. */
  readonly lost: number;
  /** How often `/proc` was read: at the start, and again after events were lost. */
  readonly snapshots: number;
  /** Where events wait, and how full it is now. */
  readonly buffers: readonly SourceBuffer[];
}

/** After events were lost, `/proc` is read again, but not sooner than so long after the last time: it takes some milliseconds for each hundred processes. */
const snapshotPauseMs = 1000;

/** A live host as a stream of ECS documents: a source that was started, and the session model that understands it. */
export class Sensor {
  readonly host: Host;
  readonly #source: RunningSource;
  readonly #model: SessionModel;
  readonly #processes: ProcReader;
  #snapshots = 0;
  #snapshotDueMs: number | undefined;
  #lastSnapshotMs = 0;

  /** Takes over a source that runs; what happens from its start on is in the documents. */
  constructor(source: RunningSource, settings: SensorSettings) {
    const { agent, cluster, environmentBytes = 4096, environmentNames = defaultEnvironmentNames } = settings;
    const files = new HostFiles(hostRoot());
    this.host = readHost(files, cluster);
    this.#source = source;
    this.#model = new SessionModel(this.host, agent, {
      names: new AccountNames(files),
      runtimeFiles: files,
      bootTimeNs: bootTime(),
    });
    this.#processes = new ProcReader({ keepsVariable: keepsVariables(environmentNames), environmentBytes });
  }

  /**
   * The documents, to be read once: first `already_running` ones for the processes that are there, then those of events as they come. Nobody may change them.
   * Ends after `stop`, with all that was reported before; throws SourceFailed when the source breaks.
   */
  async *documents(): AsyncGenerator<readonly JsonObject[], void> {
    const batches = this.#source.events()[Symbol.asyncIterator]();
    yield this.#snapshot();
    let next = batches.next();
    for (;;) {
      const result = await this.#orSnapshotDue(next);
      if (result === undefined) {
        yield this.#snapshot();
        continue;
      }
      if (result.done) return;
      const documents: JsonObject[] = [];
      for (const event of result.value) {
        if (event.kind === "lost") this.#planSnapshot();
        documents.push(...this.#model.handle(event));
      }
      if (documents.length > 0) yield documents;
      next = batches.next();
    }
  }

  /** Takes everything out of the kernel again and ends the documents. */
  async stop(): Promise<void> {
    await this.#source.stop();
  }

  report(): SensorReport {
    const { lost } = this.#source;
    return { ...this.#model.report(), lost, snapshots: this.#snapshots, buffers: this.#source.buffers() };
  }

  #snapshot(): readonly JsonObject[] {
    const documents = this.#model.snapshot(this.#processes.readAll());
    this.#snapshots += 1;
    this.#snapshotDueMs = undefined;
    this.#lastSnapshotMs = performance.now();
    return documents;
  }

  /** Among what was lost are processes that began or ended unnoticed. */
  #planSnapshot(): void {
    this.#snapshotDueMs ??= Math.max(performance.now(), this.#lastSnapshotMs + snapshotPauseMs);
  }

  /** What comes first of the two; undefined for the snapshot. */
  async #orSnapshotDue<T>(next: Promise<T>): Promise<T | undefined> {
    if (this.#snapshotDueMs === undefined) return next;
    const waitMs = this.#snapshotDueMs - performance.now();
    if (waitMs <= 0) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const due = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), waitMs);
    });
    try {
      return await Promise.race([next, due]);
    } finally {
      clearTimeout(timer);
    }
  }
}
