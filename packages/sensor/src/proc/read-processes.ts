import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from "node:fs";
import type { CharDevice, Credentials, RunningProcess } from "@tallyman/session-model";
import type { KeepsVariable } from "../environment.ts";
import { libc } from "../native/libc.ts";
import { listOfTexts } from "../text-list.ts";
import { cgroupPathIn, hasPidsHierarchy } from "./cgroup.ts";

/** Field 22 of stat counts in these, whatever the kernel's own clock: USER_HZ. */
const nsPerTick = 10_000_000n;
/** The start of a process as `/proc` shows it. */
export function inTicks(startNs: bigint): bigint {
  return startNs - (startNs % nsPerTick);
}

/** The same limits as for execs that the kernel reports. */
const argsBytesMax = 12 * 1024;

export interface ProcReaderOptions {
  readonly keepsVariable: KeepsVariable;
  /** How many bytes of an environment are looked at. */
  readonly environmentBytes: number;
}

/**
 * Reads processes from `/proc`. What the rights of this thread do not reach (exe, cwd, environ and namespaces of other users take CAP_SYS_PTRACE,
 * its files CAP_DAC_READ_SEARCH) is left out. So is a process that has ended, or whose first thread has, and what can no longer be read of one that ends
 * meanwhile.
 */
export class ProcReader {
  readonly #options: ProcReaderOptions;
  readonly #pidsHierarchy = hasPidsHierarchy();

  constructor(options: ProcReaderOptions) {
    this.#options = options;
  }

  /** All processes; of their parents, the start is filled in. */
  readAll(): RunningProcess[] {
    const found = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => this.read(Number(name)))
      .filter((process) => process !== undefined);
    const starts = new Map(found.map(({ pid, startNs }) => [pid, startNs]));
    return found.map((process) => {
      const parentStartNs = process.ppid === undefined ? undefined : starts.get(process.ppid);
      return parentStartNs === undefined ? process : { ...process, parentStartNs };
    });
  }

  /** Only what `stat` says. */
  readStat(pid: number): Stat | undefined {
    const content = this.#stat(pid);
    return content === undefined ? undefined : parseStat(content);
  }

  /** Only what `status` says. */
  readStatus(pid: number): Status | undefined {
    return attempt(() => parseStatus(readFileSync(`/proc/${pid}/status`, "utf8")));
  }

  /** Undefined when there is no such process, or not any more. */
  read(pid: number): RunningProcess | undefined {
    const folder = `/proc/${pid}`;
    const atNs = libc().bootClockNs();
    const content = this.#stat(pid);
    const status = this.readStatus(pid);
    if (content === undefined || status === undefined || hasEnded(content)) return undefined;
    const stat = parseStat(content);
    const command = attempt(() => readStart(`${folder}/cmdline`, argsBytesMax));
    const executable = executableOf(folder);
    const workingDirectory = attempt(() => readlinkSync(`${folder}/cwd`));
    const environment = this.#environment(folder);
    const cgroup = attempt(() => cgroupPathIn(readFileSync(`${folder}/cgroup`, "utf8"), this.#pidsHierarchy));
    const namespaces = namespacesOf(folder);
    const standardFiles = [0, 1, 2].map((n) => deviceAt(`${folder}/fd/${n}`));
    const later = this.#stat(pid);
    // Another process has the id by now.
    if (later !== undefined && parseStat(later).startNs !== stat.startNs) return undefined;
    // Kernel threads have no arguments, as opposed to an empty list of them; and a process that has ended shows none.
    const believesEmpty = !isKernelThread(content) && later !== undefined && !hasEnded(later);
    const isTold = (list: { readonly length: number }) => list.length > 0 || believesEmpty;
    return {
      pid,
      atNs,
      ...stat,
      ...status,
      namespaces,
      ...(cgroup === undefined ? {} : { cgroup: { path: cgroup } }),
      ...(believesEmpty ? { standardFiles } : {}),
      ...(executable === undefined ? {} : { executable }),
      ...(workingDirectory === undefined ? {} : { workingDirectory }),
      ...(command !== undefined && isTold(command.bytes)
        ? { args: listOfTexts(command.bytes), ...(command.isWhole ? {} : { argsTruncated: true }) }
        : {}),
      ...(environment !== undefined && isTold(environment) ? { environment } : {}),
    };
  }

  #stat(pid: number): string | undefined {
    return attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  }

  #environment(folder: string): string[] | undefined {
    const { environmentBytes, keepsVariable } = this.#options;
    if (environmentBytes === 0) return undefined;
    const start = attempt(() => readStart(`${folder}/environ`, environmentBytes));
    return start === undefined ? undefined : listOfTexts(start.bytes).filter(keepsVariable);
  }
}

type Stat = Pick<RunningProcess, "comm" | "ppid" | "pgid" | "sid" | "tty" | "startNs">;

/** Reads the content of `/proc/<pid>/stat` (proc_pid_stat(5)). The name in it can hold anything, closing brackets as well. */
export function parseStat(content: string): Stat {
  const fields = fieldsOf(content);
  const tty = Number(fields[4]);
  return {
    comm: content.slice(content.indexOf("(") + 1, content.lastIndexOf(")")),
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    sid: Number(fields[3]),
    // As new_encode_dev() puts it: the low byte of the minor number, the major number, the rest of the minor.
    tty: tty === 0 ? null : { major: (tty >> 8) & 0xfff, minor: (tty & 0xff) | ((tty >>> 12) & 0xf_ff00) },
    startNs: BigInt(fields[19] as string) * nsPerTick,
  };
}

/** Those behind the name: the third and so on. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Zombies wait for their parent to ask how they ended. */
function hasEnded(stat: string): boolean {
  return /^[ZXx]$/.test(fieldsOf(stat)[0] ?? "");
}

function isKernelThread(stat: string): boolean {
  const kernelThread = 0x20_0000; // PF_KTHREAD
  return (Number(fieldsOf(stat)[6]) & kernelThread) !== 0;
}

type Status = Pick<RunningProcess, "vpid" | "credentials" | "capabilities">;

/** Reads the content of `/proc/<pid>/status`. */
export function parseStatus(content: string): Status {
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(content)?.[1]?.split(/\s+/) ?? [];
  const [uid = 0, euid = 0, suid = 0] = field("Uid").map(Number);
  const [gid = 0, egid = 0, sgid = 0] = field("Gid").map(Number);
  const credentials: Credentials = { uid, euid, suid, gid, egid, sgid };
  const [effective] = field("CapEff");
  const [permitted] = field("CapPrm");
  const vpid = field("NSpid").at(-1);
  return {
    credentials,
    ...(vpid === undefined ? {} : { vpid: Number(vpid) }),
    ...(effective === undefined || permitted === undefined
      ? {}
      : { capabilities: { effective: BigInt(`0x${effective}`), permitted: BigInt(`0x${permitted}`) } }),
  };
}

function namespacesOf(folder: string): RunningProcess["namespaces"] & object {
  const inode = (name: string) =>
    attempt(() => Number(/\[(\d+)\]/.exec(readlinkSync(`${folder}/ns/${name}`))?.[1]));
  const pid = inode("pid");
  const mount = inode("mnt");
  const network = inode("net");
  return {
    ...(pid === undefined ? {} : { pid }),
    ...(mount === undefined ? {} : { mount }),
    ...(network === undefined ? {} : { network }),
  };
}

const deletedMark = " (deleted)";

/** The kernel marks a file that has no name any more; a name that ends so is no mark. */
function executableOf(folder: string): string | undefined {
  const path = attempt(() => readlinkSync(`${folder}/exe`));
  if (!path?.endsWith(deletedMark)) return path;
  const links = attempt(() => statSync(`${folder}/exe`).nlink);
  return links === 0 ? path.slice(0, -deletedMark.length) : path;
}

function deviceAt(path: string): CharDevice | null {
  // Only of devices is more asked than the name: a file may lie on a server that does not answer.
  if (!attempt(() => readlinkSync(path))?.startsWith("/dev/")) return null;
  const found = attempt(() => statSync(path));
  if (!found?.isCharacterDevice()) return null;
  const { rdev } = found;
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xf_ff00) };
}

/** The beginning of a file whose size is not known before it is read. */
function readStart(path: string, limit: number): { bytes: Buffer; isWhole: boolean } {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(limit + 1);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(fd, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return { bytes: bytes.subarray(0, Math.min(length, limit)), isWhole: length <= limit };
  } finally {
    closeSync(fd);
  }
}

/** What reading gives; undefined where the process has ended or may not be looked at. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}
