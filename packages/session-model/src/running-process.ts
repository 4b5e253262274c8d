import type { ProcessFacts } from "./kernel-event.ts";

/**
 * A process found running, as `/proc/<pid>` shows it. `atNs` is when its folder was read, `startNs` is field 22 of `stat` in nanoseconds: full
 * hundredths of a second, the fraction below being cut off. `/proc` knows less than an exec event: not the path as it was given to execve, only
 * the file that runs.
 */
export interface RunningProcess extends ProcessFacts {
  /** The target of `exe`; absent for kernel threads and where it may not be read. */
  readonly executable?: string;
  readonly args?: readonly string[];
  readonly argsTruncated?: boolean;
  /** `NAME=value`, only names that the sensor was told to keep. */
  readonly environment?: readonly string[];
  readonly workingDirectory?: string;
}
