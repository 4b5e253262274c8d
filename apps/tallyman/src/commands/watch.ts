import type { Alert } from "@tallyman/engine";
import { SourceFailed } from "@tallyman/sensor";
import { AlertOutput } from "../detection/alert-output.ts";
import { Detection } from "../detection/detection.ts";
import { loadRunnableRules } from "../detection/load-rules.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { interruptible } from "../interrupt.ts";
import { defaultDataFolder } from "../live/data-folder.ts";
import { prepareRights, type StartedSensor, sourcesFor, startSensor } from "../live/start-sensor.ts";
import { withTurns } from "../live/turns.ts";
import { alertFormatFor } from "../output/alert-format.ts";
import { fail } from "../output/fail.ts";
import { ClosedPipe } from "../output/output-error.ts";
import {
  type Output,
  openOutputFile,
  openStandardOutput,
  writeStandardError,
} from "../output/output-stream.ts";
import { printable } from "../output/printable.ts";
import { countReasons } from "../output/reason-counts.ts";
import { lossNotes, tableNotes } from "../output/sensor-summary.ts";
import { renderSummary, type ScanSummary } from "../output/summary.ts";
import { describeTerminal, standardStream, type Terminal } from "../output/terminal.ts";
import { StateFolder } from "../state/state-folder.ts";
import { type WatchFlags, type WatchOptions, watchOptions } from "./watch-options.ts";

/** `tallyman watch`: rules over what happens on this host, alerts to the output and to sinks, until it is interrupted; a summary to standard error. */
export async function watch(flags: WatchFlags): Promise<ExitCode> {
  const options = watchOptions(flags);
  const errorTerminal = describeTerminal(standardStream("stderr"), process.env, options.color);
  const sources = sourcesFor(options.sensor);
  const place = options.state ?? defaultDataFolder();
  const rightsProblem = prepareRights(options.sensor, place, sources);
  if (rightsProblem !== undefined) return fail(rightsProblem, exitCode.incomplete);
  const loaded = loadRunnableRules(options.rules, options.fieldTypes, errorTerminal);
  if (typeof loaded === "string") return fail(loaded, exitCode.failed);
  const folder = StateFolder.open(place);
  if (typeof folder === "string") return fail(folder, exitCode.incomplete);
  try {
    const say = (text: string): void => writeStandardError(`tallyman: ${printable(text, errorTerminal)}\n`);
    const clock = { nowMs: () => Date.now() };
    const detection = Detection.open({ options, loaded, folder, clock, errorTerminal, say });
    if (typeof detection === "string") return fail(detection, exitCode.incomplete);
    const output = openAlertOutput(options);
    const started = await startSensor(sources, options.sensor, folder.path);
    if (typeof started === "string") return fail(started, exitCode.incomplete);
    if (!options.quiet) for (const remark of started.remarks) say(remark);
    const idle = loaded.rules.prepared.idle.map(({ reason }) => reason);
    const run = new WatchRun(started, detection, output);
    const isWhole = await run.until(options.sensor.for);
    return await run.end(options, errorTerminal, countReasons(idle), isWhole);
  } finally {
    folder.close();
  }
}

function openAlertOutput(options: WatchOptions): AlertOutput {
  const { color, output: path } = options;
  const output: Output =
    path === undefined ? openStandardOutput() : openOutputFile(path, [], { append: true });
  const terminal = describeTerminal(path === undefined ? standardStream("stdout") : {}, process.env, color);
  return new AlertOutput(alertFormatFor(options), output, terminal);
}

/** How often rules are told the time, of which some wait for something not to happen. */
const tickMs = 250;

class WatchRun {
  readonly #started: StartedSensor;
  readonly #detection: Detection;
  readonly #output: AlertOutput;
  readonly #beginMs = performance.now();
  #failure: string | undefined;

  constructor(started: StartedSensor, detection: Detection, output: AlertOutput) {
    this.#started = started;
    this.#detection = detection;
    this.#output = output;
  }

  /** Processes events until it is asked to end, or the time is over, or the source or the output fails; false for the last two. */
  async until(afterMs: number | undefined): Promise<boolean> {
    const { sensor } = this.#started;
    const { engine } = this.#detection;
    const interrupt = interruptible(afterMs);
    interrupt.signal.addEventListener("abort", () => void sensor.stop());
    this.#detection.start();
    const ticking = setInterval(() => this.#raise(engine.advance(Date.now())), tickMs);
    try {
      for await (const documents of withTurns(sensor.documents())) {
        for (const document of documents) this.#write(engine.process({ document }));
        this.#flush();
      }
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      this.#failure = error.message;
    } finally {
      clearInterval(ticking);
      interrupt.stop();
      await sensor.stop();
      this.#output.close();
    }
    return this.#failure === undefined && this.#output.failure === undefined;
  }

  /** Saves, delivers what is left, and prints the summary. */
  async end(
    options: WatchOptions,
    errorTerminal: Terminal,
    notRun: ScanSummary["notRun"],
    isWhole: boolean,
  ): Promise<ExitCode> {
    const seconds = (performance.now() - this.#beginMs) / 1000;
    const { stateProblem, sinks } = await this.#detection.close();
    const report = this.#detection.report();
    const sensorReport = this.#started.sensor.report();
    const { failure } = this.#output;
    const summary: ScanSummary = {
      isInterrupted: false,
      seconds,
      byteCount: undefined,
      events: { ...report, late: 0, releasedEarly: 0, invalidUtf8: 0, passedOver: 0 },
      rules: report.rules,
      notRun,
      hiddenAlerts: this.#output.hidden,
      history: this.#detection.history(),
      skipped: [],
      failures: this.#failure === undefined ? [] : [{ message: this.#failure }],
      outputError: failure instanceof ClosedPipe ? undefined : failure,
      sinks,
      sensor: { problems: lossNotes(sensorReport), remarks: tableNotes(sensorReport) },
    };
    if (!(failure instanceof ClosedPipe)) {
      const text = renderSummary(summary, errorTerminal, { quiet: options.quiet });
      const isBelowAlerts = this.#output.gravest !== undefined && options.output === undefined;
      writeStandardError(isBelowAlerts && text !== "" && errorTerminal.isTerminal ? `\n${text}` : text);
    }
    if (stateProblem !== undefined) fail(stateProblem, exitCode.incomplete);
    const isComplete = stateProblem === undefined && sinks.lost === 0;
    return isComplete && (isWhole || failure instanceof ClosedPipe) ? exitCode.ok : exitCode.incomplete;
  }

  #write(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      this.#detection.write(alert);
      this.#output.write(alert);
    }
  }

  /** Writes alerts that came of no event. */
  #raise(alerts: readonly Alert[]): void {
    this.#write(alerts);
    if (alerts.length > 0) this.#flush();
  }

  /** An output that fails ends the run: whoever relies on it must know. */
  #flush(): void {
    this.#output.flush();
    if (this.#output.failure !== undefined) void this.#started.sensor.stop();
  }
}
