import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { diagnostic, type LocatedDiagnostic, SourceText } from "@tallyman/languages";
import type { RuleSeverity } from "@tallyman/rules";
import { type Keys, readSettingsFile, type Spot, type Table, type ValuesOf } from "@tallyman/rules/schema";
import { describeFileError } from "../rule-files/file-error.ts";
import {
  configKeys,
  inputKeys,
  limitKeys,
  metricsKeys,
  outputKeys,
  sensorKeys,
  stateKeys,
} from "./config-keys.ts";
import { withSecretsHidden } from "./hidden-secrets.ts";
import type { Environment } from "./secret.ts";
import type { SinkConfig } from "./sink-keys.ts";

/** What a configuration file says, with what holds where it says nothing. Paths count from the file's folder. */
export interface Config {
  /** Undefined when there is no file. */
  readonly path: string | undefined;
  readonly rules: readonly string[];
  readonly exceptions: readonly string[];
  readonly indicators: readonly string[];
  readonly field_types: string | undefined;
  readonly reload: boolean;
  readonly workers: number;
  readonly input: ValuesOf<typeof inputKeys>;
  readonly output: ValuesOf<typeof outputKeys> & { readonly fail_on: RuleSeverity | undefined };
  readonly state: ValuesOf<typeof stateKeys>;
  readonly sensor: ValuesOf<typeof sensorKeys>;
  readonly metrics: ValuesOf<typeof metricsKeys>;
  readonly limits: ValuesOf<typeof limitKeys>;
  readonly sinks: readonly SinkConfig[];
}

export interface LoadedConfig {
  /** Undefined when something is wrong with the file. */
  readonly config: Config | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
  /** As it is written. */
  readonly table: Table;
}

/** The file that is read when none is named. */
export const configName = "tallyman.toml";

/** Where the configuration is: the named file, or `tallyman.toml` in the working folder when there is one; undefined when there is none or none is wanted. */
export function findConfig(named: string | false | undefined): string | undefined {
  if (named !== undefined) return named === false ? undefined : named;
  return existsSync(configName) ? configName : undefined;
}

/** What holds without a file. */
export function defaultConfig(): Config {
  return {
    path: undefined,
    rules: [],
    exceptions: [],
    indicators: [],
    field_types: undefined,
    reload: false,
    workers: 0,
    input: defaultsOf(inputKeys),
    output: defaultsOf(outputKeys),
    state: defaultsOf(stateKeys),
    sensor: defaultsOf(sensorKeys),
    metrics: defaultsOf(metricsKeys),
    limits: defaultsOf(limitKeys),
    sinks: [],
  };
}

/** Reads a configuration file. Never throws: what is wrong is in the diagnostics. */
export function loadConfig(path: string, environment: Environment): LoadedConfig {
  let text: string;
  try {
    if (statSync(path).size > 2 ** 20)
      return unreadable(path, "larger than 1 MiB, which no configuration is");
    text = readFileSync(path, "utf8");
  } catch (error) {
    return unreadable(path, describeFileError(error));
  }
  return parseConfig({ path, text }, environment);
}

/** The same for a text that was read. Diagnostics show it without its secrets. */
export function parseConfig(
  file: { readonly path: string; readonly text: string },
  environment: Environment,
): LoadedConfig {
  const { diagnostics, spot, table, values } = readSettingsFile(
    file,
    configKeys(environment),
    "the configuration",
  );
  const read = values && diagnostics.errorCount === 0 ? fromFile(values, file.path) : undefined;
  if (read !== undefined && spot !== undefined) checkFiles(read, spot);
  const config = diagnostics.errorCount === 0 ? read : undefined;
  const source = new SourceText(file.path, withSecretsHidden(file.text));
  return { config, diagnostics: diagnostics.located().map((each) => ({ ...each, source })), table };
}

/** A file is for one writer: who else writes to it would take its lines away when it is rotated, or emptied. */
function checkFiles({ output, sinks }: Config, spot: Spot): void {
  const writers = new Map(output.file === undefined ? [] : [[output.file, "the alerts that are printed"]]);
  for (const [i, sink] of sinks.entries()) {
    if (sink.type !== "file") continue;
    const other = writers.get(sink.path);
    if (other === undefined) writers.set(sink.path, `sink '${sink.name}'`);
    else {
      const at = spot.at("sinks").at(i).at("path");
      at.report("bad-value", `${at.name} is the file of ${other}`, () => "give each a file of its own");
    }
  }
}

function fromFile(values: ValuesOf<ReturnType<typeof configKeys>>, path: string): Config {
  const folder = dirname(resolve(path));
  const at = (name: string) => (name === "-" ? name : resolve(folder, name));
  const maybe = (name: string | undefined) => (name === undefined ? undefined : at(name));
  const input = values.input ?? defaultsOf(inputKeys);
  const output = values.output ?? defaultsOf(outputKeys);
  const state = values.state ?? defaultsOf(stateKeys);
  return {
    path,
    rules: values.rules.map(at),
    exceptions: values.exceptions.map(at),
    indicators: values.indicators.map(at),
    field_types: maybe(values.field_types),
    reload: values.reload,
    workers: values.workers,
    input: { ...input, files: input.files.map(at), learn_from: input.learn_from.map(at) },
    output: { ...output, file: maybe(output.file) },
    state: { ...state, folder: maybe(state.folder) },
    sensor: values.sensor ?? defaultsOf(sensorKeys),
    metrics: values.metrics ?? defaultsOf(metricsKeys),
    limits: values.limits ?? defaultsOf(limitKeys),
    sinks: values.sinks.map((sink) => (sink.type === "file" ? { ...sink, path: at(sink.path) } : sink)),
  };
}

function defaultsOf<K extends Keys>(keys: K): ValuesOf<K> {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.fallback])) as ValuesOf<K>;
}

function unreadable(path: string, message: string): LoadedConfig {
  const problem = {
    ...diagnostic("unreadable-file", { start: 0, end: 0 }, message),
    source: new SourceText(path, ""),
  };
  return { config: undefined, diagnostics: [problem], table: {} };
}
