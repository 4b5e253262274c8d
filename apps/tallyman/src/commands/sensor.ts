import type { JsonObject } from "@tallyman/ecs";
import { SourceFailed } from "@tallyman/sensor";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { interruptible } from "../interrupt.ts";
import { defaultDataFolder } from "../live/data-folder.ts";
import { reportWhileRunning } from "../live/running-report.ts";
import { type SensorFlags as CommonFlags, sensorFlagsWith } from "../live/sensor-flags.ts";
import { prepareRights, type StartedSensor, sourcesFor, startSensor, stopAt } from "../live/start-sensor.ts";
import { withTurns } from "../live/turns.ts";
import type { Sample } from "../metrics/metric.ts";
import { MetricsServer } from "../metrics/metrics-server.ts";
import { processSamples } from "../metrics/process-metrics.ts";
import { actionSamples, sensorSamples } from "../metrics/sensor-metrics.ts";
import { fail, say } from "../output/fail.ts";
import { jsonLine } from "../output/json-line.ts";
import { ClosedPipe, OutputError } from "../output/output-error.ts";
import { type Output, openStandardOutput, writeStandardError } from "../output/output-stream.ts";
import { openRotatedFile } from "../output/rotated-file.ts";
import { renderSensorSummary } from "../output/sensor-summary.ts";
import { type ColorChoice, describeTerminal, standardStream, type Terminal } from "../output/terminal.ts";
import { configFor } from "./scan-options.ts";

/** The command line of `tallyman sensor`, as it was written. */
export interface SensorFlags extends CommonFlags {
  /** False for `--no-config`. */
  readonly config?: string | false;
  readonly output?: string;
  readonly rotateSize?: number;
  readonly rotateKeep: number;
  readonly quiet?: boolean;
  readonly color?: ColorChoice;
}

/** `tallyman sensor`: what happens on this host as ECS documents, one a line, until it is interrupted; a summary to standard error. */
export async function sensor(flags: SensorFlags): Promise<ExitCode> {
  const config = configFor(flags);
  const common = sensorFlagsWith(flags, config);
  const color = flags.color ?? config.output.color;
  const quiet = flags.quiet ?? config.output.quiet;
  const folder = common.state ?? defaultDataFolder();
  const sources = sourcesFor(common);
  const problem = prepareRights(common, folder, sources);
  if (problem !== undefined) return fail(problem, exitCode.incomplete);
  const metrics = common.metrics && new MetricsServer(common.metrics);
  const output = openOutput(flags);
  // From here on: what a source has changed on the host must be put back, whenever the end is asked for.
  const interrupt = interruptible();
  try {
    const metricsProblem = await metrics?.listen();
    if (metricsProblem !== undefined) return fail(metricsProblem, exitCode.incomplete);
    const started = await startSensor(sources, common, folder);
    if (typeof started === "string") return fail(started, exitCode.incomplete);
    const remarks = metrics === undefined ? started.remarks : [...started.remarks, metrics.remark];
    if (!quiet) for (const remark of remarks) say(remark);
    const terminal = describeTerminal(standardStream("stderr"), process.env, color);
    stopAt(interrupt.signal, common.for, started.sensor);
    const run = new SensorRun(started, output, terminal);
    metrics?.show(() => run.samples());
    return await run.through(quiet);
  } finally {
    metrics?.close();
    interrupt.stop();
  }
}

function openOutput({ output, rotateKeep, rotateSize }: SensorFlags): Output {
  if (output === undefined || output === "-") return openStandardOutput();
  return openRotatedFile(output, { rotateBytes: rotateSize, keep: rotateKeep });
}

class SensorRun {
  readonly #started: StartedSensor;
  readonly #output: Output;
  readonly #terminal: Terminal;
  readonly #beginMs = performance.now();
  readonly #actions = new Map<string, number>();
  #failure: string | undefined;
  #outputFailure: OutputError | ClosedPipe | undefined;

  constructor(started: StartedSensor, output: Output, terminal: Terminal) {
    this.#started = started;
    this.#output = output;
    this.#terminal = terminal;
  }

  /** Writes what the sensor reports, until it is stopped. */
  async through(quiet: boolean): Promise<ExitCode> {
    const { sensor } = this.#started;
    const endReports = reportWhileRunning({
      lost: () => sensor.report().lost,
      printSummary: () => this.#printSummary(false),
      say,
    });
    try {
      for await (const documents of withTurns(sensor.documents())) this.#write(documents);
      this.#output.close();
    } catch (error) {
      if (error instanceof SourceFailed) this.#failure = error.message;
      else if (error instanceof OutputError || error instanceof ClosedPipe) this.#outputFailure = error;
      else throw error;
    } finally {
      endReports();
      await sensor.stop();
    }
    if (this.#outputFailure instanceof ClosedPipe) return exitCode.ok;
    this.#printSummary(quiet);
    return this.#failure === undefined && this.#outputFailure === undefined
      ? exitCode.ok
      : exitCode.incomplete;
  }

  /** What there is to tell now, as metrics. */
  samples(): readonly Sample[] {
    const { sensor, source } = this.#started;
    return [...processSamples(), ...sensorSamples(source, sensor.report()), ...actionSamples(this.#actions)];
  }

  #printSummary(quiet: boolean): void {
    const { sensor, source } = this.#started;
    const summary = {
      source,
      seconds: (performance.now() - this.#beginMs) / 1000,
      report: sensor.report(),
      actions: this.#actions,
      failure: this.#failure,
      outputError: this.#outputFailure instanceof OutputError ? this.#outputFailure : undefined,
    };
    writeStandardError(renderSensorSummary(summary, this.#terminal, { quiet }));
  }

  #write(documents: readonly JsonObject[]): void {
    for (const document of documents) {
      this.#output.write(`${jsonLine(document)}\n`);
      const action = String((document["event"] as JsonObject)["action"]);
      this.#actions.set(action, (this.#actions.get(action) ?? 0) + 1);
    }
    this.#output.flush();
  }
}
