import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type RuleSeverity, ruleSeverities } from "@tallyman/rules";
import { describeWriteError } from "../output/output-error.ts";
import type { Consumer } from "../spool/consumer.ts";
import type { Spool } from "../spool/spool.ts";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { Backoff, type BackoffSettings } from "./backoff.ts";
import type { Destination } from "./destination.ts";
import type { SetAside } from "./set-aside.ts";

export interface SinkSettings {
  readonly name: string;
  /** Alerts below this are not for the sink. */
  readonly minSeverity: RuleSeverity;
  /** Whether it gets alerts that are only for other rules to see. */
  readonly buildingBlocks: boolean;
  /** How many alerts are delivered at once at most, and how many bytes of them, unless a single one has more. */
  readonly batchCount: number;
  readonly batchBytes: number;
  readonly backoff: BackoffSettings;
}

/** What a sink has done, for people. */
export interface SinkReport {
  readonly name: string;
  /** Alerts delivered in this run. */
  readonly delivered: number;
  /** Alerts that are still in the spool for it. */
  readonly waiting: number;
  /** Alerts lost to it over the life of the spool, since the spool was full. */
  readonly dropped: number;
  /** Alerts that the receiver did not take for what they are, over the life of the spool. */
  readonly refused: number;
  /** Attempts of this run that failed. */
  readonly failures: number;
  /** Why the last attempt failed, while none has succeeded since. */
  readonly problem: string | undefined;
}

/** Something to tell whoever watches the program: a sink is down, or up again. */
export type OnNotice = (text: string) => void;

/** A sink counts as down when so many attempts in a row have failed; what fails now and then is not worth a line. */
const toldFailures = 3;

/** How long the worker waits after the spool itself could not be read. */
const spoolFailureMs = 1000;

/** Takes alerts from the spool and delivers them, as often as it takes. That a sink is down is told once, until it is up again. */
export class SinkWorker {
  readonly #settings: SinkSettings;
  readonly #destination: Destination;
  readonly #spool: Spool;
  readonly #consumer: Consumer;
  readonly #setAside: SetAside;
  readonly #onNotice: OnNotice;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #delivered = 0;
  #failures = 0;
  #failuresInRow = 0;
  #problem: string | undefined;
  #isIdle = false;

  constructor(
    settings: SinkSettings,
    destination: Destination,
    { spool, consumer }: { readonly spool: Spool; readonly consumer: Consumer },
    setAside: SetAside,
    onNotice: OnNotice,
  ) {
    this.#settings = settings;
    this.#destination = destination;
    this.#spool = spool;
    this.#consumer = consumer;
    this.#setAside = setAside;
    this.#onNotice = onNotice;
    this.#backoff = new Backoff(settings.backoff);
  }

  start(): void {
    // From the first delivery on it must be known what was there before it.
    const memo = this.#destination.memo?.();
    if (memo !== undefined) this.#consumer.remember(memo);
    this.#running ??= this.#run();
  }

  /** True when everything in the spool is delivered. */
  get isDone(): boolean {
    return this.#isIdle && this.#consumer.cursor.position >= this.#spool.next;
  }

  /** Ends the delivery that is under way, and frees what the destination holds. What is not delivered stays in the spool. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#spool.wake();
    await this.#running;
    await this.#destination.close();
  }

  report(): SinkReport {
    const { dropped, position, refused } = this.#consumer.cursor;
    return {
      name: this.#settings.name,
      delivered: this.#delivered,
      waiting: this.#spool.next - position,
      dropped,
      refused,
      failures: this.#failures,
      problem: this.#problem,
    };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { begun, position } = this.#consumer.cursor;
      this.#isIdle = position >= this.#spool.next;
      await this.#spool.wait(position);
      if (this.#stop.signal.aborted) return;
      try {
        await this.#take(position, begun);
        // Where nothing of a long backlog is for this sink, detection must get its turn too.
        await nextTurn();
      } catch (error) {
        this.#fail(`the spool fails: ${describeWriteError(error)}`);
        await this.#pause(spoolFailureMs);
      }
    }
  }

  /** Delivers the next alerts; those of a delivery that was begun before a crash are the same again. */
  async #take(position: number, begun: number | undefined): Promise<void> {
    const { batchBytes, batchCount } = this.#settings;
    const again = begun !== undefined && begun > position;
    const countMax = again ? begun - position : batchCount;
    const reading = this.#spool.read(position, countMax, again ? Number.MAX_SAFE_INTEGER : batchBytes);
    if (reading.damaged > 0) {
      this.#onNotice(
        `${reading.damaged} alerts in the spool are damaged; sink '${this.#settings.name}' does not get them`,
      );
    }
    const wanted = reading.alerts.filter((alert) => this.#wants(alert));
    let refused = reading.damaged;
    if (wanted.length > 0) {
      // A receiver must not know of an alert that a failing machine would forget and raise again.
      await this.#spool.sync();
      this.#consumer.begin(reading.end);
      const result = await this.#deliver(wanted);
      if (result === undefined) return;
      refused += result;
      this.#delivered += wanted.length - result;
    }
    this.#consumer.acknowledge(reading.end, refused, this.#destination.memo?.() ?? {});
    this.#spool.release();
  }

  /** Repeats until all are delivered or refused, and gives the number of the latter; undefined when it was stopped. */
  async #deliver(alerts: readonly SpooledAlert[]): Promise<number | undefined> {
    const { signal } = this.#stop;
    let left = alerts;
    let refused = 0;
    while (!signal.aborted) {
      const result = await this.#destination.deliver(left, signal);
      for (const { alert, reason } of result.refused ?? []) {
        refused += 1;
        this.#setAside.add(alert, reason);
      }
      if (result.kind === "done") {
        this.#succeed();
        return refused;
      }
      if (signal.aborted) return undefined;
      // Something was achieved: the next failure is a first one again.
      if (result.left !== undefined && result.left.length < left.length) this.#backoff.reset();
      left = result.left ?? left;
      this.#fail(result.reason);
      await this.#pause(this.#backoff.next(result.afterMs));
    }
    return undefined;
  }

  #wants({ isBuildingBlock, severity }: SpooledAlert): boolean {
    const { buildingBlocks, minSeverity } = this.#settings;
    if (isBuildingBlock && !buildingBlocks) return false;
    return ruleSeverities.indexOf(severity) >= ruleSeverities.indexOf(minSeverity);
  }

  #fail(reason: string): void {
    this.#failures += 1;
    this.#failuresInRow += 1;
    this.#problem = reason;
    if (this.#failuresInRow !== toldFailures) return;
    this.#onNotice(`sink '${this.#settings.name}' is down: ${reason}; its alerts are kept and sent later`);
  }

  #succeed(): void {
    if (this.#failuresInRow >= toldFailures)
      this.#onNotice(`sink '${this.#settings.name}' takes alerts again`);
    this.#failuresInRow = 0;
    this.#problem = undefined;
    this.#backoff.reset();
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {});
  }
}
