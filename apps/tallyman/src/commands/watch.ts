import { SourceFailed } from "@tallyman/sensor";
import { AlertOutput } from "../detection/alert-output.ts";
import { Detection } from "../detection/detection.ts";
import { type LoadedRules, loadRunnableRules } from "../detection/load-rules.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { interruptible } from "../interrupt.ts";
import { defaultDataFolder } from "../live/data-folder.ts";
import { prepareRights, type StartedSensor, sourcesFor, startSensor, stopAt } from "../live/start-sensor.ts";
import { withTurns } from "../live/turns.ts";
import { alertFormatFor } from "../output/alert-format.ts";
import { fail } from "../output/fail.ts";
import { ClosedPipe } from "../output/output-error.ts";
import { openOutputFile, openStandardOutput, writeStandardError } from "../output/output-stream.ts";
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
  const loaded = loadRunnableRules(options, errorTerminal);
  if (typeof loaded === "string") return fail(loaded, exitCode.failed);
  const folder = StateFolder.open(place);
  if (typeof folder === "string") return fail(folder, exitCode.incomplete);
  try {
    const say = (text: string): void => writeStandardError(`tallyman: ${printable(text, errorTerminal)}\n`);
    const clock = { nowMs: () => Date.now() };
    const output = openAlertOutput(options, loaded);
    const detection = Detection.open({ options, loaded, folder, clock, errorTerminal, say, output });
    if (typeof detection === "string") return fail(detection, exitCode.incomplete);
    const notRun = countReasons(loaded.rules.prepared.idle.map(({ reason }) => reason));
    // From here on: what a source has changed on the host must be put back, whenever the end is asked for.
    const interrupt = interruptible();
    let run: WatchRun;
    try {
      const started = await startSensor(sources, options.sensor, folder.path);
      if (typeof started === "string") return fail(started, exitCode.incomplete);
      if (!options.quiet) for (const remark of started.remarks) say(remark);
      stopAt(interrupt.signal, options.sensor.for, started.sensor);
      run = new WatchRun(started, detection, output);
      await run.through();
    } finally {
      interrupt.stop();
    }
    return await run.end(options, errorTerminal, notRun);
  } finally {
    folder.close();
  }
}

function openAlertOutput(options: WatchOptions, loaded: LoadedRules): AlertOutput {
  const { color, output: path } = options;
  const output =
    path === undefined
      ? openStandardOutput()
      : openOutputFile(path, filesReadBy(options, loaded), { append: true });
  const terminal = describeTerminal(path === undefined ? standardStream("stdout") : {}, process.env, color);
  return new AlertOutput(alertFormatFor(options), output, terminal);
}

function filesReadBy(
  { configFile, fieldTypes }: WatchOptions,
  { reloader, rules }: LoadedRules,
): readonly string[] {
  const ruleFiles = rules.rules.map(({ source }) => source.text.name);
  const others = [configFile, fieldTypes].filter((path) => path !== undefined);
  return [...ruleFiles, ...rules.exceptionFiles, ...reloader.watched, ...others];
}

/** How often rules are told the time, some of which wait for something not to happen. */
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

  /** Processes events until the sensor is stopped, which an output that fails does too, or breaks. */
  async through(): Promise<void> {
    const { sensor } = this.#started;
    this.#detection.start();
    const ticking = setInterval(() => {
      this.#detection.tick();
      this.#flush();
    }, tickMs);
    try {
      for await (const documents of withTurns(sensor.documents())) {
        for (const document of documents) this.#detection.process(document);
        this.#flush();
      }
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      this.#failure = error.message;
    } finally {
      clearInterval(ticking);
      await sensor.stop();
      this.#detection.finish();
      this.#output.close();
    }
  }

  /** Saves, delivers what is left, and prints the summary. */
  async end(
    options: WatchOptions,
    errorTerminal: Terminal,
    notRun: ScanSummary["notRun"],
  ): Promise<ExitCode> {
    const seconds = (performance.now() - this.#beginMs) / 1000;
    const { stateProblem, sinks } = await this.#detection.close();
    const { failure } = this.#output;
    if (!(failure instanceof ClosedPipe)) {
      const { history, ...report } = this.#detection.report();
      const sensorReport = this.#started.sensor.report();
      const summary: ScanSummary = {
        isInterrupted: false,
        seconds,
        byteCount: undefined,
        events: { ...report, late: 0, releasedEarly: 0, invalidUtf8: 0, passedOver: 0 },
        rules: report.rules,
        notRun,
        hiddenAlerts: this.#output.hidden,
        history,
        skipped: [],
        failures: this.#failure === undefined ? [] : [{ message: this.#failure }],
        outputError: failure,
        sinks,
        sensor: { problems: lossNotes(sensorReport), remarks: tableNotes(sensorReport) },
      };
      const text = renderSummary(summary, errorTerminal, { quiet: options.quiet });
      const isParted = this.#output.hasWritten && options.output === undefined && errorTerminal.isTerminal;
      writeStandardError(isParted && text !== "" ? `\n${text}` : text);
    }
    if (stateProblem !== undefined) fail(stateProblem, exitCode.incomplete);
    const isPrinted = failure === undefined || failure instanceof ClosedPipe;
    const isWhole = isPrinted && this.#failure === undefined && stateProblem === undefined;
    return isWhole && sinks.lost === 0 ? exitCode.ok : exitCode.incomplete;
  }

  /** An output that fails ends the run: whoever relies on it must know. */
  #flush(): void {
    this.#output.flush();
    if (this.#output.failure !== undefined) void this.#started.sensor.stop();
  }
}
