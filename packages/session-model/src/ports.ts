/** What the model asks of the system. All of it is asked in the middle of handling an event: answer at once. */
export interface Ports {
  readonly names: Names;
  readonly runtimeFiles: RuntimeFiles;
  /**
   * The wall-clock time at which CLOCK_BOOTTIME was zero, in nanoseconds since 1970: CLOCK_REALTIME less CLOCK_BOOTTIME, read anew now and then.
   * Since that clock runs on while the machine sleeps, the difference changes only where the wall clock is set.
   */
  readonly bootTimeNs: () => bigint;
}

/** The names of users and groups, by the host's files. Asked for every new state of a process: answer from memory. */
export interface Names {
  /** Undefined where no user has the id. */
  user(id: number): string | undefined;
  group(id: number): string | undefined;
}

/** Reads what container runtimes leave on the host. */
export interface RuntimeFiles {
  /**
   * The text of a regular file, undefined where there is none or it may not be read. The path may come from a container's bundle: a reader must not
   * follow it into a device or a pipe, and must give up (undefined) on files of more than a few megabytes.
   */
  read(path: string): string | undefined;
}
