import type { ContainerFacts } from "./containers/container-facts.ts";

/**
 * What a source reports of the host: the border between sources (eBPF, audit, proc connector, foreign sensors) and the session model.
 * Ids of processes are those of the initial pid namespace. A source leaves out what it does not know; it never guesses. All text is as the
 * kernel has it, chosen by whoever runs a program.
 */
export type KernelEvent =
  | ForkEvent
  | ExecEvent
  | ExitEvent
  | SessionEvent
  | IdsEvent
  | NetworkEvent
  | FileEvent
  | LostEvent;

/** A process at the moment of an event. Only `pid` and `atNs` are always known. */
export interface ProcessFacts {
  readonly pid: number;
  /** When it happened, in nanoseconds since boot, sleep included (CLOCK_BOOTTIME). */
  readonly atNs: bigint;
  /** The real parent's id now, which changes when the parent dies. */
  readonly ppid?: number;
  /** When the process and its parent started, in nanoseconds since boot. */
  readonly startNs?: bigint;
  readonly parentStartNs?: bigint;
  /** Its id in its own pid namespace. */
  readonly vpid?: number;
  /** Process group and session; 0 where the leader lies outside. */
  readonly pgid?: number;
  readonly sid?: number;
  /** The controlling terminal; null when it is known to have none. */
  readonly tty?: CharDevice | null;
  /** The devices behind file descriptors 0, 1 and 2; null for one that is closed or is no device. */
  readonly standardFiles?: readonly (CharDevice | null)[];
  readonly credentials?: Credentials;
  readonly capabilities?: Capabilities;
  readonly namespaces?: Namespaces;
  readonly cgroup?: Cgroup;
  /** Its container, where the source itself knows containers; null when it knows that the process is in none. */
  readonly container?: KnownContainer | null;
  /** The kernel's short name: at most 15 bytes. */
  readonly comm?: string;
}

export interface CharDevice {
  readonly major: number;
  readonly minor: number;
}

/** The effective ids are what a process may do. Some sources know only one of the two, and nothing of the others. */
export interface Credentials {
  readonly uid?: number;
  readonly euid?: number;
  readonly suid?: number;
  readonly gid?: number;
  readonly egid?: number;
  readonly sgid?: number;
}

/** Bit masks: bit n is capability number n. */
export interface Capabilities {
  readonly effective: bigint;
  readonly permitted: bigint;
}

/** Inodes of a process's namespaces. */
export interface Namespaces {
  readonly pid?: number;
  readonly mount?: number;
  readonly network?: number;
}

export interface Cgroup {
  readonly id?: bigint;
  /** From the root, as in `/system.slice/docker-….scope`. Where an event tells the id alone, the path is what an earlier one told. */
  readonly path?: string;
}

/** A container as a source names it. */
export interface KnownContainer {
  readonly id: string;
  readonly facts?: ContainerFacts;
}

export interface ForkEvent extends ProcessFacts {
  readonly kind: "fork";
  /** Who called fork or clone. Differs from `ppid` under CLONE_PARENT, as runc uses it; the child inherits this one's image. */
  readonly forkerPid?: number;
}

export interface ExecEvent extends ProcessFacts {
  readonly kind: "exec";
  /** The path as it was given to execve: relative to the working directory, and of a script itself, not its interpreter. */
  readonly filename?: string;
  /** The path of the file that runs, as the process sees it: a script's interpreter. */
  readonly resolvedPath?: string;
  /** True when an interpreter runs the file. */
  readonly isScript?: boolean;
  readonly args?: readonly string[];
  /** True when `args` is not all there was. */
  readonly argsTruncated?: boolean;
  /** `NAME=value`, only names that the sensor was told to keep. */
  readonly environment?: readonly string[];
  /** True when the environment is larger than what was looked at. */
  readonly environmentTruncated?: boolean;
  readonly workingDirectory?: string;
}

export interface ExitEvent extends ProcessFacts {
  readonly kind: "exit";
  /** What the process gave to exit: 0 to 255. */
  readonly exitCode?: number;
  /** The signal that ended it. */
  readonly signal?: number;
}

/** The process became the leader of a new session. */
export interface SessionEvent extends ProcessFacts {
  readonly kind: "setsid";
}

/** The process changed its user or group ids; `credentials` are the new ones. */
export interface IdsEvent extends ProcessFacts {
  readonly kind: "ids";
}

export interface NetworkEvent extends ProcessFacts {
  readonly kind: "connect" | "accept" | "disconnect";
  /** Absent where the source does not tell connections from datagrams' destinations. */
  readonly protocol?: "tcp";
  readonly family: "ipv4" | "ipv6";
  /** Of a `disconnect`: whether this host opened the connection or was called. Of the other kinds it is plain. */
  readonly direction?: "egress" | "ingress";
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
}

/** The port is absent while the kernel has not chosen one. */
export interface Endpoint {
  readonly address: string;
  readonly port?: number;
}

export interface FileEvent extends ProcessFacts {
  /** `open`: a regular file that was there was opened to be changed, by a process that may be in a container. */
  readonly kind: "create" | "rename" | "delete" | "open";
  /** Absolute, as the process sees it; for `rename` the new path. */
  readonly path: string;
  /** For `rename`: the path before. */
  readonly oldPath?: string;
  /** True when the path is so long or deep that its first directories are missing: `/…/name`. */
  readonly pathTruncated?: boolean;
}

/** The source had to drop events, of kinds it cannot tell. */
export interface LostEvent {
  readonly kind: "lost";
  readonly atNs: bigint;
  readonly count: number;
}
