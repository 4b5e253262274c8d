import type { Alert, AlertSink, Clock, EngineReport } from "@tallyman/engine";
import type { ScanOptions } from "../commands/scan-options.ts";
import { interruptible } from "../interrupt.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { describeWriteError, errorCode } from "../output/output-error.ts";
import { writeStandardError } from "../output/output-stream.ts";
import { counted, formatCount } from "../output/quantity.ts";
import type { Terminal } from "../output/terminal.ts";
import { FileWatch } from "../reload/file-watch.ts";
import { LiveEngine } from "../reload/live-engine.ts";
import { DurableSinks, type SinksReport } from "../sinks/durable-sinks.ts";
import type { FoundState, StateFolder } from "../state/state-folder.ts";
import { StateSaver } from "../state/state-saver.ts";
import type { LoadedRules } from "./load-rules.ts";

export type DetectionOptions = Pick<
  ScanOptions,
  "index" | "learnFor" | "limits" | "rules" | "saveEveryMs" | "sinks"
>;

/** What rules run in: everything around them that is not theirs. */
export interface DetectionSetting {
  readonly options: DetectionOptions;
  readonly loaded: LoadedRules;
  readonly folder: StateFolder;
  readonly clock: Clock;
  readonly errorTerminal: Terminal;
  /** Says a sentence without a full stop to whoever watches. */
  readonly say: (text: string) => void;
}

/** What came of the state and of the sinks at the end. */
export interface DetectionEnd {
  readonly stateProblem: string | undefined;
  readonly sinks: SinksReport;
}

/**
 * Rules at work on a live source: the engine, its state in a folder, saved again and again, sinks that alerts are delivered to, and rule files that are taken
 * up when they change. Nothing is replayed after a restart: what was lost between two runs is lost.
 */
export class Detection implements AlertSink {
  readonly engine: LiveEngine;
  readonly #setting: DetectionSetting;
  readonly #found: FoundState;
  readonly #sinks: DurableSinks | undefined;
  readonly #saver: StateSaver;
  readonly #watch: FileWatch;
  readonly #isEmptyAtStart: boolean;
  /** Rules that have changed since the last run, so that they begin anew. */
  readonly #restarted: number;

  /** Reads the state of the folder and opens the sinks; a sentence without a full stop when one of them cannot be used. */
  static open(setting: DetectionSetting): Detection | string {
    const { folder, options } = setting;
    const storeOptions = { termsMax: options.limits.terms };
    let found = folder.load(storeOptions);
    if (typeof found === "string") return found;
    let engine = engineFor(setting, found);
    let restarted = found.run === undefined ? 0 : engine.restore(found.run.engine);
    if (restarted === undefined) {
      found = folder.setAside("it holds no state of rules", storeOptions);
      if (typeof found === "string") return found;
      engine = engineFor(setting, found);
      restarted = 0;
    }
    if (found.problem !== undefined) setting.say(found.problem);
    try {
      return new Detection(setting, engine, found, restarted);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return `the spool in '${folder.path}' cannot be used: ${describeWriteError(error)}`;
    }
  }

  private constructor(setting: DetectionSetting, engine: LiveEngine, found: FoundState, restarted: number) {
    const { folder, options, say } = setting;
    this.engine = engine;
    this.#setting = setting;
    this.#found = found;
    this.#restarted = restarted;
    this.#isEmptyAtStart = found.store.usage().length === 0;
    const spool = { bytesMax: options.limits.spool, onSegment: () => this.#saver.request() };
    this.#sinks =
      options.sinks.length === 0 ? undefined : new DurableSinks(folder.path, options.sinks, spool, say);
    this.#saver = new StateSaver(folder, this.#stateSource(), options.saveEveryMs, say);
    this.#watch = new FileWatch(options.rules, () => this.#reload());
  }

  /** Begins to deliver, to save, and to look for rules that change. */
  start(): void {
    this.#sinks?.start();
    this.#saver.start();
    this.#watch.start();
  }

  /** Takes an alert for the sinks. */
  write(alert: Alert): void {
    this.#sinks?.write(alert);
  }

  report(): EngineReport {
    return this.engine.report();
  }

  /** What the histories of rules have come to, for the summary. */
  history(): { readonly isEmptyAtStart: boolean; readonly evicted: number; readonly dropped: number } {
    const { store } = this.#found;
    return {
      isEmptyAtStart: this.#isEmptyAtStart,
      evicted: store.usage().reduce((sum, { evicted }) => sum + evicted, 0),
      dropped: store.dropped().length + this.#restarted,
    };
  }

  /** Saves the state a last time and waits for the sinks, though not after another request to end. */
  async close(): Promise<DetectionEnd> {
    this.#watch.stop();
    await this.#saver.stop();
    await this.#saver.save();
    const stateProblem = this.#saver.problem;
    if (this.#sinks === undefined) return { stateProblem, sinks: { sinks: [], lost: 0, problem: undefined } };
    const interrupt = interruptible();
    await this.#sinks.close(this.#setting.options.limits.delivery_wait, interrupt.signal);
    interrupt.stop();
    return { stateProblem, sinks: this.#sinks.report() };
  }

  #stateSource() {
    const spool = this.#sinks?.spool;
    return {
      store: this.#found.store,
      capture: () => ({
        engine: this.engine.save(),
        position: undefined,
        spoolNext: spool?.next ?? this.#found.run?.spoolNext ?? 0,
        output: undefined,
      }),
      beforeUse: async () => {
        spool?.flush();
        await spool?.sync();
      },
      saved: ({ spoolNext }: { readonly spoolNext: number }) => spool?.saved(spoolNext),
    };
  }

  #reload(): void {
    const { errorTerminal, loaded, say } = this.#setting;
    const result = loaded.reloader.reload();
    if (result.kind === "unchanged") return;
    if (result.diagnostics.length > 0)
      writeStandardError(printDiagnostics(result.diagnostics, errorTerminal));
    if (result.kind === "refused") {
      say("the rules cannot be read now; those that run stay as they are");
      return;
    }
    const { prepared } = result.rules;
    const restarted = this.engine.replace(prepared);
    const kept =
      result.kept.length === 0
        ? ""
        : `; ${counted(result.kept.length, "file")} as before, since the new text has errors`;
    const anew = restarted === 0 ? "" : `, ${formatCount(restarted)} of them from the beginning`;
    say(`rules were read anew: ${counted(prepared.ready.length, "rule")} running${anew}${kept}`);
  }
}

function engineFor({ clock, loaded, options }: DetectionSetting, { store }: FoundState): LiveEngine {
  return new LiveEngine(loaded.rules.prepared, {
    firstSeen: store,
    liveClock: clock,
    learnForMs: options.learnFor,
    openSequencesMax: options.limits.open_sequences,
    ...(options.index === undefined ? {} : { indexName: options.index }),
  });
}
