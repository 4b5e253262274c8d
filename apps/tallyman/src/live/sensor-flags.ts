import type { SourceName } from "@tallyman/sensor";
import type { Config } from "../config/load-config.ts";

/** What is reported besides processes, which always are. */
export interface EventChoice {
  readonly network: boolean;
  readonly files: boolean;
}

/** The part of a live command's options that is about the sensor. */
export interface SensorFlags {
  /** The only source that may be used. */
  readonly source?: SourceName;
  readonly allowAudit?: boolean;
  readonly events?: EventChoice;
  /** The user to run as. */
  readonly user?: string;
  readonly state?: string;
  /** How long to go on, in milliseconds. */
  readonly for?: number;
}

/** The same with what the configuration says where the command line says nothing. */
export function sensorFlagsWith(flags: SensorFlags, { sensor, state }: Config): SensorFlags {
  const source = flags.source ?? sensor.source;
  const user = flags.user ?? sensor.user;
  const folder = flags.state ?? state.folder;
  return {
    allowAudit: flags.allowAudit ?? sensor.allow_audit,
    events: flags.events ?? { network: sensor.network, files: sensor.files },
    ...(source === undefined ? {} : { source }),
    ...(user === undefined ? {} : { user }),
    ...(folder === undefined ? {} : { state: folder }),
    ...(flags.for === undefined ? {} : { for: flags.for }),
  };
}

const kinds = ["process", "network", "file"];

/** Reads `process,network,file`, or a part of it; undefined for any other text. Without processes nothing else would have a name. */
export function parseEventChoice(text: string): EventChoice | undefined {
  const named = text.split(",").map((name) => name.trim());
  if (!named.every((name) => kinds.includes(name)) || !named.includes("process")) return undefined;
  return { network: named.includes("network"), files: named.includes("file") };
}
