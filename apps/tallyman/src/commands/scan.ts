import { resolve } from "node:path";
import { isatty } from "node:tty";
import {
  type Alert,
  type AlertSink,
  Engine,
  type EventSource,
  learnFrom,
  type PreparedRules,
  RuleProfiler,
  runPipeline,
} from "@tallyman/engine";
import { type RuleSeverity, ruleSeverities } from "@tallyman/rules";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { catalogueWith, fieldTypesIn } from "../field-types.ts";
import { timestampOf } from "../input/event-timestamp.ts";
import type { InputReport } from "../input/input-report.ts";
import { type EventInput, readEvents } from "../input/read-events.ts";
import { interruptible } from "../interrupt.ts";
import { type AlertFormat, type AlertWriter, createAlertWriter } from "../output/alert-writer.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { fail } from "../output/fail.ts";
import { skippedRecords } from "../output/input-problems.ts";
import { harmlessJson } from "../output/json-line.ts";
import { ClosedPipe, OutputError } from "../output/output-error.ts";
import {
  type Output,
  openOutputFile,
  openStandardOutput,
  writeStandardError,
} from "../output/output-stream.ts";
import { profileJson, renderProfile } from "../output/profile-table.ts";
import { type Progress, startProgress } from "../output/progress.ts";
import { countReasons } from "../output/reason-counts.ts";
import { renderSummary, type ScanSummary } from "../output/summary.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";
import { prepareRulePaths } from "../rule-files/prepare-rule-paths.ts";
import { openState, saveState, unusable } from "../state-file.ts";
import { judgeAhead } from "../workers/judge-ahead.ts";
import { JudgePool } from "../workers/judge-pool.ts";
import { portableRule } from "../workers/portable-rule.ts";

export interface ScanOptions {
  readonly rules?: readonly string[];
  readonly exceptions?: readonly string[];
  readonly learnFrom?: readonly string[];
  readonly learnFor?: number;
  readonly maxOpenSequences?: number;
  readonly state?: string;
  readonly index?: string;
  readonly lateness: number;
  readonly format?: AlertFormat;
  readonly output?: string;
  readonly failOn?: RuleSeverity;
  readonly fieldTypes?: string;
  readonly workers?: number;
  readonly profile?: boolean;
  readonly profileOutput?: string;
  readonly quiet?: boolean;
  readonly color: ColorChoice;
}

/** `tallyman scan`: rules over recorded events, alerts to the output, a summary to standard error. */
export async function scan(files: readonly string[], options: ScanOptions): Promise<ExitCode> {
  const paths = inputsOf(files, options.learnFrom ?? []);
  if (options.state !== undefined && options.output !== undefined) {
    if (resolve(options.state) === resolve(options.output))
      throw new UsageError("--state and --output name the same file");
  }
  if (options.workers !== undefined && (options.profile || options.profileOutput !== undefined))
    throw new UsageError("a profile is taken in one thread: leave out --workers");
  const errorTerminal = describeTerminal(standardStream("stderr"), process.env, options.color);
  const rules = prepareRulePaths(
    options.rules ?? [],
    catalogueWith(options.fieldTypes),
    options.exceptions ?? [],
  );
  // An exception that takes out nothing would otherwise not be noticed.
  const shown = new Set(options.quiet ? [] : rules.prepared.exceptionDiagnostics);
  const problems = rules.diagnostics.filter((each) => each.severity === "error" || shown.has(each));
  if (problems.length > 0) writeStandardError(printDiagnostics(problems, errorTerminal));
  if (rules.prepared.ready.length === 0)
    return fail("no rule can run: `tallyman rules check` says why", exitCode.failed);
  const state = openState(options.state);
  if (typeof state === "string") return fail(state, exitCode.incomplete);

  const inputs = [
    ...paths,
    ...(options.learnFrom ?? []),
    ...rules.rules.map(({ source }) => source.text.name),
    ...rules.exceptionFiles,
    ...[options.state, options.fieldTypes].filter((path) => path !== undefined),
  ];
  // Opened before the scan, since after a long one it would be late to learn that it cannot be written.
  const profileOutput =
    options.profileOutput === undefined ? undefined : openOutputFile(options.profileOutput, inputs);
  const profiler =
    options.profile || profileOutput !== undefined
      ? new RuleProfiler(rules.prepared, () => performance.now())
      : undefined;

  const { workers = 0 } = options;
  const isEmptyAtStart = state.store.usage().length === 0 && options.learnFrom === undefined;
  const engine = new Engine(rules.prepared, {
    firstSeen: state.store,
    learnForMs: options.learnFor ?? 0,
    ...(options.maxOpenSequences === undefined ? {} : { openSequencesMax: options.maxOpenSequences }),
    ...(options.index === undefined ? {} : { indexName: options.index }),
    ...(profiler === undefined ? {} : { profiler }),
    isJudged: workers > 0,
  });
  // Rules that have changed since begin anew; the summary counts them with the histories that were dropped for the same reason.
  const restarted = state.engineState === undefined ? 0 : engine.restore(state.engineState);
  if (restarted === undefined)
    return fail(unusable(options.state ?? "", "it holds no state of rules"), exitCode.incomplete);
  const run = new ScanRun(options, inputs);
  if (workers > 0) run.startJudges(workers, engine, rules.prepared);
  const outcome = await run.through(engine, paths);
  const stateProblem =
    state.file !== undefined && outcome.failure === undefined && !run.learningFailed
      ? saveState(state.file, state.store, engine)
      : undefined;

  const summary: ScanSummary = {
    isInterrupted: outcome.isInterrupted,
    seconds: run.seconds,
    byteCount: run.scanned?.total().textBytes ?? 0,
    events: {
      ...engine.report(),
      late: sumOf(run.reports, (report) => report.total().late),
      releasedEarly: sumOf(run.reports, (report) => report.releasedEarly),
      invalidUtf8: sumOf(run.reports, (report) => report.total().invalidUtf8),
    },
    rules: engine.report().rules,
    notRun: countReasons(rules.prepared.idle.map(({ reason }) => reason)),
    hiddenAlerts: outcome.hiddenAlerts,
    history: {
      isEmptyAtStart,
      evicted: state.store.usage().reduce((sum, { evicted }) => sum + evicted, 0),
      dropped: state.store.dropped().length + restarted,
    },
    skipped: skippedRecords(run.reports),
    failures: run.reports.flatMap((report) => report.files.flatMap(({ failure }) => failure ?? [])),
    outputError: outcome.failure instanceof OutputError ? outcome.failure : undefined,
  };
  if (!(outcome.failure instanceof ClosedPipe)) {
    const text = renderSummary(summary, errorTerminal, { quiet: options.quiet ?? false });
    // Where alerts and summary are read in one place, a line parts them.
    const isBelowAlerts = run.gravest >= 0 && options.output === undefined;
    const isParted = isBelowAlerts && (formatOf(options) === "table" || errorTerminal.isTerminal);
    writeStandardError(isParted && text !== "" ? `\n${text}` : text);
  }
  if (profiler !== undefined) {
    const profile = profiler.profile();
    if (options.profile) writeStandardError(`\n${renderProfile(profile, engine.report(), errorTerminal)}`);
    profileOutput?.write(
      `${harmlessJson(JSON.stringify(profileJson(profile, engine.report()), undefined, 2))}\n`,
    );
    profileOutput?.close();
  }
  if (stateProblem !== undefined) fail(stateProblem, exitCode.incomplete);
  if (run.learningFailed) {
    return fail("nothing was scanned, since not all of --learn-from could be read", exitCode.incomplete);
  }
  return exitStatus(summary, outcome, stateProblem !== undefined, run.gravest, options.failOn);
}

interface ScanOutcome {
  readonly isInterrupted: boolean;
  readonly failure: OutputError | ClosedPipe | undefined;
  readonly hiddenAlerts: number;
}

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
  readonly #inputs: readonly string[];
  /** Threads that judge events before the engine sees them. */
  #judges: JudgePool | undefined;
  #progress: Progress | undefined;
  #gravest = -1;

  constructor(options: ScanOptions, inputs: readonly string[]) {
    this.#options = options;
    this.#inputs = inputs;
  }

  /** The place in the order of severities of the gravest alert; -1 when there was none. */
  get gravest(): number {
    return this.#gravest;
  }

  /** Starts threads that judge events for the engine; they end when all has gone through. */
  startJudges(count: number, engine: Engine, prepared: PreparedRules): void {
    const work = {
      rules: prepared.ready.map(({ rule }) => portableRule(rule)),
      fieldTypes: fieldTypesIn(this.#options.fieldTypes),
      indexName: this.#options.index,
    };
    this.#judges = new JudgePool(count, work, (problem) => {
      this.#progress?.clear();
      fail(problem, exitCode.ok);
    });
    this.#judges.begin(engine, prepared);
  }

  async through(engine: Engine, paths: readonly string[]): Promise<ScanOutcome> {
    const { learnFrom: learned = [] } = this.#options;
    const interrupt = interruptible();
    const progress = startProgress(
      describeTerminal(standardStream("stderr"), process.env, this.#options.color),
    );
    this.#progress = progress;
    let writer: AlertWriter | undefined;
    let failure: OutputError | ClosedPipe | undefined;
    let beginMs = performance.now();
    try {
      writer = this.#openWriter(progress);
      if (learned.length > 0) {
        const input = this.#read(learned, interrupt.signal);
        await learnFrom(this.#events(input, interrupt.signal, progress, engine), engine);
        this.learningFailed = input.report.total().failures > 0;
      }
      beginMs = performance.now();
      // Beside half a history much would only seem new.
      if (!this.learningFailed) {
        const input = this.#read(paths, interrupt.signal);
        this.scanned = input.report;
        await runPipeline(
          this.#events(input, interrupt.signal, progress, engine),
          engine,
          this.#noting(writer),
        );
      }
    } catch (error) {
      failure = outputFailure(error);
    } finally {
      this.seconds = (performance.now() - beginMs) / 1000;
      progress.stop();
      interrupt.stop();
      await this.#judges?.close();
    }
    try {
      writer?.close();
    } catch (error) {
      failure ??= outputFailure(error);
    }
    return { isInterrupted: interrupt.signal.aborted, failure, hiddenAlerts: writer?.hidden ?? 0 };
  }

  #openWriter(progress: Progress): AlertWriter {
    const { color, output: path } = this.#options;
    const settings = { beforeWrite: () => progress.clear() };
    const output: Output =
      path === undefined ? openStandardOutput(settings) : openOutputFile(path, this.#inputs, settings);
    const terminal = describeTerminal(path === undefined ? standardStream("stdout") : {}, process.env, color);
    return createAlertWriter(formatOf(this.#options), output, terminal);
  }

  #noting(writer: AlertWriter): AlertSink {
    return {
      write: (alert: Alert) => {
        this.#gravest = Math.max(this.#gravest, ruleSeverities.indexOf(alert.severity));
        writer.write(alert);
      },
    };
  }

  #read(paths: readonly string[], signal: AbortSignal): EventInput {
    const judges = this.#judges;
    const end = new AbortController();
    const input = readEvents(paths, {
      timestampOf,
      isLazy: true,
      isKept: judges !== undefined,
      latenessMs: this.#options.lateness,
      signal: AbortSignal.any([signal, end.signal]),
    });
    this.reports.push(input.report);
    if (judges === undefined) return input;
    const judged = () => judgeAhead(input, judges, () => end.abort());
    return { report: input.report, [Symbol.asyncIterator]: judged };
  }

  async *#events(input: EventInput, signal: AbortSignal, progress: Progress, engine: Engine): EventSource {
    for await (const batch of input) {
      yield batch;
      progress.update(() => ({
        ...input.report.total(),
        sizeBytes: sizeOf(input.report),
        alerts: alertsOf(engine),
      }));
      if (signal.aborted) return;
    }
  }
}

/** A table for people, and lines of JSON for files and programs, unless it was said. */
function formatOf({ color, format, output }: ScanOptions): AlertFormat {
  if (format !== undefined) return format;
  const isRead =
    output === undefined && describeTerminal(standardStream("stdout"), process.env, color).isTerminal;
  return isRead ? "table" : "ndjson";
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

function alertsOf(engine: Engine): number {
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
  if (summary.outputError !== undefined || summary.failures.length > 0 || stateFailed)
    return exitCode.incomplete;
  return failOn !== undefined && gravest >= ruleSeverities.indexOf(failOn) ? exitCode.failed : exitCode.ok;
}
