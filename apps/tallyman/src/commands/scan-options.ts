import { resolve } from "node:path";
import type { RuleSeverity } from "@tallyman/rules";
import { type Config, defaultConfig, findConfig, loadConfig } from "../config/load-config.ts";
import type { SinkConfig } from "../config/sink-keys.ts";
import { UsageError } from "../exit-code.ts";
import type { RecordFormat } from "../input/record-format.ts";
import type { AlertFormat } from "../output/alert-writer.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardError } from "../output/output-stream.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";

/** The command line of `tallyman scan`, as it was written. */
export interface ScanFlags {
  /** False for `--no-config`. */
  readonly config?: string | false;
  readonly rules?: readonly string[];
  readonly exceptions?: readonly string[];
  readonly indicators?: readonly string[];
  readonly learnFrom?: readonly string[];
  readonly learnFor?: number;
  readonly maxOpenSequences?: number;
  readonly state?: string;
  readonly reload?: boolean;
  readonly from?: RecordFormat;
  readonly index?: string;
  readonly lateness?: number;
  readonly format?: AlertFormat;
  readonly output?: string;
  readonly failOn?: RuleSeverity;
  readonly fieldTypes?: string;
  readonly workers?: number;
  readonly profile?: boolean;
  readonly profileOutput?: string;
  readonly quiet?: boolean;
  readonly color?: ColorChoice;
}

/** What holds for a scan: what the command line says, else what the configuration file says, else what holds without either. */
export interface ScanOptions {
  /** The configuration file, when there is one. */
  readonly configFile: string | undefined;
  readonly files: readonly string[];
  readonly rules: readonly string[];
  readonly exceptions: readonly string[];
  readonly indicators: readonly string[];
  readonly learnFrom: readonly string[];
  readonly learnFor: number;
  readonly state: string | undefined;
  readonly saveEveryMs: number;
  readonly reload: boolean;
  readonly from: RecordFormat | undefined;
  readonly index: string | undefined;
  readonly lateness: number;
  readonly format: AlertFormat | undefined;
  /** Undefined for standard output. */
  readonly output: string | undefined;
  readonly failOn: RuleSeverity | undefined;
  readonly fieldTypes: string | undefined;
  /** Threads that judge events beside the main one. */
  readonly workers: number;
  /** Whether a profile is printed. */
  readonly profile: boolean;
  /** A file for the profile; undefined when none is written. */
  readonly profileOutput: string | undefined;
  readonly quiet: boolean;
  readonly color: ColorChoice;
  readonly limits: Config["limits"];
  readonly sinks: readonly SinkConfig[];
}

/** Works out what holds, and prints what is wrong with the configuration file. That it cannot be used is a `UsageError`. */
export function scanOptions(files: readonly string[], flags: ScanFlags): ScanOptions {
  if ((flags.workers ?? 0) > 0 && isProfiled(flags))
    throw new UsageError("a profile is taken in one thread: leave out --workers");
  const options = optionsFrom(files, flags, configFor(flags));
  requireFilesOfTheirOwn(options);
  if (options.sinks.length > 0 && options.state === undefined) {
    throw new UsageError(
      "sinks need a folder for what is not delivered yet: --state FOLDER, or [state] folder",
    );
  }
  return options;
}

/** Each thing that is written needs a file for itself; a `UsageError` where two would share one. */
export function requireFilesOfTheirOwn({
  output,
  profileOutput,
  sinks,
  state,
}: Pick<ScanOptions, "output" | "profileOutput" | "sinks" | "state">): void {
  const owners = new Map(state === undefined ? [] : [[resolve(state), "--state"]]);
  for (const sink of sinks) if (sink.type === "file") owners.set(sink.path, `sink '${sink.name}'`);
  const written = { "--output": output, "--profile-output": profileOutput };
  for (const [flag, path] of Object.entries(written)) {
    if (path === undefined) continue;
    const owner = owners.get(resolve(path));
    if (owner !== undefined) {
      const [first, second] = owner.startsWith("--") ? [owner, flag] : [flag, owner];
      throw new UsageError(`${first} and ${second} name the same file`);
    }
    owners.set(resolve(path), flag);
  }
}

function isProfiled({ profile, profileOutput }: Pick<ScanFlags, "profile" | "profileOutput">): boolean {
  return profile === true || profileOutput !== undefined;
}

/** What holds, without looking whether it goes together. */
export function optionsFrom(files: readonly string[], flags: ScanFlags, config: Config): ScanOptions {
  const { input, output, state } = config;
  const outputFile = flags.output ?? output.file;
  return {
    configFile: config.path,
    files: files.length > 0 ? files : input.files,
    rules: flags.rules ?? config.rules,
    exceptions: flags.exceptions ?? config.exceptions,
    indicators: flags.indicators ?? config.indicators,
    learnFrom: flags.learnFrom ?? input.learn_from,
    learnFor: flags.learnFor ?? input.learn_for,
    state: flags.state ?? state.folder,
    saveEveryMs: state.save_every,
    reload: flags.reload ?? config.reload,
    from: flags.from ?? input.from,
    index: flags.index ?? input.index,
    lateness: flags.lateness ?? input.lateness,
    format: flags.format ?? output.format,
    output: outputFile === "-" ? undefined : outputFile,
    failOn: flags.failOn ?? output.fail_on,
    fieldTypes: flags.fieldTypes ?? config.field_types,
    workers: flags.workers ?? (isProfiled(flags) ? 0 : config.workers),
    profile: flags.profile ?? false,
    profileOutput: flags.profileOutput,
    quiet: flags.quiet ?? output.quiet,
    color: flags.color ?? output.color,
    limits: { ...config.limits, open_sequences: flags.maxOpenSequences ?? config.limits.open_sequences },
    sinks: config.sinks,
  };
}

/** The configuration that holds for a command line. Prints what is wrong with the file; that it cannot be used is a `UsageError`. */
export function configFor(flags: Pick<ScanFlags, "color" | "config">): Config {
  const path = findConfig(flags.config);
  if (path === undefined) return defaultConfig();
  const { config, diagnostics } = loadConfig(path, process.env);
  if (diagnostics.length > 0) {
    const terminal = describeTerminal(standardStream("stderr"), process.env, flags.color ?? "auto");
    writeStandardError(printDiagnostics(diagnostics, terminal));
  }
  if (config === undefined) throw new UsageError(`'${path}' cannot be used; --no-config does without it`);
  return config;
}
