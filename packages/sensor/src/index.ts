export { defaultEnvironmentNames, type KeepsVariable, keepsVariables } from "./environment.ts";
export { ProcReader, type ProcReaderOptions } from "./proc/read-processes.ts";
export type { RunningProcess } from "./proc/running-process.ts";
export { SourceUnavailable } from "./source-unavailable.ts";
export { type EbpfOptions, EbpfSource } from "./sources/ebpf.ts";
export {
  type RunningSource,
  type Sees,
  type Sight,
  type Source,
  SourceFailed,
  type SourceName,
} from "./sources/source.ts";
export { NoSource, type RejectedSource, type StartedSource, startSource } from "./start-source.ts";
