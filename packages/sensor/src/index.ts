export { defaultEnvironmentNames, type KeepsVariable, keepsVariables } from "./environment.ts";
export {
  type Capability,
  dropPrivileges,
  giveUpStartRights,
  type LesserRights,
  neededCapabilities,
} from "./privileges.ts";
export { ProcReader, type ProcReaderOptions } from "./proc/read-processes.ts";
export { rehearsalDocuments } from "./rehearsal.ts";
export { Sensor, type SensorReport, type SensorSettings } from "./sensor.ts";
export { SourceUnavailable } from "./source-unavailable.ts";
export { type AuditOptions, AuditSource } from "./sources/audit.ts";
export { type BlindSpots, blindSpots } from "./sources/blind-spots.ts";
export { type EbpfOptions, EbpfSource } from "./sources/ebpf.ts";
export { ProcConnectorSource } from "./sources/proc-connector.ts";
export type { NetlinkOptions } from "./sources/running-netlink.ts";
export {
  type RunningSource,
  type Sees,
  type Sight,
  type Source,
  type SourceBuffer,
  SourceFailed,
  type SourceName,
} from "./sources/source.ts";
export { type SensorOptions, sourcesInOrder } from "./sources/source-order.ts";
export { NoSource, type RejectedSource, type StartedSource, startSource } from "./start-source.ts";
