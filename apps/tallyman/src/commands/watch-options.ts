import { type SensorFlags, sensorFlagsWith } from "../live/sensor-flags.ts";
import {
  configFor,
  optionsFrom,
  requireFilesOfTheirOwn,
  type ScanFlags,
  type ScanOptions,
} from "./scan-options.ts";

/** The command line of `tallyman watch`, as it was written. */
export interface WatchFlags
  extends SensorFlags,
    Pick<
      ScanFlags,
      | "config"
      | "rules"
      | "exceptions"
      | "indicators"
      | "learnFor"
      | "maxOpenSequences"
      | "format"
      | "output"
      | "fieldTypes"
      | "quiet"
      | "color"
    > {
  readonly state?: string;
}

/** What holds for a live run: what the command line says, else the configuration file, else what holds without either. */
export interface WatchOptions
  extends Omit<
    ScanOptions,
    | "failOn"
    | "files"
    | "from"
    | "lateness"
    | "learnFrom"
    | "profile"
    | "profileOutput"
    | "reload"
    | "workers"
  > {
  readonly sensor: SensorFlags;
}

/** Works out what holds, and prints what is wrong with the configuration file. That it cannot be used is a `UsageError`. */
export function watchOptions(flags: WatchFlags): WatchOptions {
  const config = configFor(flags);
  const options = optionsFrom([], flags, config);
  requireFilesOfTheirOwn(options);
  return { ...options, sensor: sensorFlagsWith(flags, config) };
}
