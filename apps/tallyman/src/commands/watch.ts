import { rehearsalDocuments, SourceFailed } from "@tallyman/sensor";
import { AlertOutput } from "../detection/alert-output.ts";
import { Detection } from "../detection/detection.ts";
import { type LoadedRules, loadRunnableRules } from "../detection/load-rules.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type LoadedIndicators, loadIndicators } from "../indicators/load-indicators.ts";
import { interruptible } from "../interrupt.ts";
import { defaultDataFolder } from "../live/data-folder.ts";
import { reportWhileRunning } from "../live/running-report.ts";
import { prepareRights, type StartedSensor, sourcesFor, startSensor, stopAt } from "../live/start-sensor.ts";
import { withTurns } from "../live/turns.ts";
import { detectionSamples } from "../metrics/detection-metrics.ts";
import type { Sample } from "../metrics/metric.ts";
import { MetricsServer } from "../metrics/metrics-server.ts";
import { processSamples } from "../metrics/process-metrics.ts";
import { sensorSamples } from "../metrics/sensor-metrics.ts";
import { alertFormatFor } from "../output/alert-format.ts";
import { fail } from "../output/fail.ts";
import { skippedIndicators } from "../output/input-problems.ts";
import { ClosedPipe, OutputError } from "../output/output-error.ts";
import { openOutputFile, openStandardOutput, writeStandardError } from "../output/output-stream.ts";
import { printable } from "../output/printable.ts";
import { lossNotes, tableNotes } from "../output/sensor-summary.ts";
import { renderSummary, type ScanSummary } from "../output/summary.ts";
import { describeTerminal, standardStream, type Terminal } from "../output/terminal.ts";
import type { SinksReport } from "../sinks/durable-sinks.ts";
import { StateFolder } from "../state/state-folder.ts";
import { type WatchFlags, type WatchOptions, watchOptions } from "./watch-options.ts";

/** After a few rounds of made-up events V8 has compiled what they run through: a third of a second with Elastic's public rules. */
const rehearsalRounds = 30;

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
  const metrics = options.sensor.metrics && new MetricsServer(options.sensor.metrics);
  try {
    const metricsProblem = await metrics?.listen();
    if (metricsProblem !== undefined) return fail(metricsProblem, exitCode.incomplete);
    const say = (text: string): void => writeStandardError(`tallyman: ${printable(text, errorTerminal)}\n`);
    const clock = { nowMs: () => Date.now() };
    const output = openAlertOutput(options, loaded);
    const detection = Detection.open({ options, loaded, folder, clock, errorTerminal, say, output });
    if (typeof detection === "string") return fail(detection, exitCode.incomplete);
    const indicators = await loadIndicators(options.indicators, detection);
    const unreadable = indicators.reports.find(({ failure }) => failure !== undefined)?.failure;
    if (unreadable !== undefined) return fail(unreadable.message, exitCode.incomplete);
    detection.rehearse(rehearsalDocuments(rehearsalRounds));
    // From here on: what a source has changed on the host must be put back, whenever the end is asked for.
    const interrupt = interruptible();
    let run: WatchRun;
    try {
      const started = await startSensor(sources, options.sensor, folder.path);
      if (typeof started === "string") return fail(started, exitCode.incomplete);
      stopAt(interrupt.signal, options.sensor.for, started.sensor);
      run = new WatchRun({ started, detection, output, indicators, errorTerminal, say });
      await run.through(() => {
        metrics?.show(() => run.samples());
        if (options.quiet) return;
        for (const remark of started.remarks) say(remark);
        if (metrics !== undefined) say(metrics.remark);
      });
    } finally {
      interrupt.stop();
    }
    return await run.end(options);
  } finally {
    metrics?.close();
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
  { configFile, fieldTypes, indicators }: WatchOptions,
  { reloader, rules }: LoadedRules,
): readonly string[] {
  const ruleFiles = rules.rules.map(({ source }) => source.text.name);
  const others = [configFile, fieldTypes].filter((path) => path !== undefined);
  return [...ruleFiles, ...indicators, ...rules.exceptionFiles, ...reloader.watched, ...others];
}

/** How often rules are told the time, some of which wait for something not to happen. */
const tickMs = 250;

interface WatchParts {
  readonly started: StartedSensor;
  readonly detection: Detection;
  readonly output: AlertOutput;
  readonly indicators: LoadedIndicators;
  readonly errorTerminal: Terminal;
  readonly say: (text: string) => void;
}

class WatchRun {
  readonly #parts: WatchParts;
  readonly #beginMs = performance.now();
  #failure: string | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /**
   * Processes events until the sensor is stopped, which an output that fails does too, or breaks. `onReady` is called when the processes that are there were
   * looked at, which takes a while, and the next event will be processed as it comes.
   */
  async through(onReady: () => void): Promise<void> {
    const { detection, output, say, started } = this.#parts;
    const { sensor } = started;
    detection.start();
    const ticking = setInterval(() => {
      detection.tick();
      this.#flush();
    }, tickMs);
    const endReports = reportWhileRunning({
      lost: () => sensor.report().lost,
      printSummary: () => writeStandardError(this.#summary(detection.sinksReport(), false)),
      say,
    });
    let isReady = false;
    try {
      for await (const documents of withTurns(sensor.documents())) {
        for (const document of documents) detection.process(document);
        this.#flush();
        if (!isReady) onReady();
        isReady = true;
      }
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      this.#failure = error.message;
    } finally {
      clearInterval(ticking);
      endReports();
      await sensor.stop();
      detection.finish();
      output.close();
    }
  }

  /** Saves, delivers what is left, and prints the summary. */
  async end(options: WatchOptions): Promise<ExitCode> {
    const { detection, errorTerminal, output } = this.#parts;
    const { stateProblem, sinks } = await detection.close();
    const { failure } = output;
    if (!(failure instanceof ClosedPipe)) {
      const text = this.#summary(sinks, options.quiet);
      const isParted = output.hasWritten && options.output === undefined && errorTerminal.isTerminal;
      writeStandardError(isParted && text !== "" ? `\n${text}` : text);
    }
    if (stateProblem !== undefined) fail(stateProblem, exitCode.incomplete);
    const isPrinted = failure === undefined || failure instanceof ClosedPipe;
    const isWhole = isPrinted && this.#failure === undefined && stateProblem === undefined;
    return isWhole && sinks.lost === 0 ? exitCode.ok : exitCode.incomplete;
  }

  /** What there is to tell now, as metrics. */
  samples(): readonly Sample[] {
    const { detection, indicators, output, started } = this.#parts;
    return [
      ...processSamples(),
      ...sensorSamples(started.source, started.sensor.report()),
      ...detectionSamples({
        report: detection.report(),
        rules: detection.rulesReport(),
        state: detection.stateReport(),
        sinks: detection.sinksReport(),
        hiddenAlerts: output.hidden,
        uselessIndicators: indicators.useless,
      }),
    ];
  }

  #summary(sinks: SinksReport, quiet: boolean): string {
    const { detection, errorTerminal, indicators, output, started } = this.#parts;
    const { history, ...report } = detection.report();
    const sensorReport = started.sensor.report();
    const summary: ScanSummary = {
      isInterrupted: false,
      seconds: (performance.now() - this.#beginMs) / 1000,
      byteCount: undefined,
      events: { ...report, late: 0, releasedEarly: 0, invalidUtf8: 0, passedOver: 0 },
      rules: report.rules,
      notRun: detection.rulesReport().idle,
      hiddenAlerts: output.hidden,
      history,
      uselessIndicators: indicators.useless,
      foreign: [],
      skipped: skippedIndicators(indicators.reports),
      failures: this.#failure === undefined ? [] : [{ message: this.#failure }],
      outputError: output.failure instanceof OutputError ? output.failure : undefined,
      sinks,
      sensor: { problems: lossNotes(sensorReport), remarks: tableNotes(sensorReport) },
    };
    return renderSummary(summary, errorTerminal, { quiet });
  }

  /** An output that fails ends the run: whoever relies on it must know. */
  #flush(): void {
    const { output, started } = this.#parts;
    output.flush();
    if (output.failure !== undefined) void started.sensor.stop();
  }
}
