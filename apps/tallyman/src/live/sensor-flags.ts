import type { SourceName } from "@tallyman/sensor";
import type { Config } from "../config/load-config.ts";
import type { ListenAddress } from "../metrics/listen-address.ts";

/** What is reported besides processes, which always are. */
export interface EventChoice {
  readonly network: boolean;
  readonly files: boolean;
}

/** What all live commands take. */
export interface SensorFlags {
  /** The only source that may be used. */
  readonly source?: SourceName;
  readonly allowAudit?: boolean;
  readonly events?: EventChoice;
  /** In bytes; what is no power of two is rounded up to one. */
  readonly ringSize?: number;
  /** The user to run as. */
  readonly user?: string;
  readonly state?: string;
  /** Where metrics are served; nowhere without it. */
  readonly metrics?: ListenAddress;
  /** How long to go on, in milliseconds. */
  readonly for?: number;
}

/** The same with what the configuration says where the command line says nothing. */
export function sensorFlagsWith(flags: SensorFlags, { metrics, sensor, state }: Config): SensorFlags {
  const source = flags.source ?? sensor.source;
  const user = flags.user ?? sensor.user;
  const folder = flags.state ?? state.folder;
  const listen = flags.metrics ?? metrics.listen;
  return {
    allowAudit: flags.allowAudit ?? sensor.allow_audit,
    events: flags.events ?? { network: sensor.network, files: sensor.files },
    ringSize: flags.ringSize ?? sensor.ring_size,
    ...(source === undefined ? {} : { source }),
    ...(user === undefined ? {} : { user }),
    ...(folder === undefined ? {} : { state: folder }),
    ...(listen === undefined ? {} : { metrics: listen }),
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
