import type { JsonObject } from "@tallyman/ecs";
import type { Alert, AlertSink, Clock, EngineReport, Indicator, PreparedRules } from "@tallyman/engine";
import type { ScanOptions } from "../commands/scan-options.ts";
import { interruptible } from "../interrupt.ts";
import type { RulesFigures } from "../metrics/detection-metrics.ts";
import { describeWriteError, errorCode } from "../output/output-error.ts";
import { writeStandardError } from "../output/output-stream.ts";
import { countReasons } from "../output/reason-counts.ts";
import type { Terminal } from "../output/terminal.ts";
import { FileWatch } from "../reload/file-watch.ts";
import type { LiveEngine } from "../reload/live-engine.ts";
import { takeUpRules } from "../reload/take-up-rules.ts";
import { DurableSinks, type SinksReport } from "../sinks/durable-sinks.ts";
import type { StateFolder } from "../state/state-folder.ts";
import { type StateReport, StateSaver, type StateSource } from "../state/state-saver.ts";
import type { LoadedRules } from "./load-rules.ts";
import { type OpenedEngine, openEngine } from "./open-engine.ts";

/** What rules run in: everything around them that is not theirs. */
export interface DetectionSetting {
  readonly options: Pick<ScanOptions, "index" | "learnFor" | "limits" | "quiet" | "saveEveryMs" | "sinks">;
  readonly loaded: LoadedRules;
  readonly folder: StateFolder;
  readonly clock: Clock;
  readonly errorTerminal: Terminal;
  /** Says a sentence without a full stop to whoever watches. */
  readonly say: (text: string) => void;
  /** Takes every alert, as the sinks do. */
  readonly output: AlertSink;
}

/** What came of the state and of the sinks at the end. */
export interface DetectionEnd {
  readonly stateProblem: string | undefined;
  readonly sinks: SinksReport;
}

/** What is known of the histories of rules, for the summary. */
interface HistoryCounts {
  readonly isEmptyAtStart: boolean;
  readonly evicted: number;
  readonly dropped: number;
}

/** How often alerts in which others are counted are given again with their present counts. */
const updateMs = 60_000;

/**
 * Rules at work on a live source: the engine, its state in a folder, saved again and again, sinks that alerts are delivered to, and files of rules and
 * exceptions that are taken up when they change. Nothing is replayed after a restart: what happened between two runs, nobody has seen.
 */
export class Detection {
  readonly #setting: DetectionSetting;
  readonly #engine: LiveEngine;
  readonly #opened: OpenedEngine;
  readonly #isEmptyAtStart: boolean;
  readonly #sinks: DurableSinks | undefined;
  readonly #saver: StateSaver;
  readonly #watch: FileWatch;
  readonly #reloads = { changed: 0, refused: 0 };
  #rules: PreparedRules;
  #updateDueMs: number;

  /** Reads the state of the folder and opens the sinks; a sentence without a full stop when one of them cannot be used. */
  static open(setting: DetectionSetting): Detection | string {
    const { clock, folder, loaded, options, say } = setting;
    const opened = openEngine(folder, loaded.rules.prepared, options, { liveClock: clock });
    if (typeof opened === "string") return opened;
    if (opened.found.problem !== undefined) say(opened.found.problem);
    try {
      return new Detection(setting, opened);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return `the spool in '${folder.path}' cannot be used: ${describeWriteError(error)}`;
    }
  }

  private constructor(setting: DetectionSetting, opened: OpenedEngine) {
    const { clock, folder, loaded, options, say } = setting;
    this.#setting = setting;
    this.#opened = opened;
    this.#rules = loaded.rules.prepared;
    this.#engine = opened.engine;
    this.#isEmptyAtStart = opened.found.store.usage().length === 0;
    const spool = { bytesMax: options.limits.spool, onSegment: () => this.#saver.request() };
    this.#sinks =
      options.sinks.length === 0 ? undefined : new DurableSinks(folder.path, options.sinks, spool, say);
    this.#saver = new StateSaver(folder, this.#stateSource(), options.saveEveryMs, say);
    this.#watch = new FileWatch(
      () => loaded.reloader.watched,
      () => this.#reload(),
    );
    this.#updateDueMs = clock.nowMs() + updateMs;
  }

  /** Begins to deliver, to save, and to look for rules that change. */
  start(): void {
    this.#sinks?.start();
    this.#saver.start();
    this.#watch.start();
  }

  /** Makes indicators known to the rules; says how many of them are of no use to any. */
  addIndicators(given: Iterable<Indicator>): number {
    return this.#engine.addIndicators(given);
  }

  /** Prepares for documents like these, which nothing is raised or remembered of. */
  rehearse(documents: Iterable<JsonObject>): void {
    for (const document of documents) this.#engine.rehearse({ document });
  }

  process(document: JsonObject): void {
    this.#raise(this.#engine.process({ document }));
  }

  /** Raises what time alone decides: to be called several times a second. */
  tick(): void {
    const nowMs = this.#setting.clock.nowMs();
    this.#raise(this.#engine.advance(nowMs));
    if (nowMs < this.#updateDueMs) return;
    this.#updateDueMs = nowMs + updateMs;
    this.#raise(this.#engine.flush());
  }

  report(): EngineReport & { readonly history: HistoryCounts } {
    const { found, restarted } = this.#opened;
    const evicted = found.store.usage().reduce((sum, usage) => sum + usage.evicted, 0);
    const dropped = found.store.dropped().length + restarted;
    const history = { isEmptyAtStart: this.#isEmptyAtStart, evicted, dropped };
    return { ...this.#engine.report(), history };
  }

  /** Which rules run now. */
  rulesReport(): RulesFigures {
    const { idle, ready } = this.#rules;
    const reasons = countReasons(idle.map(({ reason }) => reason));
    return { running: ready.length, idle: reasons, reloads: { ...this.#reloads } };
  }

  stateReport(): StateReport {
    return this.#saver.report();
  }

  sinksReport(): SinksReport {
    return this.#sinks?.report() ?? { sinks: [], lost: 0, problem: undefined };
  }

  /** Gives the last counts. To be called while the output still takes alerts; after it come no more. */
  finish(): void {
    this.#watch.stop();
    this.#raise(this.#engine.flush());
  }

  /** Saves the state a last time and waits for the sinks, though not after another request to end. */
  async close(): Promise<DetectionEnd> {
    await this.#saver.stop();
    await this.#saver.save();
    const stateProblem = this.#saver.problem;
    if (this.#sinks !== undefined) {
      const interrupt = interruptible();
      await this.#sinks.close(this.#setting.options.limits.delivery_wait, interrupt.signal);
      interrupt.stop();
    }
    return { stateProblem, sinks: this.sinksReport() };
  }

  #raise(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      this.#sinks?.write(alert);
      this.#setting.output.write(alert);
    }
  }

  #stateSource(): StateSource {
    const { found } = this.#opened;
    const spool = this.#sinks?.spool;
    return {
      store: found.store,
      capture: () => ({
        engine: this.#engine.save(),
        position: undefined,
        spoolNext: spool?.next ?? found.run?.spoolNext ?? 0,
        output: undefined,
      }),
      beforeUse: async () => {
        spool?.flush();
        await spool?.sync();
        return spool?.problem;
      },
      saved: ({ spoolNext }) => spool?.saved(spoolNext),
    };
  }

  #reload(): void {
    const { errorTerminal, loaded, options, say } = this.#setting;
    const result = takeUpRules(loaded.reloader, this.#engine, {
      errorTerminal,
      isQuiet: options.quiet,
      print: writeStandardError,
      say,
      alerts: { write: (alert) => this.#raise([alert]) },
    });
    if (result.kind === "unchanged") return;
    this.#reloads[result.kind] += 1;
    if (result.kind === "changed") this.#rules = result.rules.prepared;
  }
}
