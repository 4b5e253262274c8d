import { statSync } from "node:fs";
import { resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isatty } from "node:tty";
import { isJsonObject, type Json } from "@tallyman/ecs";
import {
  type Alert,
  type AlertSink,
  type EventSource,
  eventTimeOf,
  learnFrom,
  type PreparedRules,
  RuleProfiler,
  runPipeline,
} from "@tallyman/engine";
import { type RuleSeverity, ruleSeverities } from "@tallyman/rules";
import { type LoadedRules, loadRunnableRules } from "../detection/load-rules.ts";
import { openEngine } from "../detection/open-engine.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { fieldTypesIn } from "../field-types.ts";
import { loadIndicators } from "../indicators/load-indicators.ts";
import { InputPositions } from "../input/input-position.ts";
import type { InputReport } from "../input/input-report.ts";
import { type EventInput, readEvents } from "../input/read-events.ts";
import { interruptible } from "../interrupt.ts";
import { alertFormatFor } from "../output/alert-format.ts";
import { type AlertWriter, createAlertWriter } from "../output/alert-writer.ts";
import { fail } from "../output/fail.ts";
import { foreignInputs } from "../output/foreign-inputs.ts";
import { skippedIndicators, skippedRecords } from "../output/input-problems.ts";
import { harmlessJson } from "../output/json-line.ts";
import { knownAlerts } from "../output/known-alerts.ts";
import { ClosedPipe, describeWriteError, errorCode, OutputError } from "../output/output-error.ts";
import {
  type Output,
  openOutputFile,
  openStandardOutput,
  writeStandardError,
} from "../output/output-stream.ts";
import { printable } from "../output/printable.ts";
import { profileJson, renderProfile } from "../output/profile-table.ts";
import { type Progress, startProgress } from "../output/progress.ts";
import { countReasons } from "../output/reason-counts.ts";
import { renderSummary, type ScanSummary } from "../output/summary.ts";
import { describeTerminal, standardStream, type Terminal } from "../output/terminal.ts";
import { FileWatch } from "../reload/file-watch.ts";
import type { LiveEngine } from "../reload/live-engine.ts";
import type { RuleReloader } from "../reload/rule-reloader.ts";
import { takeUpRules } from "../reload/take-up-rules.ts";
import { DurableSinks, type SinksReport } from "../sinks/durable-sinks.ts";
import { alertKey, suppressedIn } from "../spool/alert-key.ts";
import { type FoundState, StateFolder } from "../state/state-folder.ts";
import type { SavedRun } from "../state/state-format.ts";
import { StateSaver, type StateSource } from "../state/state-saver.ts";
import { JudgePool } from "../workers/judge-pool.ts";
import { portableRule } from "../workers/portable-rule.ts";
import { type ScanFlags, type ScanOptions, scanOptions } from "./scan-options.ts";

/** `tallyman scan`: rules over recorded events, alerts to the output and to sinks, a summary to standard error. */
export async function scan(files: readonly string[], flags: ScanFlags): Promise<ExitCode> {
  const options = scanOptions(files, flags);
  const paths = inputsOf(options.files, options.learnFrom);
  const errorTerminal = describeTerminal(standardStream("stderr"), process.env, options.color);
  const loaded = loadRunnableRules(options, errorTerminal);
  if (typeof loaded === "string") return fail(loaded, exitCode.failed);
  const folder = options.state === undefined ? undefined : StateFolder.open(options.state);
  if (typeof folder === "string") return fail(folder, exitCode.incomplete);
  try {
    return await scanWith(options, paths, { errorTerminal, folder, loaded });
  } finally {
    folder?.close();
  }
}

interface ScanSetting {
  readonly errorTerminal: Terminal;
  readonly folder: StateFolder | undefined;
  readonly loaded: LoadedRules;
}

async function scanWith(
  options: ScanOptions,
  paths: readonly string[],
  { errorTerminal, folder, loaded: { reloader, rules } }: ScanSetting,
): Promise<ExitCode> {
  const read = [
    ...paths,
    ...options.learnFrom,
    ...options.indicators,
    ...rules.rules.map(({ source }) => source.text.name),
    ...rules.exceptionFiles,
    ...reloader.watched,
    ...[options.configFile, options.fieldTypes].filter((path) => path !== undefined),
  ];
  const profiler =
    options.profile || options.profileOutput !== undefined
      ? new RuleProfiler(() => performance.now())
      : undefined;
  const isJudged = options.workers > 0;
  const opened = openEngine(folder, rules.prepared, options, {
    isJudged,
    ...(profiler === undefined ? {} : { profiler }),
  });
  if (typeof opened === "string") return fail(opened, exitCode.incomplete);
  // The summary counts rules that begin anew with the histories that were dropped for the same reason.
  const { engine, found, restarted } = opened;
  if (found.problem !== undefined) fail(found.problem, exitCode.incomplete);
  const isEmptyAtStart = found.store.usage().length === 0 && options.learnFrom.length === 0;
  const known = await loadIndicators(options.indicators, engine);
  const unreadable = known.reports.find(({ failure }) => failure !== undefined)?.failure;
  if (unreadable !== undefined)
    return fail(`nothing was scanned: ${unreadable.message}`, exitCode.incomplete);
  // Opened before the scan, since after a long one it would be late to learn that it cannot be written.
  const profileOutput =
    options.profileOutput === undefined ? undefined : openOutputFile(options.profileOutput, read);
  const run = new ScanRun(options, engine, found, folder, reloader, read);
  if (isJudged) run.judgeBy(rules.prepared);
  const outcome = await run.through(paths);

  const report = engine.report();
  const summary: ScanSummary = {
    isInterrupted: outcome.isInterrupted,
    seconds: run.seconds,
    byteCount: run.scanned?.total().textBytes ?? 0,
    events: {
      ...report,
      late: sumOf(run.reports, (each) => each.total().late),
      releasedEarly: sumOf(run.reports, (each) => each.releasedEarly),
      invalidUtf8: sumOf(run.reports, (each) => each.total().invalidUtf8),
      passedOver: run.passedOver,
    },
    rules: report.rules,
    notRun: countReasons(rules.prepared.idle.map(({ reason }) => reason)),
    hiddenAlerts: outcome.hiddenAlerts,
    history: {
      isEmptyAtStart,
      evicted: found.store.usage().reduce((sum, { evicted }) => sum + evicted, 0),
      dropped: found.store.dropped().length + restarted,
    },
    foreign: foreignInputs(run.reports),
    uselessIndicators: known.useless,
    skipped: [...skippedIndicators(known.reports), ...skippedRecords(run.reports)],
    failures: run.reports.flatMap((each) => each.files.flatMap(({ failure }) => failure ?? [])),
    outputError: outcome.failure instanceof OutputError ? outcome.failure : undefined,
    sinks: outcome.sinks,
  };
  if (!(outcome.failure instanceof ClosedPipe)) {
    const text = renderSummary(summary, errorTerminal, { quiet: options.quiet });
    // Where alerts and summary are read in one place, a line parts them.
    const isBelowAlerts = run.gravest >= 0 && options.output === undefined;
    const isParted = isBelowAlerts && (alertFormatFor(options) === "table" || errorTerminal.isTerminal);
    writeStandardError(isParted && text !== "" ? `\n${text}` : text);
  }
  let isProfileWhole = true;
  if (profiler !== undefined) {
    const profile = profiler.profile();
    if (options.profile) writeStandardError(`\n${renderProfile(profile, report, errorTerminal)}`);
    const text = harmlessJson(JSON.stringify(profileJson(profile, report), undefined, 2));
    isProfileWhole = profileOutput === undefined || writeWhole(profileOutput, `${text}\n`);
  }
  if (outcome.stateProblem !== undefined) fail(outcome.stateProblem, exitCode.incomplete);
  if (run.learningFailed) {
    return fail("nothing was scanned, since not all of --learn-from could be read", exitCode.incomplete);
  }
  const isStateWhole = outcome.stateProblem === undefined && found.problem === undefined;
  return exitStatus(summary, outcome, !isStateWhole || !isProfileWhole, run.gravest, options.failOn);
}

/** Writes a text and closes the output. False when that failed, which is told; a reader who has left has not asked for more. */
function writeWhole(output: Output, text: string): boolean {
  try {
    output.write(text);
    output.close();
    return true;
  } catch (error) {
    const failure = outputFailure(error);
    if (failure instanceof OutputError) fail(failure.message, exitCode.incomplete);
    return failure instanceof ClosedPipe;
  }
}

interface ScanOutcome {
  readonly isInterrupted: boolean;
  readonly failure: OutputError | ClosedPipe | undefined;
  readonly hiddenAlerts: number;
  readonly stateProblem: string | undefined;
  readonly sinks: SinksReport;
}

/** After a request to end, sinks are waited for no longer than this. */
const interruptedWaitMs = 2000;

/** How long events are processed before others get their turn. */
const turnMs = 10;

/** No alert waits longer in the output. */
const flushMs = 200;

/** One pass over the inputs: what is learned from first, then what is scanned. */
class ScanRun {
  /** Of all inputs, those that were learned from first. */
  readonly reports: InputReport[] = [];
  /** Of the inputs that were scanned. */
  scanned: InputReport | undefined;
  /** True when not all could be learned from; then nothing is scanned. */
  learningFailed = false;
  /** How long the scan took, without learning. */
  seconds = 0;
  readonly #options: ScanOptions;
  readonly #engine: LiveEngine;
  readonly #found: FoundState;
  readonly #folder: StateFolder | undefined;
  readonly #reloader: RuleReloader;
  readonly #inputs: readonly string[];
  readonly #progress: Progress;
  /** Threads that judge events before the engine sees them. */
  readonly #judges: JudgePool | undefined;
  /** As they were at the start, like the catalogue that rules are compiled by. */
  readonly #fieldTypes: ReturnType<typeof fieldTypesIn>;
  #positions: InputPositions | undefined;
  /** Alerts that a run which was cut off has written to the output. */
  #known: Set<string> = new Set();
  #output: Output | undefined;
  /** Where alerts go. */
  #sink: AlertSink | undefined;
  #saver: StateSaver | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #failure: OutputError | ClosedPipe | undefined;
  #isDone = false;
  #gravest = -1;

  constructor(
    options: ScanOptions,
    engine: LiveEngine,
    found: FoundState,
    folder: StateFolder | undefined,
    reloader: RuleReloader,
    inputs: readonly string[],
  ) {
    this.#options = options;
    this.#engine = engine;
    this.#found = found;
    this.#folder = folder;
    this.#reloader = reloader;
    this.#inputs = inputs;
    this.#progress = startProgress(describeTerminal(standardStream("stderr"), process.env, options.color));
    const { fieldTypes, workers } = options;
    this.#fieldTypes = fieldTypesIn(fieldTypes);
    this.#judges = workers === 0 ? undefined : new JudgePool(workers, (problem) => this.#say(problem));
  }

  /** Lets threads judge events by the rules that the engine has now, if there are to be any; they end when all has gone through. */
  judgeBy(prepared: PreparedRules): void {
    const work = {
      rules: prepared.ready.map(({ rule }) => portableRule(rule)),
      fieldTypes: this.#fieldTypes,
      indexName: this.#options.index,
      aliases: this.#engine.aliases,
    };
    this.#judges?.begin(work, this.#engine, prepared);
  }

  /** The place in the order of severities of the gravest alert; -1 when there was none. */
  get gravest(): number {
    return this.#gravest;
  }

  /** Events that an earlier run has processed. */
  get passedOver(): number {
    return this.#positions?.passedOver ?? 0;
  }

  async through(paths: readonly string[]): Promise<ScanOutcome> {
    const interrupt = interruptible();
    const watch = this.#options.reload
      ? new FileWatch(
          () => this.#reloader.watched,
          () => this.#reload(),
        )
      : undefined;
    let writer: AlertWriter | undefined;
    let sinks: DurableSinks | undefined;
    let beginMs = performance.now();
    try {
      const earlier = this.#earlierPosition(paths);
      if (this.#folder !== undefined) this.#positions = new InputPositions(paths, earlier);
      writer = this.#openWriter(earlier !== undefined);
      sinks = this.#openSinks();
      if (this.#options.learnFrom.length > 0 && earlier === undefined) {
        const input = this.#read(this.#options.learnFrom, interrupt.signal);
        await learnFrom(this.#events(input, interrupt.signal), this.#engine);
        this.learningFailed = input.report.total().failures > 0;
      }
      beginMs = performance.now();
      // Beside half a history much would only seem new.
      if (!this.learningFailed) {
        this.#startSaving(sinks);
        watch?.start();
        const input = this.#read(paths, interrupt.signal, this.#positions);
        this.scanned = input.report;
        this.#sink = this.#noting(writer, sinks);
        await runPipeline(this.#events(input, interrupt.signal), this.#engine, this.#sink);
        this.#isDone = !interrupt.signal.aborted;
      }
    } catch (error) {
      this.#failure = outputFailure(error);
    } finally {
      this.seconds = (performance.now() - beginMs) / 1000;
      watch?.stop();
      this.#progress.stop();
      interrupt.stop();
      await this.#judges?.close();
    }
    clearTimeout(this.#flushTimer);
    try {
      writer?.close();
    } catch (error) {
      this.#failure ??= outputFailure(error);
    }
    const isInterrupted = interrupt.signal.aborted;
    return {
      isInterrupted,
      failure: this.#failure,
      hiddenAlerts: writer?.hidden ?? 0,
      stateProblem: await this.#saveLast(),
      sinks: await this.#closeSinks(sinks, isInterrupted),
    };
  }

  /** Where the last run with this state was cut off, when it read the same inputs. */
  #earlierPosition(paths: readonly string[]): Json | undefined {
    const position = this.#found.run?.position;
    const files = position?.["files"];
    if (!isJsonObject(files)) return undefined;
    const names = Object.keys(files);
    return names.length === paths.length && paths.every((path) => names.includes(path))
      ? position
      : undefined;
  }

  #openWriter(isContinued: boolean): AlertWriter {
    const { color, output: path } = this.#options;
    const format = alertFormatFor(this.#options);
    const before = this.#found.run?.output;
    const isAppended =
      isContinued && format === "ndjson" && path !== undefined && before?.["path"] === resolve(path);
    if (isAppended) this.#known = knownAlerts(path, Number(before?.["size"]));
    const settings = { beforeWrite: () => this.#progress.clear(), append: isAppended };
    this.#output =
      path === undefined ? openStandardOutput(settings) : openOutputFile(path, this.#inputs, settings);
    const terminal = describeTerminal(path === undefined ? standardStream("stdout") : {}, process.env, color);
    return createAlertWriter(format, this.#output, terminal);
  }

  #openSinks(): DurableSinks | undefined {
    const { limits, sinks } = this.#options;
    if (this.#folder === undefined || sinks.length === 0) return undefined;
    const spool = { bytesMax: limits.spool, onSegment: () => this.#saver?.request() };
    const from = this.#found.run?.spoolNext ?? 0;
    return openSinks(from, this.#folder.path, sinks, spool, (text) => this.#say(text));
  }

  #startSaving(sinks: DurableSinks | undefined): void {
    if (this.#folder === undefined) return;
    const source: StateSource = {
      store: this.#found.store,
      capture: () => this.#capture(sinks),
      beforeUse: async () => {
        this.#flush();
        sinks?.spool.flush();
        await sinks?.spool.sync();
        // Otherwise the next run would pass over events whose alerts have reached nobody.
        return this.#failure === undefined ? sinks?.spool.problem : "not all alerts could be printed";
      },
      saved: ({ spoolNext }) => sinks?.spool.saved(spoolNext),
    };
    this.#saver = new StateSaver(this.#folder, source, this.#options.saveEveryMs, (problem) =>
      this.#say(problem),
    );
    this.#saver.start();
  }

  #capture(sinks: DurableSinks | undefined): SavedRun {
    this.#flush();
    const { output } = this.#options;
    return {
      engine: this.#engine.save(),
      position: this.#isDone ? undefined : this.#positions?.save(),
      // Of inputs that were processed to their end nothing is replayed.
      spoolNext:
        (this.#isDone ? sinks?.spool.next : sinks?.spool.replayFrom) ?? this.#found.run?.spoolNext ?? 0,
      output: output === undefined ? undefined : { path: resolve(output), size: fileSize(output) },
    };
  }

  /** Saves the state at the end; gives the reason when it was not saved though it should have been. */
  async #saveLast(): Promise<string | undefined> {
    await this.#saver?.stop();
    // What the output did not take, a later run must raise again.
    if (this.#saver === undefined || this.#failure !== undefined) return undefined;
    await this.#saver.save();
    return this.#saver.problem;
  }

  async #closeSinks(sinks: DurableSinks | undefined, isInterrupted: boolean): Promise<SinksReport> {
    if (sinks === undefined) return { sinks: [], lost: 0, problem: undefined };
    const interrupt = interruptible();
    const waitMs = this.#options.limits.delivery_wait;
    await sinks.close(isInterrupted ? Math.min(waitMs, interruptedWaitMs) : waitMs, interrupt.signal);
    interrupt.stop();
    return sinks.report();
  }

  /** Hands on what waits in the output. That it fails is dealt with where the next alert is written. */
  #flush(): void {
    try {
      this.#output?.flush();
    } catch (error) {
      this.#failure ??= outputFailure(error);
    }
  }

  /** Of alerts that come together the output holds back all but the first, until there are more: on a quiet stream that would be long. */
  #flushSoon(): void {
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined;
      this.#flush();
    }, flushMs).unref();
  }

  #reload(): void {
    const result = takeUpRules(this.#reloader, this.#engine, {
      errorTerminal: describeTerminal(standardStream("stderr"), process.env, this.#options.color),
      isQuiet: this.#options.quiet,
      print: (text) => {
        this.#progress.clear();
        writeStandardError(text);
      },
      say: (text) => this.#say(text),
      alerts: {
        write: (alert) => {
          try {
            this.#sink?.write(alert);
          } catch (error) {
            this.#failure ??= outputFailure(error);
          }
        },
      },
    });
    if (result.kind === "changed") this.judgeBy(result.rules.prepared);
  }

  /** A line on standard error, while the scan goes on. */
  #say(text: string): void {
    this.#progress.clear();
    const terminal = describeTerminal(standardStream("stderr"), process.env, this.#options.color);
    writeStandardError(`tallyman: ${printable(text, terminal)}\n`);
  }

  #noting(writer: AlertWriter, sinks: DurableSinks | undefined): AlertSink {
    return {
      write: (alert: Alert) => {
        if (this.#failure !== undefined) throw this.#failure;
        this.#gravest = Math.max(this.#gravest, ruleSeverities.indexOf(alert.severity));
        sinks?.write(alert);
        if (this.#known.delete(alertKey(alert.id, suppressedIn(alert.document)))) return;
        writer.write(alert);
        this.#flushSoon();
      },
    };
  }

  #read(paths: readonly string[], signal: AbortSignal, positions?: InputPositions): EventInput {
    const { lateness, limits } = this.#options;
    const input = readEvents(paths, {
      timestampOf: eventTimeOf,
      isLazy: true,
      from: this.#options.from,
      judges: this.#judges,
      latenessMs: lateness,
      heldEventsMax: limits.held_events,
      signal,
      ...(positions === undefined ? {} : { positions }),
    });
    this.reports.push(input.report);
    return input;
  }

  async *#events(input: EventInput, signal: AbortSignal): EventSource {
    let turnUntilMs = performance.now() + turnMs;
    for await (const batch of input) {
      yield batch;
      for (const event of batch) this.#positions?.done(event);
      if (performance.now() > turnUntilMs) {
        // Sinks and the saving of the state get on while events come without a break.
        await nextTurn();
        turnUntilMs = performance.now() + turnMs;
      }
      this.#progress.update(() => ({
        ...input.report.total(),
        sizeBytes: sizeOf(input.report),
        alerts: alertsOf(this.#engine),
      }));
      if (signal.aborted) return;
    }
  }
}

/**
 * Sets the sinks to work. That the spool cannot be opened or read is an `OutputError`.
 *
 * @param replayFrom Alerts of the spool from this number on will be raised again.
 */
function openSinks(
  replayFrom: number,
  ...[folder, sinks, spool, say]: ConstructorParameters<typeof DurableSinks>
): DurableSinks {
  try {
    const opened = new DurableSinks(folder, sinks, spool, say);
    opened.spool.expectReplay(replayFrom);
    opened.start();
    return opened;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new OutputError(
      `the spool in '${folder}' cannot be used: ${describeWriteError(error)}`,
      0,
      0,
      error,
    );
  }
}

function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function inputsOf(files: readonly string[], learned: readonly string[]): readonly string[] {
  if (files.filter((file) => file === "-").length + learned.filter((file) => file === "-").length > 1) {
    throw new UsageError("standard input can be read only once");
  }
  if (files.length > 0) return files;
  if (isatty(0) || learned.includes("-"))
    throw new UsageError("name the files to scan, or - for standard input");
  return ["-"];
}

function outputFailure(error: unknown): OutputError | ClosedPipe {
  if (error instanceof OutputError || error instanceof ClosedPipe) return error;
  throw error;
}

function sizeOf(report: InputReport): number | undefined {
  const sizes = report.files.map(({ sizeBytes }) => sizeBytes);
  return sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
}

function alertsOf(engine: LiveEngine): number {
  return engine.report().rules.reduce((sum, { alerts }) => sum + alerts, 0);
}

function sumOf(reports: readonly InputReport[], count: (report: InputReport) => number): number {
  return reports.reduce((sum, report) => sum + count(report), 0);
}

function exitStatus(
  summary: ScanSummary,
  outcome: ScanOutcome,
  stateFailed: boolean,
  gravest: number,
  failOn: RuleSeverity | undefined,
): ExitCode {
  if (outcome.isInterrupted) return exitCode.interrupted;
  if (summary.sinks.lost > 0) return exitCode.incomplete;
  if (summary.outputError !== undefined || summary.failures.length > 0 || stateFailed)
    return exitCode.incomplete;
  return failOn !== undefined && gravest >= ruleSeverities.indexOf(failOn) ? exitCode.failed : exitCode.ok;
}
