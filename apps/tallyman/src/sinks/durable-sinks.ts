import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Alert, AlertSink } from "@tallyman/engine";
import type { SinkConfig } from "../config/sink-keys.ts";
import { Spool, type SpoolOptions } from "../spool/spool.ts";
import { openDestination } from "./open-destination.ts";
import { SetAside } from "./set-aside.ts";
import { type OnNotice, type SinkReport, SinkWorker } from "./sink-worker.ts";

/** What became of the alerts that went to sinks. */
export interface SinksReport {
  readonly sinks: readonly SinkReport[];
  /** Alerts that reached no sink, since the spool could not be written. */
  readonly lost: number;
  /** Why the spool cannot be written; undefined when it can. */
  readonly problem: string | undefined;
}

/** How many bytes of alerts are delivered together at most, unless a single one has more. */
const batchBytes = 4 * 2 ** 20;

/** How often the end of a run looks whether all is delivered. */
const lookMs = 10;

/**
 * The sinks of a run. An alert is put into the spool and that is all that detection waits for; each sink takes it from there when it can. Usable by
 * everything that runs rules.
 */
export class DurableSinks implements AlertSink {
  readonly spool: Spool;
  readonly #workers: readonly SinkWorker[];

  /** Opens the spool in a state folder, and sets the sinks to work on what it holds. Fails as the system does. */
  constructor(folder: string, sinks: readonly SinkConfig[], options: SpoolOptions, onNotice: OnNotice) {
    const place = join(folder, "spool");
    this.spool = new Spool(place, { ...options, onNotice });
    this.#workers = sinks.map((sink) => {
      const consumer = this.spool.consumer(sink.name);
      const settings = {
        name: sink.name,
        minSeverity: sink.min_severity,
        buildingBlocks: sink.building_blocks,
        batchCount: sink.batch,
        batchBytes,
        backoff: { firstMs: sink.retry_first, maxMs: Math.max(sink.retry_first, sink.retry_max) },
      };
      const setAside = new SetAside(join(place, `${sink.name}.refused.ndjson`));
      const destination = openDestination(sink, consumer.cursor.memo);
      return new SinkWorker(settings, destination, { spool: this.spool, consumer }, setAside, onNotice);
    });
  }

  /** Begins to deliver what is in the spool. */
  start(): void {
    for (const worker of this.#workers) worker.start();
  }

  write(alert: Alert): void {
    this.spool.append(alert);
  }

  /** Waits until all is delivered, for so long at most or until the signal, and ends. What is left stays for the next run. */
  async close(waitMs: number, signal: AbortSignal): Promise<void> {
    this.spool.flush();
    const untilMs = performance.now() + waitMs;
    while (this.#workers.some((worker) => !worker.isDone) && performance.now() < untilMs && !signal.aborted) {
      await sleep(lookMs);
    }
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    this.spool.close();
  }

  report(): SinksReport {
    return {
      sinks: this.#workers.map((worker) => worker.report()),
      lost: this.spool.lost,
      problem: this.spool.problem,
    };
  }
}
