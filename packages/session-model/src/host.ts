/** The machine that events come from, as the program read it from the system. */
export interface Host {
  /** The content of `/etc/machine-id`. */
  readonly id: string;
  readonly hostname: string;
  /** As `uname -m` says it: `x86_64`. */
  readonly architecture?: string;
  readonly ip?: readonly string[];
  readonly mac?: readonly string[];
  readonly os: {
    readonly family?: string;
    readonly full?: string;
    readonly kernel?: string;
    readonly name?: string;
    readonly platform?: string;
    readonly version?: string;
    readonly variant?: string;
  };
  /** `/proc/sys/kernel/random/boot_id`: pids and start times are unique within it. */
  readonly bootId: string;
  /** The inode of the initial pid namespace; absent where a source does not know namespaces. */
  readonly pidNamespace?: number;
  /** The Kubernetes cluster, which no file on a node names: from the operator. */
  readonly cluster?: { readonly id?: string; readonly name?: string; readonly url?: string };
}

/** The sensor itself, as events name it. */
export interface Agent {
  /** Stays the same over restarts. */
  readonly id: string;
  readonly version: string;
  /** Differs with each start: event ids begin with it. */
  readonly runId: string;
  /** The last part of the data stream's name; `default` when absent. */
  readonly dataStreamNamespace?: string;
}
